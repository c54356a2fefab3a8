package upload

import (
	"context"
	"database/sql"
	"fmt"
	"path"
	"strings"

	"folderfront/server/catalogue"
)

// Init announces an upload of filename into the folder parent, and remembers it under Workfront's
// ids, which may be empty. It answers the entry of the file to be: the present one when the name
// is taken, for the upload becomes its new version, else a Pending one under a new id. The folder
// itself doesn't change. ErrInvalid for a name no computer could store, ErrExists when a folder or
// something else that is no file has the name, ErrForbidden for the root and read-only folders.
func (u *Uploads) Init(ctx context.Context, parent catalogue.ID, filename, documentID, documentVersionID string) (catalogue.Entry, error) {
	if parent == catalogue.Root {
		return catalogue.Entry{}, fail(catalogue.ErrForbidden, "Files can't be put beside the shared folders. Choose one of the folders and upload there.", nil)
	}
	if err := catalogue.CheckName(filename); err != nil {
		return catalogue.Entry{}, err
	}
	var entry catalogue.Entry
	today, err := u.daysRun(ctx)
	if err != nil {
		return catalogue.Entry{}, journalFailure(err)
	}
	err = u.catalogue.Edit(ctx, parent, func(e *catalogue.Edit) (err error) {
		r := row{parent: parent, name: filename, both: u.config.Load().KeepBoth, expires: u.now().Add(announced * day), day: today}
		taken, err := u.taken(ctx, e, &r)
		if err != nil {
			return err
		}
		announce := func(tx *sql.Tx, file catalogue.Entry) error {
			entry, r.id = file, file.ID
			if err := r.insert(tx); err != nil {
				return err
			}
			return remember(tx, documentID, documentVersionID, file.ID, u.now())
		}
		if taken != nil {
			return u.catalogue.Update(ctx, func(tx *sql.Tx) error { return announce(tx, *taken) })
		}
		_, err = e.Announce(r.name, announce)
		return err
	})
	return entry, journalFailure(err)
}

// taken finds the file that the upload will be a new version of; nil when it will be a new file,
// whose name is then set so that it is free.
func (u *Uploads) taken(ctx context.Context, e *catalogue.Edit, r *row) (*catalogue.Entry, error) {
	present, found, err := e.Child(r.name)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, onDisk(e, r.name)
	}
	if present.Folder {
		return nil, fail(catalogue.ErrExists, fmt.Sprintf("There is a folder named %q already. Give the file another name.", present.Title()), nil)
	}
	if r.both {
		r.name, err = u.free(ctx, e, r.name)
		return nil, err
	}
	r.name = present.Name
	return &present, nil
}

// onDisk refuses a name that something has which is no file and not in the catalogue either: a
// device, a pipe, a symbolic link.
func onDisk(e *catalogue.Edit, name string) error {
	info, err := lstat(e.Root(), path.Join(e.Dir(), name))
	if err != nil {
		return diskFailure(err)
	}
	if info != nil && !info.Mode().IsRegular() {
		return fail(catalogue.ErrExists, "Something that is no file has this name already. Give the file another name.", nil)
	}
	return nil
}

// free finds a name like "report (2).pdf" that nothing in the folder has and no upload is announced
// under.
func (u *Uploads) free(ctx context.Context, e *catalogue.Edit, name string) (string, error) {
	announced, err := u.announcedNames(ctx, e.Entry().ID)
	if err != nil {
		return "", err
	}
	for n := 2; ; n++ {
		candidate := numbered(name, n)
		if announced[catalogue.Fold(candidate)] {
			continue
		}
		_, found, err := e.Child(candidate)
		if err != nil {
			return "", err
		}
		info, err := lstat(e.Root(), path.Join(e.Dir(), candidate))
		if err != nil {
			return "", diskFailure(err)
		}
		if !found && info == nil {
			return candidate, nil
		}
	}
}

func (u *Uploads) announcedNames(ctx context.Context, folder catalogue.ID) (map[string]bool, error) {
	rows, err := u.rows(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, r := range rows {
		if r.parent == folder {
			names[catalogue.Fold(r.name)] = true
		}
	}
	return names, nil
}

// numbered puts a number before the extension, and shortens the name by whole characters where it
// would become longer than a file system takes.
func numbered(name string, n int) string {
	extension := path.Ext(name)
	if extension == name || len(extension) > 32 {
		extension = ""
	}
	stem, suffix := strings.TrimSuffix(name, extension), fmt.Sprintf(" (%d)%s", n, extension)
	for len(stem)+len(suffix) > 255 {
		runes := []rune(stem)
		stem = string(runes[:len(runes)-1])
	}
	return stem + suffix
}
