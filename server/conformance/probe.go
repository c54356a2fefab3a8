package conformance

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// probe is one examination: the client, what was found to examine with, and
// what was written.
type probe struct {
	*Client
	options Options

	looked  bool   // the tree was walked
	folder  *Item  // a folder
	file    *Item  // a document, a small one when there is any
	root    []Item // the root's children
	scratch *Item  // the folder that was made to write in
	failed  error  // why there is no scratch
}

func newProbe(o Options) *probe {
	return &probe{Client: &Client{BaseURL: o.BaseURL, Credential: o.Credential, HTTP: o.HTTP}, options: o}
}

// Bounds of the search for something to examine with.
const (
	mostListings = 100
	smallFile    = 8 << 20 // bytes
)

// look walks the provider's folders, breadth first, until it has found a folder
// and a document that is neither empty nor large.
func (p *probe) look(ctx context.Context) error {
	if p.looked {
		return nil
	}
	var err error
	if p.root, err = p.Files(ctx, "/"); err != nil {
		return err
	}
	p.looked = true
	queue := p.root
	for listings := 0; len(queue) > 0 && listings < mostListings; {
		next := queue[0]
		queue = queue[1:]
		if !next.Folder() {
			p.prefer(next)
			continue
		}
		if p.folder == nil {
			p.folder = &next
		}
		if p.file != nil && handy(*p.file) {
			break
		}
		children, err := p.Files(ctx, next.ID)
		if err != nil {
			return err
		}
		listings++
		queue = append(queue, children...)
	}
	return nil
}

// handy tells a document that is quickly fetched, and long enough to be cut
// into ranges.
func handy(i Item) bool { return i.Size >= 16 && i.Size <= smallFile }

// prefer keeps the better of two documents to examine with.
func (p *probe) prefer(i Item) {
	if p.file == nil || !handy(*p.file) && (handy(i) || p.file.Size <= 0) {
		p.file = &i
	}
}

// document finds a document to examine with.
func (p *probe) document(ctx context.Context) (Item, error) {
	if err := p.look(ctx); err != nil {
		return Item{}, err
	}
	if p.file == nil {
		return Item{}, leftOut("the provider shows no document to examine with")
	}
	return *p.file, nil
}

// bytesOf downloads a document whose size allows it.
func (p *probe) bytesOf(ctx context.Context) (Item, []byte, error) {
	i, err := p.document(ctx)
	if err != nil {
		return i, nil, err
	}
	if i.Size <= 0 || i.Size > maxAnswer {
		return i, nil, leftOut("the provider shows no document of a size to examine with")
	}
	a, err := p.Download(ctx, i.ID)
	if err != nil {
		return i, nil, err
	}
	return i, a.Body, nil
}

// anyFolder finds a folder below the root.
func (p *probe) anyFolder(ctx context.Context) (Item, error) {
	if err := p.look(ctx); err != nil {
		return Item{}, err
	}
	if p.folder == nil {
		return Item{}, leftOut("the provider shows no folder to examine with")
	}
	return *p.folder, nil
}

// place makes the scratch folder, in the first folder that takes it.
func (p *probe) place(ctx context.Context) (Item, error) {
	if p.scratch != nil {
		return *p.scratch, nil
	}
	if p.failed != nil {
		return Item{}, p.failed
	}
	if err := p.look(ctx); err != nil {
		return Item{}, err
	}
	p.failed = leftOut("no folder was found in which to make one to write in")
	name := "Folderfront check " + time.Now().UTC().Format("2006-01-02 150405.000")
	for _, parent := range append(p.root[:len(p.root):len(p.root)], Item{ID: "/", Kind: "folder"}) {
		if !parent.Folder() || parent.ReadOnly {
			continue
		}
		made, err := p.CreateFolder(ctx, parent.ID, name)
		if err != nil {
			p.failed = leftOut("no folder could be made to write in: " + err.Error())
			continue
		}
		p.scratch, p.failed = &made, nil
		return made, nil
	}
	return Item{}, p.failed
}

// newFolder makes an empty folder in the scratch folder, for one case alone.
func (p *probe) newFolder(ctx context.Context) (Item, error) {
	scratch, err := p.place(ctx)
	if err != nil {
		return scratch, err
	}
	return p.CreateFolder(ctx, scratch.ID, "case "+rand.Text()[:8])
}

// newFile uploads a document into a folder of its own and answers both.
func (p *probe) newFile(ctx context.Context, name string, content []byte) (folder, file Item, err error) {
	if folder, err = p.newFolder(ctx); err != nil {
		return folder, file, err
	}
	file, err = p.Send(ctx, folder.ID, name, content)
	return folder, file, err
}

// cleanUp deletes what was written.
func (p *probe) cleanUp(ctx context.Context) error {
	if p.scratch == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, caseTime)
	defer cancel()
	if err := p.Delete(ctx, p.scratch.ID, true); err != nil {
		return fmt.Errorf("the folder %q was made to write in and could not be deleted: %w", p.scratch.Title, err)
	}
	p.scratch = nil
	return nil
}

// child finds a folder's child by its title.
func (p *probe) child(ctx context.Context, parent, title string) (Item, error) {
	children, err := p.Files(ctx, parent)
	if err != nil {
		return Item{}, err
	}
	for _, i := range children {
		if i.Title == title {
			return i, nil
		}
	}
	return Item{}, wrong("%q is not listed in its folder", title)
}

// holds tells whether a document has exactly this content now.
func (p *probe) holds(ctx context.Context, id string, content []byte) error {
	a, err := p.Download(ctx, id)
	if err != nil {
		return err
	}
	if !bytes.Equal(a.Body, content) {
		return wrong("the document has %d bytes that are not the %d that were sent", len(a.Body), len(content))
	}
	return nil
}

// refuses makes a call that must fail with one of the statuses, in the error
// format.
func (p *probe) refuses(ctx context.Context, call Call, statuses ...int) error {
	a, err := p.Do(ctx, call)
	if err != nil {
		return err
	}
	for _, status := range statuses {
		if a.Status == status {
			return errorFormat(call, a)
		}
	}
	return wrong("%s was answered by %d (%s) and not by %s", describe(call), a.Status, start(a.Body), oneOf(statuses))
}

// errorFormat examines the body of the specification's "Error Handling".
func errorFormat(call Call, a *Answer) error {
	if call.Method == http.MethodHead {
		return nil
	}
	var said struct{ Status, Error string }
	if err := json.Unmarshal(a.Body, &said); err != nil {
		return wrong("%s was refused by what is no JSON (%s)", describe(call), start(a.Body))
	}
	if said.Status != "error" && said.Status != "failure" {
		return wrong("%s was refused with the status %q in its body, not \"error\"", describe(call), said.Status)
	}
	if strings.TrimSpace(said.Error) == "" {
		return wrong("%s was refused without a sentence for the user", describe(call))
	}
	return nil
}

func describe(call Call) string {
	method := call.Method
	if method == "" {
		method = http.MethodGet
	}
	if call.RawQuery != "" {
		return method + " /" + call.Endpoint + "?" + call.RawQuery
	}
	if len(call.Query) > 0 {
		return method + " /" + call.Endpoint + "?" + call.Query.Encode()
	}
	return method + " /" + call.Endpoint
}

func oneOf(statuses []int) string {
	texts := make([]string, len(statuses))
	for i, s := range statuses {
		texts[i] = fmt.Sprint(s)
	}
	return strings.Join(texts, " or ")
}

// nowhere is an id that no provider gave out.
const nowhere = "folderfront-check-no-such-id"

func one(name, value string) url.Values { return url.Values{name: {value}} }
