package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sort"
	"sync/atomic"
	"time"

	"folderfront/server/catalogue"
)

// Transfer is an upload under way.
type Transfer struct {
	ID      catalogue.ID
	Name    string
	Done    int64 // bytes received
	Total   int64 // bytes; -1 when the sender didn't say
	Started time.Time
}

// transfer is a Transfer's insides. Its owner is the one call of Receive that claimed the id.
type transfer struct {
	row      row
	total    int64
	limit    int64
	started  time.Time
	folder   *os.Root    // the folder as it was opened: follows it when it is moved
	opened   *os.File    // the folder itself, to ask for the disk's space
	present  fs.FileInfo // the file that the upload will overwrite; nil when there is none
	done     atomic.Int64
	reserved int64  // bytes set aside in all, guarded by Uploads.mu
	disk     uint64 // on this disk, guarded by Uploads.mu
	hash     []byte
}

// Active are the uploads under way, the oldest first.
func (u *Uploads) Active() []Transfer {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := make([]Transfer, 0, len(u.active))
	for id, t := range u.active {
		all = append(all, Transfer{id, t.row.name, t.done.Load(), t.total, t.started})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Started.Before(all[j].Started) })
	return all
}

// Receive takes the content of an announced upload, length bytes or -1 when the sender didn't say,
// and publishes it. When it returns nil, the content is durable under its name. On an error nothing
// has changed and the content can be sent again, unless the error says otherwise. ErrNotFound for
// an id that wasn't announced, ErrBusy while another call receives the same upload, ErrNoSpace,
// ErrInvalid for a body that is cut off, of another length or over the limit.
//
// The same content again is a success that changes nothing; another content becomes a new version.
func (u *Uploads) Receive(ctx context.Context, id catalogue.ID, body io.Reader, length int64) error {
	r, err := u.row(ctx, id)
	if err != nil {
		if missing(err) {
			return noUpload(err)
		}
		return journalFailure(err)
	}
	t := &transfer{row: r, total: length, limit: u.config.Load().Limit, started: u.now()}
	if !u.claim(t) {
		return fail(catalogue.ErrBusy, "This file is being uploaded already. Wait until that is done, or start another upload.", nil)
	}
	defer u.release(t)
	if err := t.withinLimit(length); err != nil {
		return err
	}
	// What follows the last byte of the body doesn't depend on the sender being there any more.
	ctx = context.WithoutCancel(ctx)
	if err := u.settlePublications(ctx, `id = ?`, id); err != nil {
		return journalFailure(err)
	}
	if err := u.receive(ctx, t, body); err != nil {
		u.log().Info("upload failed", "id", id, "bytes", t.done.Load(), "error", err)
		return err
	}
	return nil
}

// receive leaves no temporary file, whatever happens.
func (u *Uploads) receive(ctx context.Context, t *transfer, body io.Reader) error {
	f, err := u.openTemporary(ctx, t)
	if err != nil {
		return diskFailure(err)
	}
	defer t.folder.Close()
	defer t.opened.Close()
	err = u.store(t, f, body)
	if err == nil {
		err = u.publishUpload(ctx, t)
	}
	if err != nil {
		return errors.Join(err, t.discard())
	}
	return nil
}

// publishUpload publishes what was received to its place, under its name of now.
func (u *Uploads) publishUpload(ctx context.Context, t *transfer) error {
	place, err := u.place(ctx, t.row)
	if err != nil {
		return err
	}
	p := &publication{
		id: string(t.row.id), folder: place.Parent, name: place.Name, file: place.ID,
		size: t.done.Load(), hash: t.hash, both: t.row.both, known: place.Number != 0 && !place.Pending,
	}
	entry, err := u.publish(ctx, p, nil)
	if err != nil {
		return err
	}
	if err := u.trim(ctx, entry.ID); err != nil {
		u.log().Warn("old versions could not be dropped yet", "id", entry.ID, "error", err)
	}
	return nil
}

// claim makes t the only transfer of its id.
func (u *Uploads) claim(t *transfer) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, taken := u.active[t.row.id]; taken {
		return false
	}
	u.active[t.row.id] = t
	return true
}

func (u *Uploads) release(t *transfer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.active, t.row.id)
}

// temporary is the name of an upload's temporary file in its folder. The row owns it, so that it is
// found after a crash.
func temporary[T ~string](id T) string { return ".folderfront-" + string(id) + ".part" }

// openTemporary makes the temporary file, in the place of one that a failure may have left.
func (u *Uploads) openTemporary(ctx context.Context, t *transfer) (f *os.File, err error) {
	place, err := u.place(ctx, t.row)
	if err != nil {
		return nil, err
	}
	err = u.catalogue.Edit(ctx, place.Parent, func(e *catalogue.Edit) error {
		if t.folder, err = e.Root().OpenRoot(e.Dir()); err != nil {
			return err
		}
		if t.opened, err = t.folder.Open("."); err != nil {
			return errors.Join(err, t.folder.Close())
		}
		if t.present, err = lstat(t.folder, place.Name); err == nil {
			f, err = createTemporary(t.folder, temporary(t.row.id))
		}
		if err != nil {
			return errors.Join(err, t.opened.Close(), t.folder.Close())
		}
		return nil
	})
	return f, err
}

func createTemporary(folder *os.Root, name string) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := folder.OpenFile(name, flags, 0o600)
	if !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if err := folder.Remove(name); err != nil {
		return nil, err
	}
	return folder.OpenFile(name, flags, 0o600)
}

func (t *transfer) discard() error {
	if err := remove(t.folder, temporary(t.row.id)); err != nil {
		return diskFailure(err)
	}
	return nil
}

// place is where the upload goes now: the file, or the announced one, may have been renamed since
// its Init; deleted, it is made again where it was.
func (u *Uploads) place(ctx context.Context, r row) (catalogue.Entry, error) {
	entry, err := u.catalogue.Lookup(ctx, r.id)
	if isGone(err) {
		return catalogue.Entry{ID: r.id, Parent: r.parent, Name: r.name}, nil
	}
	return entry, err
}

// store writes the body into the temporary file and makes it durable.
func (u *Uploads) store(t *transfer, f *os.File, body io.Reader) error {
	err := u.reserve(t, max(t.total, 0))
	if err == nil {
		err = u.fill(t, f, body)
	}
	if err == nil {
		t.shape(f)
		err = diskFailure(f.Sync())
	}
	if closed := f.Close(); err == nil {
		err = diskFailure(closed)
	}
	return err
}

// shape gives the temporary file the permissions that its place asks for.
func (t *transfer) shape(f *os.File) {
	if t.present != nil && t.present.Mode().IsRegular() {
		inherit(f, t.present)
	} else if folder, err := t.opened.Stat(); err == nil {
		_ = f.Chmod(fresh(folder)) // file systems without permissions refuse
	}
}

func (t *transfer) withinLimit(size int64) error {
	if t.limit > 0 && size > t.limit {
		return fail(catalogue.ErrInvalid, fmt.Sprintf("The file is larger than the %d bytes that are allowed here. Nothing was changed; send a smaller file, or ask the person who shares the folder to raise the limit.", t.limit), nil)
	}
	return nil
}
