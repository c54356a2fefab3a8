package server

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"folderfront/server/catalogue"
	"folderfront/server/conformance"
)

// prove makes the long forms of tests run.
var prove = os.Getenv("FOLDERFRONT_PROVE") == "1"

// walker compares a folder of the API with one of the disk, whole.
type walker struct {
	f          *fixture
	every      int // bytes are compared of each so manieth file
	files      int
	folders    int
	downloaded int
}

// compare holds the folder id against dir.
func (w *walker) compare(ctx context.Context, id, dir string) error {
	listed, err := w.f.client.Files(ctx, id)
	if err != nil {
		return err
	}
	onDisk, err := visible(dir)
	if err != nil {
		return err
	}
	firstFile := slices.IndexFunc(listed, func(i conformance.Item) bool { return !i.Folder() })
	if firstFile >= 0 && slices.ContainsFunc(listed[firstFile:], conformance.Item.Folder) {
		return fmt.Errorf("%q: a folder is listed after a file", dir)
	}
	slices.SortFunc(listed, func(a, b conformance.Item) int { return cmp.Compare(a.Title, b.Title) })
	if len(listed) != len(onDisk) {
		return fmt.Errorf("%q: %d listed, %d on the disk", dir, len(listed), len(onDisk))
	}
	for n, info := range onDisk {
		if err := w.compareOne(ctx, listed[n], dir, info); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) compareOne(ctx context.Context, i conformance.Item, dir string, info fs.FileInfo) error {
	path := filepath.Join(dir, info.Name())
	switch {
	case i.Title != catalogue.Title(info.Name()):
		return fmt.Errorf("%q is listed as %q", path, i.Title)
	case i.Folder() != info.IsDir():
		return fmt.Errorf("%q is listed as a %s", path, i.Kind)
	case i.DateModified != info.ModTime().UTC().Format("2006-01-02T15:04:05.000Z"):
		return fmt.Errorf("%q is listed with the date %s", path, i.DateModified)
	case i.Folder():
		w.folders++
		return w.compare(ctx, i.ID, path)
	case i.Size != info.Size():
		return fmt.Errorf("%q is listed with %d bytes", path, i.Size)
	}
	w.files++
	if w.files%w.every != 0 {
		return nil
	}
	want, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	w.downloaded++
	a, err := w.f.client.Download(ctx, i.ID)
	if err == nil && !bytes.Equal(a.Body, want) {
		err = fmt.Errorf("%q: %d other bytes", path, len(a.Body))
	}
	return err
}

// visible reads a folder as it should be listed, by title.
func visible(dir string) ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var infos []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if !catalogue.Hidden(e.Name()) && (info.IsDir() || info.Mode().IsRegular()) {
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int {
		return cmp.Compare(catalogue.Title(a.Name()), catalogue.Title(b.Name()))
	})
	return infos, nil
}

// TestWalkGoSource shares the Go source tree and compares all of it with the
// disk: every title, size and date, and bytes of a part of the files (of all
// when proving).
func TestWalkGoSource(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skipf("there is no Go source tree on this computer: %v", err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src")
	f := newFixture(t, catalogue.Share{Name: "Go", Path: source, ReadOnly: true})
	w := &walker{f: f, every: 25}
	if prove {
		w.every = 1
	}
	begin := time.Now()
	if err := w.compare(t.Context(), f.find("Go").ID, source); err != nil {
		t.Fatal(err)
	}
	if w.files < 5000 || w.downloaded < w.files/w.every {
		t.Errorf("only %d files were seen and %d downloaded", w.files, w.downloaded)
	}
	t.Logf("%d files in %d folders agree with the disk, %d byte for byte, in %s", w.files, w.folders, w.downloaded, time.Since(begin).Round(time.Millisecond))
}

// nastyNames are names that programs stumble over. Those that a disk refuses
// are left out there.
func nastyNames() []string {
	names := []string{
		strings.Repeat("n", 255), strings.Repeat("é", 127) + "x", " leading space", "trailing space ", "trailing dot.", "two  spaces", "tab\tand\nnewline", "carriage\rreturn",
		`back\slash`, `"quoted"`, "it's", "100 %", "%41", "%2e%2e%2f", "a+b", "a&b=c;d", "#hash?query", "<script>alert(1)</script>", "{{.}}", "$(id)", "`id`", "-rf", "--help",
		"*", "?", "a|b", "a:b", "CON", "nul.txt", "LPT1", "x.", "file.txt::$DATA", "caf\u00e9", "cafe\u0301", "\u212b", "\u00c5", "A\u030a", "ﬁle", "ı", "İ", "ß", "SS",
		"UPPER", "upper", "Upper", "\u202egpj.exe", "\u200bzero", "\ufeffbom", "\u2028line", "日本語", "한국어", "עברית", "العربية", "ไทย", "emoji 🎉👩‍👩‍👧", "\x01\x02\x1b[31m", "\x7f",
		"invalid \xff\xfe", "\xc3", "\xed\xa0\x80", "no extension", "many.dots.in.it.tar.gz", "é.PDF", "1", "01", "001", "10", "2", "9999999999999999999999999999", "０１", "a", "A ",
	}
	for plane := range rune(17) { // one character of every plane that has any
		for _, offset := range []rune{0x41, 0x100, 0x1000} {
			if r := plane<<16 + offset; plane < 4 || plane >= 14 {
				names = append(names, fmt.Sprintf("plane %d %c.txt", plane, r))
			}
		}
	}
	return names
}

func TestWalkNastyNames(t *testing.T) {
	dir := t.TempDir()
	made := 0
	for n, name := range nastyNames() {
		folder := filepath.Join(dir, fmt.Sprint("of ", n%3))
		if n%7 == 0 {
			folder = filepath.Join(folder, name) // in a folder of that name, too
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Logf("this disk refuses %q: %v", name, err)
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte("content of "+name), 0o644); err != nil {
			t.Logf("this disk refuses %q: %v", name, err)
			continue
		}
		made++
	}
	for path, target := range map[string]string{"link": "/etc", "dangling": "nowhere", "of 0/loop": "..", "of 1/file link": "/etc/passwd"} {
		if err := os.Symlink(target, filepath.Join(dir, path)); err != nil {
			t.Logf("no symbolic links here: %v", err)
		}
	}
	f := newFixture(t, catalogue.Share{Name: "Nasty", Path: dir})
	w := &walker{f: f, every: 1}
	if err := w.compare(t.Context(), f.find("Nasty").ID, dir); err != nil {
		t.Fatal(err)
	}
	if w.files != made || w.downloaded != made {
		t.Errorf("%d of %d files were listed and %d downloaded", w.files, made, w.downloaded)
	}
}

// TestParallelReaders walks one tree by several clients at once.
func TestParallelReaders(t *testing.T) {
	dir := t.TempDir()
	for n := range 300 {
		folder := filepath.Join(dir, fmt.Sprintf("Folder %d", n%20))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("file %d.txt", n)), []byte(strings.Repeat("x", n)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := newFixture(t, catalogue.Share{Name: "Tree", Path: dir})
	tree := f.find("Tree").ID
	var group errgroup.Group
	for range 6 {
		group.Go(func() error {
			return (&walker{f: f, every: 3}).compare(t.Context(), tree, dir)
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}
