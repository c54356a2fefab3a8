package try

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"folderfront/app/state"
	"folderfront/server/conformance"
)

// root is the id of the folder that holds the shared ones.
const root = "/"

// Connect begins anew: it asks what the service is and offers, as Workfront does
// when the integration is saved, and lists the shared folders.
func (p *Picker) Connect(ctx context.Context) {
	p.mu.Lock()
	p.view = state.TryView{Person: p.view.Person}
	p.steps, p.pictures = nil, nil
	p.mu.Unlock()
	ok := p.take(ctx, state.TryConnect, "", func(ctx context.Context, c *conformance.Client, _ *step) error {
		info, err := c.ServiceInfo(ctx)
		if err != nil {
			return err
		}
		p.update(func(v *state.TryView) {
			v.Publisher, v.Version, v.Actions = info.Publisher, info.WebhookVersion, nil
			for _, a := range info.CustomActions {
				v.Actions = append(v.Actions, state.TryAction(a))
			}
		})
		return nil
	})
	if ok {
		p.Browse(ctx, root)
	}
}

// Browse opens a folder.
func (p *Picker) Browse(ctx context.Context, id string) {
	p.take(ctx, state.TryBrowse, p.titleOf(id), func(ctx context.Context, c *conformance.Client, s *step) error {
		items, err := c.Files(ctx, id)
		if err != nil {
			return err
		}
		way, err := p.wayTo(ctx, c, id)
		if err != nil {
			return err
		}
		p.show(s, items, func(v *state.TryView) { v.Path, v.Query = way, "" })
		return nil
	})
}

// wayTo is the path to a folder: the API knows no parents, so it is the way by
// which the person came.
func (p *Picker) wayTo(ctx context.Context, c *conformance.Client, id string) ([]state.TryItem, error) {
	v := p.View()
	if id == root {
		return []state.TryItem{{ID: root, Folder: true}}, nil
	}
	if i := slices.IndexFunc(v.Path, func(f state.TryItem) bool { return f.ID == id }); i >= 0 {
		return v.Path[:i+1], nil
	}
	way := []state.TryItem{{ID: root, Folder: true}}
	if i := slices.IndexFunc(v.Items, func(f state.TryItem) bool { return f.ID == id }); i >= 0 {
		if v.Query == "" {
			way = v.Path
		}
		return append(way, v.Items[i]), nil
	}
	item, err := c.Metadata(ctx, id)
	return append(way, itemOf(item)), err
}

// Search looks for words in the folder that is open and all below it.
func (p *Picker) Search(ctx context.Context, query string) {
	query = strings.TrimSpace(query)
	folder := p.View().Folder()
	if query == "" {
		p.Browse(ctx, or(folder, root))
		return
	}
	if folder == root {
		folder = "" // everywhere
	}
	p.take(ctx, state.TrySearch, query, func(ctx context.Context, c *conformance.Client, s *step) error {
		items, err := c.Search(ctx, query, folder)
		if err != nil {
			return err
		}
		p.show(s, items, func(v *state.TryView) { v.Query = query })
		return nil
	})
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// show makes a listing what is seen.
func (p *Picker) show(s *step, items []conformance.Item, where func(*state.TryView)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	where(&p.view)
	s.told.Count, p.view.Total = len(items), len(items)
	p.view.Items, p.view.Chosen, p.pictures = nil, nil, nil
	for _, i := range items[:min(len(items), state.MaxTryItems)] {
		p.view.Items = append(p.view.Items, itemOf(i))
	}
}

func itemOf(i conformance.Item) state.TryItem {
	modified, err := time.Parse(time.RFC3339, i.DateModified)
	if err != nil {
		modified = time.Time{}
	}
	return state.TryItem{
		ID: i.ID, Title: i.Title, Folder: i.Folder(), MIMEType: i.MIMEType, Size: i.Size, Modified: modified,
		ReadOnly: i.ReadOnly, ViewLink: i.ViewLink, DownloadLink: i.DownloadLink,
	}
}

// Choose puts a document of the listing, or a linked one, before the person's
// eyes.
func (p *Picker) Choose(id string) {
	item, _ := p.known(id)
	p.update(func(v *state.TryView) {
		v.Chosen = nil
		if item.ID != "" && !item.Folder {
			v.Chosen = &item
		}
	})
}

// known is what was told of a file or folder so far.
func (p *Picker) known(id string) (state.TryItem, bool) {
	v := p.View()
	all := slices.Concat(v.Items, v.Path)
	for _, l := range v.Linked {
		all = append(all, l.TryItem)
	}
	i := slices.IndexFunc(all, func(i state.TryItem) bool { return i.ID == id })
	if i < 0 {
		return state.TryItem{}, false
	}
	return all[i], true
}

func (p *Picker) titleOf(id string) string {
	item, _ := p.known(id)
	return item.Title
}

// Thumbnail fetches a document's picture of that width in pixels, with the MIME
// type that the provider gives it. All pictures of a listing are one step.
func (p *Picker) Thumbnail(ctx context.Context, id string, width int) (data []byte, mimeType string, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.Patience)
	defer cancel()
	target, err := p.target(ctx)
	if err != nil {
		return nil, "", err
	}
	s := p.picturesStep()
	a, err := p.client(target).Thumbnail(context.WithValue(ctx, stepKey{}, s), id, fmt.Sprint(width))
	p.mu.Lock()
	defer p.mu.Unlock()
	if errors.Is(err, context.Canceled) { // the person went on before it came
		return nil, "", err
	}
	if err != nil {
		s.told.Trouble = p.explain(err)
		return nil, "", errors.New(s.told.Trouble)
	}
	s.told.Count++
	s.total += a.Took
	s.told.Took = s.total / time.Duration(s.told.Count)
	return a.Body, a.Header.Get("Content-Type"), nil
}

func (p *Picker) picturesStep() *step {
	p.mu.Lock()
	s := p.pictures
	p.mu.Unlock()
	if s != nil {
		return s
	}
	s = p.begin(state.TryPictures, "")
	p.mu.Lock()
	defer p.mu.Unlock()
	s.told.Running = false
	p.pictures = s
	return s
}

// Link makes a document one of Workfront's: it asks for the metadata and keeps
// what Workfront keeps.
func (p *Picker) Link(ctx context.Context, id string) {
	p.take(ctx, state.TryLink, p.titleOf(id), func(ctx context.Context, c *conformance.Client, s *step) error {
		item, err := c.Metadata(ctx, id)
		if err != nil {
			return err
		}
		p.keepLinked(state.TryLinked{TryItem: itemOf(item), DocumentID: documentID(id)})
		return nil
	})
}

func (p *Picker) keepLinked(l state.TryLinked) {
	p.update(func(v *state.TryView) {
		others := slices.DeleteFunc(slices.Clone(v.Linked), func(o state.TryLinked) bool { return o.ID == l.ID })
		v.Linked = slices.Insert(others, 0, l)
		v.Linked = v.Linked[:min(len(v.Linked), maxLinked)]
		v.Chosen = &v.Linked[0].TryItem
	})
}

// documentID makes up Workfront's own id of a document: always the same for a
// file, in Workfront's form.
func documentID(id string) string {
	sum := sha256.Sum256([]byte("a document of Workfront's\x00" + id))
	return hex.EncodeToString(sum[:16])
}

// versionID is that of the document's only version.
func versionID(id string) string { return documentID("version\x00" + id) }

// Open follows a document's link as the browser of somebody would who clicks it
// in Workfront and is not signed in here, and returns the link, or "" when it
// leads nowhere.
func (p *Picker) Open(ctx context.Context, id string) (link string) {
	p.take(ctx, state.TryOpen, p.titleOf(id), func(ctx context.Context, c *conformance.Client, s *step) error {
		item, err := p.itemToOpen(ctx, c, id)
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, item.ViewLink, nil)
		if err != nil || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
			return &told{"The document's link is no web address, so Workfront can't open it."}
		}
		r.Header.Set("Accept", "text/html,*/*")
		answer, err := p.web.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if s := answer.StatusCode; s >= 400 && s != http.StatusUnauthorized && s != http.StatusForbidden {
			return &told{fmt.Sprintf("The link led to no page (%s), so people in Workfront can't open this document. Look at Connection.", answer.Status)}
		}
		link = item.ViewLink
		return nil
	})
	return link
}

func (p *Picker) itemToOpen(ctx context.Context, c *conformance.Client, id string) (state.TryItem, error) {
	if item, known := p.known(id); known {
		return item, nil
	}
	item, err := c.Metadata(ctx, id)
	return itemOf(item), err
}

// Download fetches a document and hands it to take while it comes, with its
// title and its length in bytes, -1 when that isn't told. take says where it put
// it, if that is to be seen.
func (p *Picker) Download(ctx context.Context, id string, take func(title string, length int64, content io.Reader) (kept string, err error)) bool {
	title := or(p.titleOf(id), "document")
	return p.take(ctx, state.TryDownload, title, func(ctx context.Context, c *conformance.Client, s *step) error {
		answer, err := c.OpenDownload(ctx, id)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		count := &counter{Reader: answer.Body}
		kept, err := take(title, answer.ContentLength, count)
		p.mu.Lock()
		defer p.mu.Unlock()
		s.told.Bytes, s.told.Kept = count.read, kept
		return err
	})
}

// counter counts what is read of it.
type counter struct {
	io.Reader
	read int64
}

// Read reads on.
func (c *counter) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.read += int64(n)
	return n, err
}

// Keep downloads a document into a folder of this computer, under a free name.
func (p *Picker) Keep(ctx context.Context, id, folder string) {
	p.Download(ctx, id, func(title string, _ int64, content io.Reader) (string, error) {
		file, err := create(folder, title)
		if err != nil {
			return "", &told{"The download can't be kept in " + folder + ". Choose a folder that you may write to."}
		}
		_, err = io.Copy(file, content)
		if err = errors.Join(err, file.Close()); err != nil {
			return "", errors.Join(err, os.Remove(file.Name()))
		}
		return file.Name(), nil
	})
}

// create makes a new file under a name like the title.
func create(folder, title string) (*os.File, error) {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.TrimLeft(title, "."))
	kind := filepath.Ext(clean)
	for n := 1; ; n++ {
		name := clean
		if n > 1 {
			name = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(clean, kind), n, kind)
		}
		file, err := os.OpenFile(filepath.Join(folder, or(name, "document")), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil || !errors.Is(err, os.ErrExist) || n == 999 {
			return file, err
		}
	}
}

// SendFile sends a file of this computer.
func (p *Picker) SendFile(ctx context.Context, folder, path string) {
	file, err := os.Open(path)
	if err != nil {
		p.refuse(state.TryUpload, filepath.Base(path), "The file can't be read, so nothing was sent. Choose another.")
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		p.refuse(state.TryUpload, filepath.Base(path), "That is not a file, so nothing was sent. Choose a file.")
		return
	}
	p.Send(ctx, folder, filepath.Base(path), file, info.Size())
}

// refuse tells of a step that came to nothing before it began.
func (p *Picker) refuse(kind, about, sentence string) { p.end(p.begin(kind, about), &told{sentence}) }

// Send sends a document from Workfront into a folder, in the two parts of the
// API, and links it. length is in bytes, -1 when it isn't known.
func (p *Picker) Send(ctx context.Context, folder, name string, content io.Reader, length int64) {
	count := &counter{Reader: content}
	ok := p.take(ctx, state.TryUpload, name, func(ctx context.Context, c *conformance.Client, s *step) error {
		document := conformance.Document{ID: documentID(folder + "\x00" + name), VersionID: documentID(time.Now().String())}
		announced, err := c.Announce(ctx, folder, name, document)
		if err != nil {
			return err
		}
		if err := c.UploadFrom(ctx, announced.ID, count, length); err != nil {
			return err
		}
		item := itemOf(announced)
		item.Size = count.read
		p.keepLinked(state.TryLinked{TryItem: item, DocumentID: document.ID, Sent: true})
		p.mu.Lock()
		defer p.mu.Unlock()
		s.told.Bytes = count.read
		return nil
	})
	if ok && p.View().Query == "" {
		p.Browse(ctx, folder)
		p.update(func(v *state.TryView) { v.Chosen = &v.Linked[0].TryItem })
	}
}

// Act runs a custom action on a document, which is linked first when it is not,
// since Workfront offers actions on its own documents alone.
func (p *Picker) Act(ctx context.Context, id, action string) {
	linked := func() (state.TryLinked, bool) {
		v := p.View()
		i := slices.IndexFunc(v.Linked, func(l state.TryLinked) bool { return l.ID == id })
		if i < 0 {
			return state.TryLinked{}, false
		}
		return v.Linked[i], true
	}
	document, ok := linked()
	if !ok {
		p.Link(ctx, id)
		if document, ok = linked(); !ok {
			return
		}
	}
	p.take(ctx, state.TryAct, action, func(ctx context.Context, c *conformance.Client, s *step) error {
		if !document.Sent && p.config.Introduce != nil {
			if err := p.config.Introduce(ctx, document.DocumentID, id); err != nil {
				return &told{err.Error()}
			}
		}
		return c.CustomAction(ctx, action, conformance.Document{ID: document.DocumentID, VersionID: versionID(id)})
	})
}
