package upload

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path"

	"folderfront/server/catalogue"
)

// New content takes the place of present content by changing places with it. What lay there in that
// very moment comes out under a hidden name, aside, and is looked at before it goes: another program
// may have saved the file after the present content was kept, and that is kept too.

// aside is where the new content waits and the old one comes out; "" when nothing is replaced.
func (s *publishing) aside() string {
	if s.keep == "" {
		return ""
	}
	return path.Join(s.edit.Dir(), temporary(s.keep))
}

// replace takes the new content to a name that has content. Where the file system can't exchange,
// it is a rename, and a save of the same microseconds is lost.
func (s *publishing) replace(ctx context.Context) error {
	if err := s.stage(ctx); err != nil {
		return err
	}
	err := s.u.exchange(s.dir, path.Base(s.aside()), path.Base(s.target))
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return s.root.Rename(s.aside(), s.target)
	case errors.Is(err, fs.ErrNotExist):
		return raced(err)
	}
	return err
}

// stage brings the new content aside, whole and known: as another name of the source, or by its hash
// in the journal.
func (s *publishing) stage(ctx context.Context) error {
	if !s.elsewhere() {
		if err := s.root.Link(s.source, s.aside()); err == nil {
			return nil
		}
	}
	if s.item == "" {
		return s.root.Rename(s.source, s.aside())
	}
	return s.stageCopy(ctx)
}

// stageCopy is for an item that can't be linked. It stays where it is until the commit.
func (s *publishing) stageCopy(ctx context.Context) error {
	if err := copyFile(s.storeOf(), s.source, s.root, s.temporary()); err != nil {
		return err
	}
	info, err := s.root.Lstat(s.temporary())
	if err != nil {
		return err
	}
	hash, err := hashFile(s.root, s.temporary())
	if err != nil {
		return err
	}
	if err := s.u.exec(ctx, `UPDATE upload_publication SET size = ?, hash = ? WHERE id = ?`, info.Size(), hash, s.id); err != nil {
		return err
	}
	s.size, s.hash = info.Size(), hash
	return s.root.Rename(s.temporary(), s.aside())
}

// clearAside removes what lies aside, once that is the new content or kept as a version. Something
// that is no file goes back to its name, and back says so: it is not the publication's to replace.
func (s *publishing) clearAside(ctx context.Context) (back bool, err error) {
	if s.keep == "" {
		return false, nil
	}
	out, err := lstat(s.root, s.aside())
	if err == nil && out != nil && !out.Mode().IsRegular() {
		back = true
		if err = s.putBack(); err == nil {
			out, err = lstat(s.root, s.aside())
		}
	}
	if out == nil || err != nil {
		return back, err
	}
	if !out.Mode().IsRegular() {
		return back, raced(nil) // again something else within the same moment
	}
	safe, err := s.isSafe(ctx, out)
	if err == nil && !safe {
		err = s.keepAlso(ctx, out)
	}
	if err != nil {
		return back, err
	}
	return back, remove(s.root, s.aside())
}

// putBack returns what came out to its name, and takes what has the name now aside.
func (s *publishing) putBack() error {
	dir, err := s.root.Open(s.edit.Dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	aside, name := path.Base(s.aside()), path.Base(s.target)
	err = s.u.exchange(dir, aside, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = catalogue.RenameNew(dir, aside, dir, name)
	}
	return err
}

// isSafe tells that what lies aside may go: the same file has another name, or its content is the
// new one or that of a version.
func (s *publishing) isSafe(ctx context.Context, out fs.FileInfo) (bool, error) {
	places := []string{s.target, versionPath(s.keep)}
	if !s.elsewhere() {
		places = append(places, s.source)
	}
	for _, place := range places {
		info, err := lstat(s.root, place)
		if err != nil {
			return false, err
		}
		if unchanged(info, out) {
			return true, nil
		}
	}
	if same, err := s.holds(s.aside(), out); same || err != nil {
		return same, err
	}
	return s.isVersion(ctx, out)
}

// isVersion tells that a version has the content of what lies aside.
func (s *publishing) isVersion(ctx context.Context, out fs.FileInfo) (same bool, err error) {
	versions, err := s.u.items(ctx, `kind = 'version' AND stage <> ? AND file = ? AND share = ?`, gone, s.file, s.edit.Share())
	for _, v := range versions {
		info, failed := lstat(s.root, v.content())
		if failed != nil {
			return false, failed
		}
		if info == nil || info.Size() != out.Size() {
			continue
		}
		if same, err = sameContent(s.root, v.content(), s.aside()); same || err != nil {
			return same, err
		}
	}
	return false, err
}

// keepAlso makes a version of what lies aside. It is committed by itself, before its name aside goes.
func (s *publishing) keepAlso(ctx context.Context, out fs.FileInfo) error {
	v, err := s.versionOf(ctx, out)
	if err != nil {
		return err
	}
	if err := s.u.catalogue.Update(ctx, v.insert); err != nil {
		return err
	}
	err = s.keepAs(v, s.aside())
	if err == nil {
		err = s.u.catalogue.Update(ctx, func(tx *sql.Tx) error { return setStage(tx, v.ID, kept) })
	}
	if err == nil {
		return nil
	}
	if undone := removeKept(s.root, v.places()...); undone != nil {
		return errors.Join(err, undone)
	}
	return errors.Join(err, s.u.deleteItem(ctx, v.ID))
}

// versionOf is the row of a content that the file had.
func (s *publishing) versionOf(ctx context.Context, content fs.FileInfo) (item, error) {
	today, err := s.u.daysRun(ctx)
	return item{stage: moving, share: s.edit.Share(), day: today, Item: Item{
		ID: ItemID(s.u.catalogue.NewID()), Kind: Version, File: s.file, Parent: s.folder, Name: s.name,
		Path: s.target, Size: content.Size(), Time: s.u.now(),
	}}, err
}

// keepAs links a file into the versions, or copies it where it can't be linked, with a manifest
// beside it.
func (s *publishing) keepAs(v item, file string) error {
	if err := makeDirs(s.root, versionsDir); err != nil {
		return err
	}
	if err := v.describe(s.root); err != nil {
		return err
	}
	err := s.root.Link(file, v.content())
	if err != nil {
		if err = copyFile(s.root, file, s.root, v.partial()); err == nil {
			err = s.root.Rename(v.partial(), v.content())
		}
	}
	if err != nil {
		return err
	}
	return syncDir(s.root, versionsDir)
}
