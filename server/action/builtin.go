package action

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"folderfront/server/catalogue"
)

// operate carries out a built-in operation on each file of a run.
func (a *Actions) operate(ctx context.Context, r Run) error {
	if r.job.Operation == "zip" {
		return a.zip(ctx, r)
	}
	for _, id := range r.Files {
		entry, err := a.cfg.Catalogue.Lookup(ctx, id)
		if err != nil {
			return err
		}
		if err := a.operateOn(ctx, r, entry); err != nil {
			return err
		}
	}
	return nil
}

func (a *Actions) operateOn(ctx context.Context, r Run, entry catalogue.Entry) error {
	argument := strings.TrimSpace(r.job.Argument)
	switch r.job.Operation {
	case "archive":
		if argument == "" {
			argument = "Archive"
		}
		return a.moveTo(ctx, r, entry, entry.Parent, argument)
	case "move":
		return a.moveTo(ctx, r, entry, "", argument)
	case "copy":
		return a.copyTo(ctx, r, entry, argument)
	case "rename":
		a.ownWrite(entry.ID, r.Depth)
		_, err := a.cfg.Catalogue.Rename(ctx, entry.ID, argument)
		return err
	case "tag":
		return a.Tag(ctx, entry.ID, argument)
	case "untag":
		return a.Untag(ctx, entry.ID, argument)
	case "notify":
		return a.onDesktop("notify", argument)
	}
	located, err := a.cfg.Catalogue.Locate(ctx, entry.ID)
	if err != nil {
		return err
	}
	return a.onDesktop(r.job.Operation, located)
}

func (a *Actions) onDesktop(operation, what string) error {
	if a.cfg.Desktop == nil {
		return refuse(catalogue.ErrInvalid, "This needs the desktop program, and Folderfront runs without one.")
	}
	return a.cfg.Desktop(operation, what)
}

// moveTo puts a file into a folder, which is made when it isn't there: below
// from, or below the shared folder when from is "".
func (a *Actions) moveTo(ctx context.Context, r Run, entry catalogue.Entry, from catalogue.ID, folder string) error {
	target, err := a.folder(ctx, entry, from, folder)
	if err != nil {
		return err
	}
	if target == entry.Parent {
		return nil
	}
	a.ownWrite(entry.ID, r.Depth)
	_, err = a.cfg.Catalogue.Move(ctx, entry.ID, target, entry.Name)
	return err
}

// folder finds or makes the folder at a path of names.
func (a *Actions) folder(ctx context.Context, entry catalogue.Entry, from catalogue.ID, names string) (catalogue.ID, error) {
	at := from
	if at == "" {
		share, err := a.shareOf(ctx, entry)
		if err != nil {
			return "", err
		}
		at = share
	}
	for _, name := range strings.Split(path.Clean("/"+names), "/") {
		if name == "" {
			continue
		}
		made, err := a.cfg.Catalogue.CreateFolder(ctx, at, name)
		if err != nil {
			return "", err
		}
		at = made.ID
	}
	return at, nil
}

func (a *Actions) shareOf(_ context.Context, entry catalogue.Entry) (catalogue.ID, error) {
	for _, s := range a.cfg.Catalogue.Status() {
		if s.Name == entry.Share {
			return s.ID, nil
		}
	}
	return "", refuse(catalogue.ErrNotFound, "The folder %q is no longer shared.", entry.Share)
}

// copyTo copies a file into a folder of its share, as an upload would bring it:
// a file of that name there gets a new version.
func (a *Actions) copyTo(ctx context.Context, r Run, entry catalogue.Entry, folder string) error {
	target, err := a.folder(ctx, entry, "", folder)
	if err != nil {
		return err
	}
	if target == entry.Parent {
		return refuse(catalogue.ErrInvalid, "%q lies in that folder already.", entry.Title())
	}
	file, opened, err := a.cfg.Catalogue.OpenFile(ctx, entry.ID)
	if err != nil {
		return err
	}
	defer file.Close()
	return a.write(ctx, r, target, entry.Name, file, opened.Size)
}

// write publishes content through the upload room, with all its care.
func (a *Actions) write(ctx context.Context, r Run, folder catalogue.ID, name string, content io.Reader, size int64) error {
	made, err := a.cfg.Uploads.Init(ctx, folder, name, "", "")
	if err != nil {
		return err
	}
	a.ownWrite(made.ID, r.Depth)
	return a.cfg.Uploads.Receive(ctx, made.ID, content, size)
}

// zip packs the run's files into an archive beside the first of them.
func (a *Actions) zip(ctx context.Context, r Run) error {
	first, err := a.cfg.Catalogue.Lookup(ctx, r.Files[0])
	if err != nil {
		return err
	}
	name := strings.TrimSpace(r.job.Argument)
	if name == "" {
		name = strings.TrimSuffix(first.Title(), path.Ext(first.Title()))
	}
	if path.Ext(name) != ".zip" {
		name += ".zip"
	}
	reader, writer := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := a.pack(ctx, writer, r.Files)
		writer.CloseWithError(err)
		packed <- err
	}()
	err = a.write(ctx, r, first.Parent, name, reader, -1)
	reader.CloseWithError(err) // the packer must not wait for a reader that is gone
	return errors.Join(err, notEOF(<-packed, err))
}

// notEOF drops the packer's echo of the writer's own failure.
func notEOF(packing, writing error) error {
	if writing != nil {
		return nil
	}
	return packing
}

func (a *Actions) pack(ctx context.Context, w io.Writer, files []catalogue.ID) error {
	archive := zip.NewWriter(w)
	taken := map[string]bool{}
	for _, id := range files {
		file, entry, err := a.cfg.Catalogue.OpenFile(ctx, id)
		if err != nil {
			return err
		}
		err = packOne(archive, file, entry, taken)
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
	}
	return archive.Close()
}

func packOne(archive *zip.Writer, file io.Reader, entry catalogue.Entry, taken map[string]bool) error {
	name := entry.Title()
	for n := 2; taken[catalogue.Fold(name)]; n++ {
		ext := path.Ext(entry.Title())
		name = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(entry.Title(), ext), n, ext)
	}
	taken[catalogue.Fold(name)] = true
	w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: entry.Modified})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, file)
	return err
}

// ownWrite remembers that a run is about to change a file, so that the rules
// know the change for its effect.
func (a *Actions) ownWrite(id catalogue.ID, depth int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	for other, c := range a.caused {
		if now.Sub(c.at) > causeLife {
			delete(a.caused, other)
		}
	}
	a.caused[id] = cause{now, depth + 1}
}

// causeLife is how long after a run its change may still be told.
const causeLife = 30 * time.Second
