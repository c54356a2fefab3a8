package conformance

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// folderCases are about /createFolder.
var folderCases = []Case{
	{Group: "createFolder", Name: "it answers the metadata of the new folder", Level: Required, Writes: true, run: createsFolder},
	{Group: "createFolder", Name: "a folder that is there already is answered like a new one", Level: Recommended, Writes: true, run: createsAgain},
	{Group: "createFolder", Name: "the name of a document is an error", Level: Recommended, Writes: true, run: createsOverFile},
	{Group: "createFolder", Name: "names that are no name of a folder are refused", Level: Recommended, Writes: true, run: badNames("createFolder", "name")},
	{Group: "createFolder", Name: "names keep their Unicode", Level: Required, Writes: true, run: unicodeNames},
}

// changeCases are about /delete and /rename.
var changeCases = []Case{
	{Group: "delete", Name: "a deleted document is gone", Level: Required, Writes: true, run: deletesDocument},
	{Group: "delete", Name: "a deleted folder is gone with its content", Level: Required, Writes: true, run: deletesFolder},
	{Group: "delete", Name: "exactly one id must be given", Level: Recommended, Writes: true, run: deletesOne},
	{Group: "delete", Name: "the root can't be deleted", Level: Required, Writes: true, run: deletesRoot},
	{Group: "delete", Name: "an unknown id is a failure with a sentence", Level: Required, run: deletesNothing},
	{Group: "rename", Name: "a renamed document keeps its id and its content", Level: Required, Writes: true, run: renamesDocument},
	{Group: "rename", Name: "a renamed folder keeps its id and what is in it", Level: Required, Writes: true, run: renamesFolder},
	{Group: "rename", Name: "only the case of a name can change", Level: Recommended, Writes: true, run: renamesCase},
	{Group: "rename", Name: "a taken name is a failure with a sentence", Level: Required, Writes: true, run: renamesOverOther},
	{Group: "rename", Name: "names that are no name of a file are refused", Level: Recommended, Writes: true, run: renamesBadly},
	{Group: "rename", Name: "an unknown id is a failure with a sentence", Level: Required, run: renamesNothing},
}

// quote writes a JSON string.
func quote(s string) string {
	text, _ := json.Marshal(s) // a string always marshals
	return string(text)
}

func createsFolder(ctx context.Context, p *probe) error {
	parent, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	made, err := p.CreateFolder(ctx, parent.ID, "New Folder")
	if err != nil {
		return err
	}
	if made.Title != "New Folder" || !made.Folder() {
		return wrong("it is the %s %q", made.Kind, made.Title)
	}
	listed, err := p.child(ctx, parent.ID, "New Folder")
	if err == nil && listed.ID != made.ID {
		err = wrong("it is listed as %s, not %s", listed.ID, made.ID)
	}
	return err
}

func createsAgain(ctx context.Context, p *probe) error {
	parent, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	first, err := p.CreateFolder(ctx, parent.ID, "Twice")
	if err != nil {
		return err
	}
	second, err := p.CreateFolder(ctx, parent.ID, "Twice")
	if err == nil && first.ID != second.ID {
		err = wrong("a second folder was made")
	}
	return err
}

func createsOverFile(ctx context.Context, p *probe) error {
	folder, _, err := p.newFile(ctx, "taken", []byte("x"))
	if err != nil {
		return err
	}
	call := Call{Method: http.MethodPost, Endpoint: "createFolder", Query: url.Values{"parentId": {folder.ID}, "name": {"taken"}}}
	return p.refuses(ctx, call, http.StatusInternalServerError)
}

func unicodeNames(ctx context.Context, p *probe) error {
	parent, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"Ångström & Söhne", "日本語 フォルダ", "100 % [final] #1 +plus", "emoji 🎉", "it's; really", strings.Repeat("ü", 100)} {
		made, err := p.CreateFolder(ctx, parent.ID, name)
		if err != nil {
			return wrong("%q: %v", name, err)
		}
		if made.Title != name {
			return wrong("%q became %q", name, made.Title)
		}
		if _, err := p.child(ctx, parent.ID, name); err != nil {
			return err
		}
	}
	return nil
}

// gone tells whether an id is no longer known.
func (p *probe) gone(ctx context.Context, id string) error {
	return p.refuses(ctx, Call{Endpoint: "metadata", Query: one("id", id)}, http.StatusNotFound)
}

func deletesDocument(ctx context.Context, p *probe) error {
	folder, file, err := p.newFile(ctx, "delete me.txt", []byte("x"))
	if err != nil {
		return err
	}
	if err := p.Delete(ctx, file.ID, false); err != nil {
		return err
	}
	items, err := p.Files(ctx, folder.ID)
	if err != nil {
		return err
	}
	if len(items) > 0 {
		return wrong("it is still listed")
	}
	return p.gone(ctx, file.ID)
}

func deletesFolder(ctx context.Context, p *probe) error {
	folder, file, err := p.newFile(ctx, "inside.txt", []byte("x"))
	if err != nil {
		return err
	}
	if err := p.Delete(ctx, folder.ID, true); err != nil {
		return err
	}
	if err := p.gone(ctx, folder.ID); err != nil {
		return err
	}
	return p.gone(ctx, file.ID)
}

func deletesOne(ctx context.Context, p *probe) error {
	folder, file, err := p.newFile(ctx, "keep me.txt", []byte("x"))
	if err != nil {
		return err
	}
	for _, q := range []url.Values{{}, {"documentId": {file.ID}, "folderId": {folder.ID}}} {
		if err := p.refuses(ctx, Call{Method: http.MethodPut, Endpoint: "delete", Query: q}, http.StatusInternalServerError); err != nil {
			return err
		}
	}
	return p.holds(ctx, file.ID, []byte("x"))
}

func deletesRoot(ctx context.Context, p *probe) error {
	return p.refuses(ctx, Call{Method: http.MethodPut, Endpoint: "delete", Query: one("folderId", "/")}, http.StatusForbidden, http.StatusInternalServerError)
}

func deletesNothing(ctx context.Context, p *probe) error {
	return p.refuses(ctx, Call{Method: http.MethodPut, Endpoint: "delete", Query: one("documentId", nowhere)}, http.StatusNotFound)
}

func renamesDocument(ctx context.Context, p *probe) error {
	folder, file, err := p.newFile(ctx, "before.txt", []byte("same"))
	if err != nil {
		return err
	}
	if err := p.Rename(ctx, file.ID, "after é.txt"); err != nil {
		return err
	}
	now, err := p.child(ctx, folder.ID, "after é.txt")
	if err != nil {
		return err
	}
	if now.ID != file.ID {
		return wrong("its id was %s and is %s", file.ID, now.ID)
	}
	return p.holds(ctx, file.ID, []byte("same"))
}

func renamesFolder(ctx context.Context, p *probe) error {
	folder, file, err := p.newFile(ctx, "inside.txt", []byte("same"))
	if err != nil {
		return err
	}
	if err := p.Rename(ctx, folder.ID, folder.Title+" renamed"); err != nil {
		return err
	}
	now, err := p.Metadata(ctx, folder.ID)
	if err != nil {
		return err
	}
	if now.Title != folder.Title+" renamed" {
		return wrong("it is called %q", now.Title)
	}
	return p.holds(ctx, file.ID, []byte("same"))
}

func renamesCase(ctx context.Context, p *probe) error {
	folder, file, err := p.newFile(ctx, "case.txt", []byte("x"))
	if err != nil {
		return err
	}
	if err := p.Rename(ctx, file.ID, "CASE.txt"); err != nil {
		return err
	}
	now, err := p.child(ctx, folder.ID, "CASE.txt")
	if err == nil && now.ID != file.ID {
		err = wrong("its id was %s and is %s", file.ID, now.ID)
	}
	return err
}

func (p *probe) refusesName(ctx context.Context, id, name string) error {
	return p.refuses(ctx, Call{Method: http.MethodPut, Endpoint: "rename", Query: url.Values{"id": {id}, "name": {name}}}, http.StatusInternalServerError, http.StatusForbidden)
}

func renamesOverOther(ctx context.Context, p *probe) error {
	folder, file, err := p.newFile(ctx, "one.txt", []byte("one"))
	if err != nil {
		return err
	}
	other, err := p.Send(ctx, folder.ID, "two.txt", []byte("two"))
	if err != nil {
		return err
	}
	if err := p.refusesName(ctx, file.ID, "two.txt"); err != nil {
		return err
	}
	if err := p.holds(ctx, file.ID, []byte("one")); err != nil {
		return err
	}
	return p.holds(ctx, other.ID, []byte("two"))
}

func renamesBadly(ctx context.Context, p *probe) error {
	_, file, err := p.newFile(ctx, "well named.txt", []byte("x"))
	if err != nil {
		return err
	}
	for _, name := range []string{"", ".", "..", "../up.txt", "a/b", `a\b`, "a\x00b", "a\rb", "con", "LPT1.txt", "dot.", "space ", "a:b", "\xff", strings.Repeat("n", 256), ".folderfront", "a*b", "a?b"} {
		if err := p.refusesName(ctx, file.ID, name); err != nil {
			return err
		}
	}
	now, err := p.Metadata(ctx, file.ID)
	if err == nil && now.Title != "well named.txt" {
		err = wrong("it became %q", now.Title)
	}
	return err
}

func renamesNothing(ctx context.Context, p *probe) error {
	return p.refuses(ctx, Call{Method: http.MethodPut, Endpoint: "rename", Query: url.Values{"id": {nowhere}, "name": {"x"}}}, http.StatusNotFound)
}
