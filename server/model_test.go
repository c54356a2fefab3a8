package server

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/conformance"
	"folderfront/server/upload"
)

// node is a file or folder as the model has it.
type node struct {
	id       string
	name     string
	parent   *node
	folder   bool
	content  []byte
	earlier  [][]byte // contents that were overwritten, the oldest first
	children []*node
}

// model is what the provider should hold, beside the provider that is put to
// the same operations.
type model struct {
	f     *fixture
	r     *rand.Rand
	root  *node            // the shared folder
	trash map[string]*node // what was deleted, by id
	done  map[string]int   // how often each operation was done
	last  []string         // the last operations, for a failure
}

// path is where the node lies on the disk.
func (n *node) path() string {
	if n.parent == nil {
		return n.name
	}
	return filepath.Join(n.parent.path(), n.name)
}

// child finds a child whose name is the same to a person.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if catalogue.Fold(c.name) == catalogue.Fold(name) {
			return c
		}
	}
	return nil
}

// all lists the nodes below n that are of a kind.
func (n *node) all(folder bool) []*node {
	var found []*node
	for _, c := range n.children {
		if c.folder == folder {
			found = append(found, c)
		}
		found = append(found, c.all(folder)...)
	}
	return found
}

func (n *node) detach() {
	n.parent.children = slices.DeleteFunc(n.parent.children, func(c *node) bool { return c == n })
}

func (n *node) attach(parent *node) {
	n.parent = parent
	parent.children = append(parent.children, n)
}

// lives tells whether n is in the tree, not in the trash.
func (m *model) lives(n *node) bool {
	for ; n.parent != nil; n = n.parent {
		if !slices.Contains(n.parent.children, n) {
			return false
		}
	}
	return n == m.root
}

// did notes an operation that was asked for.
func (m *model) did(what string, n *node, name string) {
	m.done[what]++
	m.last = append(m.last[max(0, len(m.last)-40):], fmt.Sprintf("%s %s %q (%s)", what, n.path(), name, n.id))
}

var modelNames = []string{"a", "A", "b.txt", "é.txt", "e\u0301.txt", "report 2.pdf", "report 10.pdf", "Ü", "日本.txt", "x y", "100 %.txt", "plus+.bin"}

func (m *model) anyName() string {
	return modelNames[m.r.IntN(len(modelNames))] + []string{"", " 1", " 2", " 3"}[m.r.IntN(4)]
}

func (m *model) anyContent() []byte {
	content := make([]byte, m.r.IntN(4000))
	for i := range content {
		content[i] = byte(m.r.Uint32())
	}
	return content
}

func pick[T any](r *rand.Rand, from []T) (one T, ok bool) {
	if len(from) == 0 {
		return one, false
	}
	return from[r.IntN(len(from))], true
}

// step does one operation at random on both sides.
func (m *model) step() error {
	folder, _ := pick(m.r, append(m.root.all(true), m.root))
	file, _ := pick(m.r, m.root.all(false))
	either, _ := pick(m.r, append(m.root.all(false), m.root.all(true)...))
	switch m.r.IntN(9) {
	case 0, 1, 2:
		return m.upload(folder)
	case 3:
		return m.newVersion(file)
	case 4:
		return m.createFolder(folder)
	case 5, 6:
		return m.rename(either)
	case 7:
		return m.delete(either)
	}
	if m.r.IntN(2) == 0 {
		return m.restoreVersion(file)
	}
	return m.restore()
}

// upload sends a file into a folder, under a name that may be taken.
func (m *model) upload(folder *node) error {
	ctx, name, content := m.f.t.Context(), m.anyName(), m.anyContent()
	there := folder.child(name)
	m.did("upload", folder, name)
	item, err := m.f.client.Send(ctx, folder.id, name, content)
	switch {
	case there != nil && there.folder:
		return refusal(err, "an upload over a folder")
	case err != nil:
		return err
	case there == nil:
		(&node{id: item.ID, name: name, content: content}).attach(folder)
		return nil
	case item.ID != there.id:
		return fmt.Errorf("a new version of %s got the id %s", there.path(), item.ID)
	}
	there.overwrite(content)
	return nil
}

func (n *node) overwrite(content []byte) {
	if !bytes.Equal(n.content, content) {
		n.earlier = append(n.earlier, n.content)
		n.content = content
	}
}

// refusal turns a call that must have failed around.
func refusal(err error, what string) error {
	var no *conformance.Refusal
	if !errors.As(err, &no) {
		return fmt.Errorf("%s was answered with %v", what, err)
	}
	return nil
}

func (m *model) newVersion(file *node) error {
	if file == nil {
		return nil
	}
	content := m.anyContent()
	m.did("version", file, "")
	item, err := m.f.client.Send(m.f.t.Context(), file.parent.id, file.name, content)
	if err == nil && item.ID != file.id {
		err = fmt.Errorf("a new version of %s got the id %s", file.path(), item.ID)
	}
	file.overwrite(content)
	return err
}

func (m *model) createFolder(folder *node) error {
	name := m.anyName()
	there := folder.child(name)
	m.did("folder", folder, name)
	item, err := m.f.client.CreateFolder(m.f.t.Context(), folder.id, name)
	switch {
	case there != nil && !there.folder:
		return refusal(err, "a folder over a file")
	case err != nil:
		return err
	case there != nil && item.ID != there.id:
		return fmt.Errorf("the folder %s was made again", there.path())
	case there == nil:
		(&node{id: item.ID, name: name, folder: true}).attach(folder)
	}
	return nil
}

func (m *model) rename(n *node) error {
	if n == nil {
		return nil
	}
	name := m.anyName()
	there := n.parent.child(name)
	m.did("rename", n, name)
	err := m.f.client.Rename(m.f.t.Context(), n.id, name)
	if there != nil && there != n {
		return refusal(err, "a rename to a taken name")
	}
	n.name = name
	return err
}

func (m *model) delete(n *node) error {
	if n == nil {
		return nil
	}
	m.did("delete", n, "")
	if err := m.f.client.Delete(m.f.t.Context(), n.id, n.folder); err != nil {
		return err
	}
	n.detach()
	m.trash[n.id] = n
	return nil
}

// restore puts something back whose place is still there and free.
func (m *model) restore() error {
	kept, err := m.f.Uploads.Trash(m.f.t.Context(), "")
	if err != nil {
		return err
	}
	if len(kept) != len(m.trash) {
		return fmt.Errorf("the trash holds %d things, not %d", len(kept), len(m.trash))
	}
	item, ok := pick(m.r, kept)
	if !ok {
		return nil
	}
	n := m.trash[string(item.File)]
	if n == nil {
		return fmt.Errorf("%s is in the trash and was not deleted", item.Path)
	}
	if !m.lives(n.parent) || n.parent.child(n.name) != nil {
		return nil
	}
	m.did("restore", n, "")
	e, err := m.f.Uploads.Restore(m.f.t.Context(), item.ID)
	if err == nil && string(e.ID) != n.id {
		err = fmt.Errorf("%s came back as %s", n.path(), e.ID)
	}
	delete(m.trash, n.id)
	n.attach(n.parent)
	return err
}

// restoreVersion puts an earlier content back, the last or another.
func (m *model) restoreVersion(file *node) error {
	if file == nil {
		return nil
	}
	versions, err := m.f.Uploads.Versions(m.f.t.Context(), catalogue.ID(file.id))
	if err != nil {
		return err
	}
	if len(versions) != min(len(file.earlier), 20) {
		return fmt.Errorf("%s has %d versions, not %d", file.path(), len(versions), len(file.earlier))
	}
	item, ok := pick(m.r, versions)
	if !ok {
		return nil
	}
	at := len(file.earlier) - 1 - slices.IndexFunc(versions, func(v upload.Item) bool { return v.ID == item.ID })
	content := file.earlier[at]
	m.did("restore version", file, "")
	if _, err := m.f.Uploads.Restore(m.f.t.Context(), item.ID); err != nil {
		return err
	}
	if !bytes.Equal(file.content, content) {
		file.earlier = slices.Delete(file.earlier, at, at+1)
		file.earlier = append(file.earlier, file.content)
		file.content = content
	}
	return nil
}

// agree holds the whole model against the API and the disk.
func (m *model) agree(n *node) error {
	items, err := m.f.client.Files(m.f.t.Context(), n.id)
	if err != nil {
		return err
	}
	slices.SortFunc(items, func(a, b conformance.Item) int { return cmp.Compare(a.ID, b.ID) })
	children := slices.SortedFunc(slices.Values(n.children), func(a, b *node) int { return cmp.Compare(a.id, b.id) })
	if !slices.EqualFunc(items, children, func(i conformance.Item, c *node) bool {
		return i.ID == c.id && i.Title == c.name && i.Folder() == c.folder && (c.folder || i.Size == int64(len(c.content)))
	}) {
		return fmt.Errorf("%s holds %v, not %v", n.path(), titles(items), namesOf(children))
	}
	for _, c := range children {
		if c.folder {
			if err := m.agree(c); err != nil {
				return err
			}
			continue
		}
		a, err := m.f.client.Download(m.f.t.Context(), c.id)
		if err != nil || !bytes.Equal(a.Body, c.content) {
			return fmt.Errorf("%s has other bytes: %w", c.path(), err)
		}
	}
	return nil
}

func titles(items []conformance.Item) (list []string) {
	for _, i := range items {
		list = append(list, fmt.Sprintf("%s=%q(%d)", i.ID, i.Title, i.Size))
	}
	return list
}

func namesOf(nodes []*node) (list []string) {
	for _, n := range nodes {
		list = append(list, fmt.Sprintf("%s=%q(%d)", n.id, n.name, len(n.content)))
	}
	return list
}

// TestAgainstModel does operations at random, with a model beside the provider,
// and starts the provider anew in the middle of it.
func TestAgainstModel(t *testing.T) {
	last := 2 * time.Second
	if prove {
		last = time.Minute
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	f := newFixture(t, catalogue.Share{Name: "Model", Path: t.TempDir()})
	m := &model{f: f, r: rand.New(rand.NewPCG(seed, 0)), trash: map[string]*node{}, done: map[string]int{}}
	m.root = &node{id: f.find("Model").ID, name: "Model", folder: true}
	restarted := false
	begin := time.Now()
	for steps := 1; time.Since(begin) < last || steps < 60; steps++ {
		if err := m.step(); err != nil {
			t.Fatalf("step %d: %v, after\n%s", steps, err, strings.Join(m.last, "\n"))
		}
		if !restarted && time.Since(begin) > last/2 {
			f.end()
			f.start()
			restarted = true
		}
		if steps%100 == 0 {
			if err := m.agree(m.root); err != nil {
				t.Fatalf("after %d steps: %v, after\n%s", steps, err, strings.Join(m.last, "\n"))
			}
		}
	}
	if err := m.agree(m.root); err != nil {
		t.Fatal(err)
	}
	for id := range m.trash {
		if a := f.do(conformance.Call{Endpoint: "metadata", Query: url.Values{"id": {id}}}); a.Status != http.StatusNotFound {
			t.Errorf("what was deleted is answered by %d", a.Status)
		}
	}
	t.Logf("did %v, and all agrees (%d files, %d folders)", m.done, len(m.root.all(false)), len(m.root.all(true)))
}
