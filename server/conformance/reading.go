package conformance

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// readingCases are about /metadata, /files and /search.
var readingCases = []Case{
	{Group: "metadata", Name: "/ is the root folder", Level: Required, run: rootFolder},
	{Group: "metadata", Name: "an empty or missing id is the root folder, too", Level: Recommended, run: rootByDefault},
	{Group: "metadata", Name: "all fields are there, and of the right type", Level: Required, run: fields},
	{Group: "metadata", Name: "dateModified is RFC 3339 in UTC with milliseconds", Level: Recommended, run: exactDate},
	{Group: "metadata", Name: "links keep no secret and come from the settings, not from the request", Level: Recommended, run: soundLinks},
	{Group: "files", Name: "a listing comes within a minute", Level: Recommended, run: inTime},
	{Group: "files", Name: "folders come first, then names in natural order", Level: Recommended, run: order},
	{Group: "files", Name: "the same listing comes in the same order", Level: Recommended, run: stable},
	{Group: "files", Name: "max and offset count items", Level: Recommended, run: paging},
	{Group: "files", Name: "a document as parent is answered by 404", Level: Recommended, run: fileAsParent},
	{Group: "files", Name: "an empty folder is an empty list", Level: Required, Writes: true, run: emptyList},
	{Group: "files", Name: "an unchanged listing is answered by 304", Level: Recommended, run: listingTag},
	{Group: "search", Name: "nothing found is an empty list", Level: Required, run: nothingFound},
	{Group: "search", Name: "quotes, brackets and other signs are text", Level: Required, run: literalText},
	{Group: "search", Name: "case does not matter", Level: Recommended, run: anyCase},
	{Group: "search", Name: "max and offset count results", Level: Recommended, run: searchPaging},
	{Group: "search", Name: "parentId narrows to a folder and all below", Level: Recommended, Writes: true, run: narrowed},
	{Group: "search", Name: "all words must match, in any order, and accents don't matter", Level: Recommended, Writes: true, run: words},
}

func rootFolder(ctx context.Context, p *probe) error {
	root, err := p.Metadata(ctx, "/")
	if err != nil {
		return err
	}
	if !root.Folder() {
		return wrong("its kind is %q", root.Kind)
	}
	_, err = p.Files(ctx, "/")
	return err
}

func rootByDefault(ctx context.Context, p *probe) error {
	for _, call := range []Call{{Endpoint: "metadata"}, {Endpoint: "metadata", RawQuery: "id="}} {
		var root Item
		if err := p.fetch(ctx, call, &root); err != nil {
			return err
		}
		if !root.Folder() {
			return wrong("%s is a %q", describe(call), root.Kind)
		}
	}
	var first, second []Item
	if err := p.fetch(ctx, Call{Endpoint: "files"}, &first); err != nil {
		return err
	}
	if err := p.fetch(ctx, Call{Endpoint: "files", Query: one("parentId", "/")}, &second); err != nil {
		return err
	}
	return sameOrder(first, second)
}

func fields(ctx context.Context, p *probe) error {
	if err := p.look(ctx); err != nil {
		return err
	}
	for _, i := range []*Item{p.folder, p.file} {
		if i == nil {
			continue
		}
		if err := soundFields(*i); err != nil {
			return wrong("%q: %v", i.Title, err)
		}
	}
	return nil
}

func soundFields(i Item) error {
	for _, name := range []string{"title", "kind", "id", "viewLink", "downloadLink", "mimeType", "dateModified", "size"} {
		if _, ok := i.Raw[name]; !ok {
			return wrong("%s is missing", name)
		}
	}
	const longestID = 255
	switch {
	case i.Title == "":
		return wrong("title is empty")
	case i.Kind != "file" && i.Kind != "folder":
		return wrong("kind is %q", i.Kind)
	case i.ID == "" || len(i.ID) > longestID:
		return wrong("id has %d characters", len(i.ID))
	case i.Folder() && i.MIMEType != "":
		return wrong("a folder's mimeType is %q", i.MIMEType)
	case !i.Folder() && i.Size < 0:
		return wrong("size is %s", i.Raw["size"])
	}
	if _, err := time.Parse(time.RFC3339, i.DateModified); err != nil {
		return wrong("dateModified is %q, which is not RFC 3339", i.DateModified)
	}
	return nil
}

var milliseconds = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

func exactDate(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	if !milliseconds.MatchString(i.DateModified) {
		return wrong("it is %q", i.DateModified)
	}
	return nil
}

func soundLinks(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	for _, secret := range []string{p.Credential.APIKey, p.Credential.Bearer} {
		if len(secret) >= 8 && strings.Contains(i.ViewLink+i.DownloadLink, secret) {
			return wrong("the links hold the credential")
		}
	}
	var poisoned Item
	err = p.fetch(ctx, Call{Endpoint: "metadata", Query: one("id", i.ID), Header: http.Header{
		"X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Proto": {"gopher"}, "Forwarded": {"host=evil.example"},
	}}, &poisoned)
	if err != nil {
		return err
	}
	if poisoned.ViewLink != i.ViewLink || poisoned.DownloadLink != i.DownloadLink {
		return wrong("a request's headers changed the links to %s", poisoned.ViewLink)
	}
	return nil
}

func inTime(ctx context.Context, p *probe) error {
	folder, err := p.anyFolder(ctx)
	if err != nil {
		return err
	}
	a, err := p.accept(ctx, Call{Endpoint: "files", Query: one("parentId", folder.ID)})
	if err != nil {
		return err
	}
	if a.Took > time.Minute {
		return wrong("it took %s", a.Took.Round(time.Second))
	}
	return nil
}

func order(ctx context.Context, p *probe) error {
	folder, err := p.anyFolder(ctx)
	if err != nil {
		return err
	}
	items, err := p.Files(ctx, folder.ID)
	if err != nil {
		return err
	}
	for n := 1; n < len(items); n++ {
		a, b := items[n-1], items[n]
		if !a.Folder() && b.Folder() {
			return wrong("the document %q precedes the folder %q", a.Title, b.Title)
		}
		if a.Kind == b.Kind && plain(a.Title) && plain(b.Title) && strings.ToLower(a.Title) > strings.ToLower(b.Title) {
			return wrong("%q precedes %q", a.Title, b.Title)
		}
	}
	return nil
}

// plain tells names on whose order every natural order agrees.
func plain(title string) bool {
	return !strings.ContainsFunc(title, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) })
}

func sameOrder(a, b []Item) error {
	if !slices.EqualFunc(a, b, func(x, y Item) bool { return x.ID == y.ID }) {
		return wrong("the two listings differ (%d and %d items)", len(a), len(b))
	}
	return nil
}

func stable(ctx context.Context, p *probe) error {
	folder, err := p.anyFolder(ctx)
	if err != nil {
		return err
	}
	first, err := p.Files(ctx, folder.ID)
	if err != nil {
		return err
	}
	second, err := p.Files(ctx, folder.ID)
	if err != nil {
		return err
	}
	return sameOrder(first, second)
}

func paging(ctx context.Context, p *probe) error {
	folder, err := p.anyFolder(ctx)
	if err != nil {
		return err
	}
	all, err := p.Files(ctx, folder.ID)
	if err != nil {
		return err
	}
	for query, want := range map[string][]Item{
		"max=1":          all[:min(1, len(all))],
		"offset=1":       all[min(1, len(all)):],
		"offset=1&max=2": all[min(1, len(all)):min(3, len(all))],
		"max=many":       all,
		"offset=1000000": nil,
	} {
		var got []Item
		if err := p.fetch(ctx, Call{Endpoint: "files", RawQuery: one("parentId", folder.ID).Encode() + "&" + query}, &got); err != nil {
			return err
		}
		if err := sameOrder(got, want); err != nil {
			return wrong("with %s: %v", query, err)
		}
	}
	return nil
}

func fileAsParent(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	return p.refuses(ctx, Call{Endpoint: "files", Query: one("parentId", i.ID)}, http.StatusNotFound)
}

func emptyList(ctx context.Context, p *probe) error {
	folder, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	return p.isEmptyList(ctx, Call{Endpoint: "files", Query: one("parentId", folder.ID)})
}

func (p *probe) isEmptyList(ctx context.Context, call Call) error {
	var list json.RawMessage
	if err := p.fetch(ctx, call, &list); err != nil {
		return err
	}
	if text := strings.Join(strings.Fields(string(list)), ""); text != "[]" {
		return wrong("it is %s", start(list))
	}
	return nil
}

// listingTag allows for a listing that is still being settled.
func listingTag(ctx context.Context, p *probe) error {
	folder, err := p.anyFolder(ctx)
	if err != nil {
		return err
	}
	call := Call{Endpoint: "files", Query: one("parentId", folder.ID)}
	for range 20 {
		a, err := p.Do(ctx, call)
		if err != nil {
			return err
		}
		if a.Status == http.StatusNotModified {
			return nil
		}
		tag := a.Header.Get("Etag")
		if tag == "" {
			return wrong("a listing has no ETag")
		}
		call.Header = http.Header{"If-None-Match": {tag}}
	}
	return wrong("it is sent whole again and again")
}

func nothingFound(ctx context.Context, p *probe) error {
	return p.isEmptyList(ctx, Call{Endpoint: "search", Query: one("query", "folderfrontchecknothingiscalledthis")})
}

func literalText(ctx context.Context, p *probe) error {
	for _, text := range []string{`"`, `"unbalanced`, `'`, `(`, `[a`, `*`, `.*`, `\`, `%`, `_`, `a AND`, `NOT`, `NEAR(`, `title:`, `^`, `-`, `a"b"c`, `{`, "\u202e", "日本", "é\u0301", " ", strings.Repeat("x ", 500)} {
		if _, err := p.Search(ctx, text, ""); err != nil {
			return wrong("the query %q: %v", text, err)
		}
	}
	return nil
}

func anyCase(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	for _, query := range []string{strings.ToUpper(i.Title), strings.ToLower(i.Title)} {
		found, err := p.Search(ctx, query, "")
		if err != nil {
			return err
		}
		if !contains(found, i.ID) {
			return wrong("%q is not found by %q", i.Title, query)
		}
	}
	return nil
}

func searchPaging(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"max", "limit"} {
		var found []Item
		if err := p.fetch(ctx, Call{Endpoint: "search", Query: url.Values{"query": {i.Title}, name: {"1"}}}, &found); err != nil {
			return err
		}
		if len(found) > 1 {
			return wrong("%s=1 brings %d results", name, len(found))
		}
	}
	var rest []Item
	if err := p.fetch(ctx, Call{Endpoint: "search", Query: url.Values{"query": {i.Title}, "offset": {"1000000"}}}, &rest); err != nil {
		return err
	}
	if len(rest) > 0 {
		return wrong("offset=1000000 leaves %d results", len(rest))
	}
	return nil
}

// soon repeats a search for as long as an index may take to learn of a change.
func (p *probe) soon(ctx context.Context, query, parent string, good func([]Item) error) error {
	var last error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		found, err := p.Search(ctx, query, parent)
		if err != nil {
			return err
		}
		if last = good(found); last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return last
}

func narrowed(ctx context.Context, p *probe) error {
	folder, file, err := p.newFile(ctx, "narrowing quokka.txt", []byte("x"))
	if err != nil {
		return err
	}
	other, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	err = p.soon(ctx, "narrowing quokka", folder.ID, func(found []Item) error {
		if !contains(found, file.ID) {
			return wrong("it is not found below its own folder")
		}
		return nil
	})
	if err != nil {
		return err
	}
	found, err := p.Search(ctx, "narrowing quokka", other.ID)
	if err != nil {
		return err
	}
	if contains(found, file.ID) {
		return wrong("it is found below another folder")
	}
	return nil
}

func words(ctx context.Context, p *probe) error {
	_, file, err := p.newFile(ctx, "Über résumé wombat.txt", []byte("x"))
	if err != nil {
		return err
	}
	for _, query := range []string{"wombat resume", "UBER wombat", "résumé", "ombat"} {
		err := p.soon(ctx, query, "", func(found []Item) error {
			if !contains(found, file.ID) {
				return wrong("%q is not found by %q", file.Title, query)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	found, err := p.Search(ctx, "wombat folderfrontchecknothingiscalledthis", "")
	if err != nil {
		return err
	}
	if contains(found, file.ID) {
		return wrong("it is found though one word doesn't match")
	}
	return nil
}
