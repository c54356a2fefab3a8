package upload

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path"

	"folderfront/server/catalogue"
)

// Recover brings everything to an end that was interrupted when the program stopped, wherever that
// was: each publication and each deletion is finished or undone, and temporary files are removed.
// Folders that are offline keep theirs until they are back. Call it at start, before anything else
// changes files.
func (u *Uploads) Recover(ctx context.Context) error {
	return errors.Join(u.dropHalfKept(ctx), u.settle(ctx), u.sweep(ctx))
}

// dropHalfKept gives up the versions that were being made of what lies aside: it lies there still,
// and is kept anew when its publication is settled.
func (u *Uploads) dropHalfKept(ctx context.Context) error {
	return u.exec(ctx, `UPDATE upload_item SET stage = ? WHERE kind = 'version' AND stage = ?
		AND id NOT IN (SELECT keep FROM upload_publication)`, gone, moving)
}

// settle finishes or undoes what is in the journal and not under way.
func (u *Uploads) settle(ctx context.Context) error {
	return errors.Join(
		u.settlePublications(ctx, `TRUE`),
		u.settleDeletions(ctx),
		u.discardGone(ctx),
	)
}

// sweep removes the temporary files of all uploads.
func (u *Uploads) sweep(ctx context.Context) error {
	rows, err := u.rows(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		place, lookup := u.place(ctx, r)
		if lookup == nil {
			lookup = u.catalogue.Maintain(ctx, place.Parent, func(e *catalogue.Edit) error {
				return remove(e.Root(), path.Join(e.Dir(), temporary(r.id)))
			})
		}
		if !errors.Is(lookup, catalogue.ErrNotFound) {
			err = errors.Join(err, lookup)
		}
	}
	return err
}

func (u *Uploads) settlePublications(ctx context.Context, where string, args ...any) error {
	all, err := u.publications(ctx, where, args...)
	for _, p := range all {
		settled := u.settlePublication(ctx, p)
		if isGone(settled) {
			settled = u.abandon(ctx, p)
		}
		err = errors.Join(err, unlessOffline(settled))
	}
	return err
}

// settlePublication looks at the disk: content that reached its name is committed, other content is
// undone.
func (u *Uploads) settlePublication(ctx context.Context, p publication) error {
	return u.catalogue.Maintain(ctx, p.folder, func(e *catalogue.Edit) error {
		// By now, another may have ended it.
		left, err := u.publications(ctx, `id = ?`, p.id)
		if err != nil || len(left) == 0 {
			return err
		}
		s := &publishing{publication: &left[0], u: u, edit: e, root: e.Root()}
		if s.item != "" {
			restored, err := u.item(ctx, s.item)
			if err != nil {
				return err
			}
			s.restored = &restored
		}
		return s.settle(ctx)
	})
}

func (s *publishing) settle(ctx context.Context) (err error) {
	s.locate()
	if _, err := s.clearAside(ctx); err != nil {
		return err
	}
	arrived, err := s.arrived()
	if err != nil {
		return err
	}
	if !arrived {
		s.undo(ctx)
		return nil
	}
	s.clean()
	if err := syncDir(s.root, s.edit.Dir()); err != nil {
		return err
	}
	_, err = s.commit(ctx)
	return err
}

// arrived tells whether the content is at its name: its source is the same file, or the name has the
// content that was published. Of a source that is gone, and no content known, a rename is the cause.
func (s *publishing) arrived() (bool, error) {
	target, err := lstat(s.root, s.target)
	if target == nil || err != nil {
		return false, err
	}
	if !s.elsewhere() {
		source, err := lstat(s.root, s.source)
		switch {
		case err != nil:
			return false, err
		case source == nil && s.hash == nil:
			return true, nil
		case source != nil && os.SameFile(source, target):
			return true, nil
		}
	}
	return s.holds(s.target, target)
}

// holds tells that a file has the new content, where that is known.
func (s *publishing) holds(name string, info fs.FileInfo) (bool, error) {
	if s.hash == nil || !info.Mode().IsRegular() || info.Size() != s.size {
		return false, nil
	}
	hash, err := hashFile(s.root, name)
	return bytes.Equal(hash, s.hash), err
}

// abandon ends a publication whose folder is gone for good; what was kept stays kept.
func (u *Uploads) abandon(ctx context.Context, p publication) error {
	return u.catalogue.Update(ctx, func(tx *sql.Tx) error { return (&publishing{publication: &p}).forget(tx, false) })
}

// expire collects the uploads that never came, and forgets those that are long done.
func (u *Uploads) expire(ctx context.Context) error {
	rows, err := u.rows(ctx)
	today, failed := u.daysRun(ctx)
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	for _, r := range rows {
		t := &transfer{row: r}
		if !u.aged(r.expires.Add(-announced*day), r.day, today, announced) || !u.claim(t) {
			continue
		}
		err = errors.Join(err, u.forgetRow(ctx, r))
		u.release(t)
	}
	return err
}

// forgetRow ends an upload: its row, its temporary file, and its entry if it never had content.
func (u *Uploads) forgetRow(ctx context.Context, r row) error {
	drop := func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM upload_row WHERE id = ?`, r.id)
		return err
	}
	place, err := u.place(ctx, r)
	if err == nil {
		err = u.catalogue.Maintain(ctx, place.Parent, func(e *catalogue.Edit) error {
			if err := remove(e.Root(), path.Join(e.Dir(), temporary(r.id))); err != nil {
				return err
			}
			if !place.Pending {
				return u.catalogue.Update(ctx, drop)
			}
			return e.Remove(r.id, func(tx *sql.Tx) error {
				if _, err := tx.Exec(`DELETE FROM upload_document WHERE file = ?`, r.id); err != nil {
					return err
				}
				return drop(tx)
			})
		})
	}
	if isGone(err) {
		return u.catalogue.Update(ctx, drop)
	}
	return unlessOffline(err)
}
