package upload

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"folderfront/server/catalogue"
)

// publication is content on its way to a visible name. It is in the journal from before its first
// change on disk until it is committed or undone.
type publication struct {
	id     string       // the upload's id, or that of the item which is restored
	folder catalogue.ID // where it goes
	name   string       // under which name
	file   catalogue.ID // which file it will be
	item   ItemID       // the item whose content it is; "" for an upload
	copied bool         // the item's content was copied into a temporary file of the folder
	keep   ItemID       // the version that the present content becomes; "" when there is none
	other  catalogue.ID // the file that had the name and becomes one with file; "" when there is none
	size   int64        // bytes of the new content
	hash   []byte       // its SHA-256; nil when it isn't known

	both  bool // when the name is taken: take another one, not the file
	known bool // the file is there, so the name must be its own
}

// publishing is a publication within the critical section of its folder.
type publishing struct {
	*publication
	u        *Uploads
	edit     *catalogue.Edit
	root     *os.Root
	store    *os.Root // the shared folder that keeps item
	dir      *os.File // the folder, opened before anything changes so that its sync can't lack a descriptor
	source   string   // beneath root, as are all paths; beneath store when it is elsewhere
	target   string
	present  fs.FileInfo // what has the name; nil when nothing has
	version  item        // what the present content becomes; the zero item when there is none
	restored *item       // the row of item
}

// publish takes the content to its place: S3 to S5 of an upload. On an error nothing has changed,
// and a temporary file is removed, unless the error says that the outcome is unknown. Restoring is
// for the person at this computer, who may do it in a read-only folder too.
func (u *Uploads) publish(ctx context.Context, p *publication, restored *item) (entry catalogue.Entry, err error) {
	edit := u.catalogue.Edit
	var store *os.Root
	if restored != nil {
		edit = u.catalogue.Maintain
		if store, err = u.openStore(ctx, restored); err != nil {
			return entry, diskFailure(err)
		}
		defer store.Close()
	}
	err = edit(ctx, p.folder, func(e *catalogue.Edit) error {
		s := &publishing{publication: p, u: u, edit: e, root: e.Root(), store: store, restored: restored}
		entry, err = s.run(ctx)
		return err
	})
	return entry, diskFailure(err)
}

// openStore opens the shared folder that keeps an item, before the section of another one begins:
// one within the other could wait for each other for ever.
func (u *Uploads) openStore(ctx context.Context, i *item) (store *os.Root, err error) {
	err = u.catalogue.Maintain(ctx, i.share, func(e *catalogue.Edit) error {
		store, err = e.Root().OpenRoot(".")
		return err
	})
	return store, err
}

// elsewhere tells that the content still has to come from another shared folder.
func (s *publishing) elsewhere() bool {
	return s.restored != nil && !s.copied && s.restored.share != s.edit.Share()
}

func (s *publishing) run(ctx context.Context) (entry catalogue.Entry, err error) {
	if s.dir, err = s.root.Open(s.edit.Dir()); err != nil {
		return entry, err
	}
	defer s.dir.Close()
	same := false
	if err = s.aim(ctx); err == nil {
		same, err = s.isPresent()
	}
	if same || err != nil {
		s.giveUp()
		return s.acknowledge(ctx, err)
	}
	if err := s.begin(ctx); err != nil {
		s.giveUp()
		return entry, journalFailure(err)
	}
	if err := s.move(ctx); err != nil {
		s.undo(ctx)
		return entry, err
	}
	return s.complete(ctx)
}

// aim looks at what is there and decides what the content will be: a new file, or a new version of
// the file that has the name, whichever upload or program put it there.
func (s *publishing) aim(ctx context.Context) error {
	s.locate()
	present, found, err := s.edit.Child(s.name)
	if err != nil {
		return err
	}
	if s.known && (!found || present.ID != s.file) {
		return raced(nil)
	}
	if found && present.ID != s.file && s.beside(present) {
		s.name, err = s.u.free(ctx, s.edit, s.name)
		found = false
	} else if found {
		s.name = present.Name
	}
	if err != nil {
		return err
	}
	s.locate()
	if s.present, err = lstat(s.root, s.target); err != nil {
		return err
	}
	if s.present != nil && !s.present.Mode().IsRegular() {
		return fail(catalogue.ErrExists, fmt.Sprintf("Something that is no file is named %q by now. Nothing was changed; choose another name.", catalogue.Title(s.name)), nil)
	}
	if s.present != nil && found && present.ID != s.file {
		s.become(present.ID)
	}
	return nil
}

// beside tells that the content goes beside what has its name, under another one: because uploads
// keep both, or since a folder is neither a version of anything nor has any.
func (s *publishing) beside(present catalogue.Entry) bool {
	return s.both || s.restored != nil && (s.restored.Folder || present.Folder)
}

// become makes the content one file with that which has the name. An upload is a version of it; what
// is restored gets its own id back, and the other is a version of that.
func (s *publishing) become(present catalogue.ID) {
	if s.item == "" {
		s.file = present
	} else {
		s.other = present
	}
}

// locate sets the paths from the names.
func (s *publishing) locate() {
	s.target = path.Join(s.edit.Dir(), s.name)
	s.source = s.temporary()
	if s.item != "" && !s.copied {
		s.source = s.restored.content()
	}
}

// temporary is the temporary file or folder; all that ever lies there is a copy of the new content.
func (s *publishing) temporary() string { return path.Join(s.edit.Dir(), temporary(s.id)) }

// storeOf is where the item that is restored lies.
func (s *publishing) storeOf() *os.Root {
	if s.elsewhere() {
		return s.store
	}
	return s.root
}

// isPresent tells that an upload's content is what the file holds already.
func (s *publishing) isPresent() (bool, error) {
	if s.item != "" || s.present == nil || s.present.Size() != s.size {
		return false, nil
	}
	hash, err := hashFile(s.root, s.target)
	return bytes.Equal(hash, s.hash), err
}

// acknowledge ends an upload that has nothing to change, or could not be compared.
func (s *publishing) acknowledge(ctx context.Context, err error) (catalogue.Entry, error) {
	if err != nil {
		return catalogue.Entry{}, err
	}
	return s.commit(ctx)
}

// begin writes the publication into the journal, and the version that is to be kept.
func (s *publishing) begin(ctx context.Context) error {
	if s.present != nil {
		version, err := s.versionOf(ctx, s.present)
		if err != nil {
			return err
		}
		s.version, s.keep = version, version.ID
	}
	return s.u.catalogue.Update(ctx, func(tx *sql.Tx) error {
		if s.keep != "" {
			if err := s.version.insert(tx); err != nil {
				return err
			}
		}
		return s.insert(tx)
	})
}

// move keeps the present content and takes the new one to its name in one step.
func (s *publishing) move(ctx context.Context) error {
	if s.keep != "" {
		if err := s.keepAs(s.version, s.target); err != nil {
			return err
		}
	}
	now, err := lstat(s.root, s.target)
	if err != nil {
		return err
	}
	if s.present == nil && now != nil || s.present != nil && !unchanged(now, s.present) {
		return raced(nil)
	}
	if s.present != nil {
		return s.replace(ctx)
	}
	if !s.elsewhere() {
		if err := s.moveNew(); !isOtherDisk(err) || s.item == "" {
			return err
		}
	}
	return s.moveCopy(ctx)
}

// moveNew links a new file, which fails when the name was taken meanwhile. Folders, and file
// systems without links, are renamed.
func (s *publishing) moveNew() error {
	err := s.root.Link(s.source, s.target)
	if err == nil || isOtherDisk(err) {
		return err
	}
	return s.renameNew()
}

// renameNew renames the source to a name that must be free.
func (s *publishing) renameNew() error {
	from, err := s.root.Open(path.Dir(s.source))
	if err != nil {
		return err
	}
	defer from.Close()
	err = catalogue.RenameNew(from, path.Base(s.source), s.dir, path.Base(s.target))
	if errors.Is(err, fs.ErrExist) {
		return raced(err)
	}
	return err
}

// moveCopy brings an item back to another disk or shared folder than the one it is kept in. The
// journal says that it was copied once the copy is whole and durable: a copy that is gone then was
// published.
func (s *publishing) moveCopy(ctx context.Context) error {
	if err := copyTree(s.storeOf(), s.source, s.root, s.temporary()); err != nil {
		return err
	}
	if err := syncFolder(s.dir); err != nil {
		return err
	}
	if err := s.setCopied(ctx, true); err != nil {
		return err
	}
	return s.renameNew()
}

// setCopied notes whether the source is the copy or the item.
func (s *publishing) setCopied(ctx context.Context, copied bool) error {
	if err := s.u.exec(ctx, `UPDATE upload_publication SET copied = ? WHERE id = ?`, copied, s.id); err != nil {
		return err
	}
	s.copied = copied
	s.locate()
	return nil
}

// complete ends a publication whose content took its place.
func (s *publishing) complete(ctx context.Context) (entry catalogue.Entry, err error) {
	back, err := s.clearAside(ctx)
	if err != nil {
		return entry, unknown(err)
	}
	if back {
		s.undo(ctx)
		return entry, raced(nil)
	}
	s.clean()
	if err := syncFolder(s.dir); err != nil {
		return entry, unknown(err)
	}
	return s.commit(ctx)
}

// commit makes the publication known: entry, version and row in one transaction.
func (s *publishing) commit(ctx context.Context) (catalogue.Entry, error) {
	if s.item == "" && string(s.file) != s.id {
		if err := s.edit.Alias(catalogue.ID(s.id), s.file); err != nil {
			return catalogue.Entry{}, unknown(err)
		}
	}
	entry, err := s.edit.Put(s.name, s.file, s.record)
	if err != nil {
		return catalogue.Entry{}, unknown(err)
	}
	return entry, nil
}

func (s *publishing) record(tx *sql.Tx) error {
	err := s.delete(tx)
	if err == nil && s.keep != "" {
		err = setStage(tx, s.keep, kept)
	}
	if err == nil && s.item != "" {
		err = setStage(tx, s.item, gone)
	}
	if err == nil && s.other != "" {
		_, err = tx.Exec(`UPDATE upload_item SET file = ? WHERE file = ?`, s.file, s.other)
	}
	if err == nil && s.item == "" {
		_, err = tx.Exec(`UPDATE upload_row SET hash = ?, expires = ? WHERE id = ?`,
			s.hash, s.u.now().Add(announced*day).UnixNano(), s.id)
	}
	return err
}

// clean removes the temporary file, if there is one. What can't be removed now is swept later, for
// the row owns it.
func (s *publishing) clean() {
	if err := s.root.RemoveAll(s.temporary()); err != nil {
		s.u.log().Warn("a temporary file could not be removed yet", "id", s.id, "error", err)
	}
}

// giveUp removes what was received, before the journal knows of it. A restore has made nothing yet:
// what lies there is of an earlier one, which settling ends.
func (s *publishing) giveUp() {
	if s.item == "" {
		s.clean()
	}
}

// undo takes back a publication whose content is not at its place: what is kept of the present
// content goes, unless the present content is not there any more. Where it fails, the journal
// stays and settling tries again.
func (s *publishing) undo(ctx context.Context) {
	still := false
	err := s.takeBack(ctx)
	if err == nil {
		s.clean()
		still, err = s.stillPresent()
	}
	if err == nil && still && s.keep != "" {
		err = removeKept(s.root, item{Item: Item{ID: s.keep, Kind: Version}}.places()...)
	}
	if err == nil {
		err = s.u.catalogue.Update(ctx, func(tx *sql.Tx) error { return s.forget(tx, still) })
	}
	if err != nil {
		s.u.log().Warn("a change that failed could not be taken back completely yet", "id", s.id, "error", err)
	}
}

// takeBack looks at what lies aside, and makes the item the source again before its copy goes.
func (s *publishing) takeBack(ctx context.Context) error {
	_, err := s.clearAside(ctx)
	if err == nil && s.copied {
		err = s.setCopied(ctx, false)
	}
	return err
}

// stillPresent tells that no version needs to be kept: the name has the same content as before.
func (s *publishing) stillPresent() (bool, error) {
	if s.keep == "" {
		return true, nil
	}
	version, err := lstat(s.root, versionPath(s.keep))
	if version == nil || err != nil {
		return err == nil, err
	}
	present, err := lstat(s.root, s.target)
	if present == nil || err != nil {
		return false, err
	}
	if os.SameFile(version, present) {
		return true, nil
	}
	if !present.Mode().IsRegular() || version.Size() != present.Size() {
		return false, nil
	}
	return sameContent(s.root, versionPath(s.keep), s.target)
}

func (s *publishing) forget(tx *sql.Tx, still bool) error {
	err := s.delete(tx)
	if err != nil || s.keep == "" {
		return err
	}
	if !still {
		return setStage(tx, s.keep, kept)
	}
	_, err = tx.Exec(`DELETE FROM upload_item WHERE id = ?`, s.keep)
	return err
}

func raced(cause error) error {
	return fail(catalogue.ErrBusy, "Another program changed the file at the same moment. Nothing was changed by this; try again.", cause)
}

// unchanged tells that a name still has the file that it had, with the content that it had.
func unchanged(now, before fs.FileInfo) bool {
	return now != nil && os.SameFile(now, before) && now.Size() == before.Size() && now.ModTime().Equal(before.ModTime())
}
