package settings

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newStore(t *testing.T) (*Store, chan struct{}) {
	t.Helper()
	changed := make(chan struct{}, 100)
	s, err := Open(filepath.Join(t.TempDir(), "settings.toml"), func() { changed <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	return s, changed
}

func addFolder(name, path string) func(*Settings) error {
	return func(s *Settings) error {
		s.Folders = append(s.Folders, Folder{Name: name, Path: path})
		return nil
	}
}

func TestFirstFileHoldsTheDefaults(t *testing.T) {
	s, _ := newStore(t)
	text, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	read, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), read); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"# Folderfront's settings.", "# The way in from the internet."} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the file lacks the comment %q:\n%s", want, text)
		}
	}
	if info, _ := os.Stat(s.Path()); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func TestModifyIsOnDiskAndKeepsComments(t *testing.T) {
	s, changed := newStore(t)
	if err := s.Modify(addFolder("Brand", "/srv/brand")); err != nil {
		t.Fatal(err)
	}
	<-changed
	text, _ := os.ReadFile(s.Path())
	mine := strings.Replace(string(text), "\n[[folder]]", "\n# the agency's\n[[folder]]", 1)
	mine = strings.Replace(mine, "days = 30", "days = 60 # asked by Ann", 1)
	if err := os.WriteFile(s.Path(), []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Modify(addFolder("Archive", "/srv/archive")); err != nil {
		t.Fatal(err)
	}
	text, _ = os.ReadFile(s.Path())
	for _, want := range []string{"# the agency's", "# asked by Ann", "Archive", "Brand"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the file lost %q:\n%s", want, text)
		}
	}
	if got := s.Get(); got.History.Days != 60 || len(got.Folders) != 2 {
		t.Errorf("in force: %d days, %d folders; want 60 and 2", got.History.Days, len(got.Folders))
	}
}

func TestWhatIsWrongIsToldWithItsLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"syntax", "version = 1\n[sharing\n", "line 2"},
		{"unknown key", "version = 1\n[sharing]\nlissen = \"x\"\n", "line 3: there is no setting \"sharing.lissen\""},
		{"wrong type", "version = 1\n[sharing]\nstart = 3\n", "line 3"},
		{"bad choice", "version = 1\n\n[desktop]\ntheme = \"pink\"\n", "line 4: theme must be one of"},
		{"bad number", "version = 1\n[history]\ndays = 0\n", "line 3: days must be a number from 1"},
		{"bad listen", "[sharing]\nlisten = \"8437\"\n", "line 2: listen must be HOST:PORT"},
		{"bad port", "[sharing]\nlisten = \"127.0.0.1:99999\"\n", "line 2: listen must end in a port"},
		{"bad origin", "[tunnel]\npublic_url = \"files.example.com\"\n", "line 2: public_url must be an origin"},
		{"origin with path", "[tunnel]\npublic_url = \"https://a.example/x\"\n", "scheme and host alone"},
		{"external without", "[tunnel]\nprovider = \"external\"\n", "public_url must be given"},
		{"relative path", "[[folder]]\nname = \"a\"\npath = \"b\"\n", "line 3: path must be an absolute path"},
		{"second of a name", "[[folder]]\nname = \"A\"\npath = \"/a\"\n[[folder]]\nname = \"a\"\npath = \"/b\"\n", "line 5: name must differ"},
		{"nested", "[[folder]]\nname = \"A\"\npath = \"/a\"\n[[folder]]\nname = \"b\"\npath = \"/a/b\"\n", "line 6: path must not overlap"},
		{"no name", "[[folder]]\nname = \" \"\npath = \"/a\"\n", "line 2: name must not be empty"},
		{"slash in name", "[[folder]]\nname = \"a/b\"\npath = \"/a\"\n", "must not contain"},
		{"future", "version = 99\n", "another version of Folderfront"},
		{"a secret", "[tunnel.ngrok]\ntoken = \"x\"\n", "there is no setting"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			var file *FileError
			if !errors.As(err, &file) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a *FileError with %q", err, c.want)
			}
		})
	}
}

func TestPrefixTwinsMayBothBeShared(t *testing.T) {
	s, _ := newStore(t)
	if err := errors.Join(s.Modify(addFolder("a", "/a")), s.Modify(addFolder("ab", "/ab"))); err != nil {
		t.Error(err)
	}
}

func TestEditByHandIsPickedUp(t *testing.T) {
	s, changed := newStore(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	defer func() { stop(); <-ended }()

	text, _ := os.ReadFile(s.Path())
	edit := func(old, new string) {
		t.Helper()
		if err := os.WriteFile(s.Path(), []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
		case <-time.After(30 * time.Second):
			t.Fatal("the edit was not noticed")
		}
	}
	edit("days = 30", "days = 31")
	if got := s.Get().History.Days; got != 31 {
		t.Errorf("days %d, want 31", got)
	}
	edit("days = 30", "days = thirty")
	if s.Fault() == nil || s.Get().History.Days != 31 {
		t.Errorf("fault %v with %d days in force; want a fault and the last good 31", s.Fault(), s.Get().History.Days)
	}
	before, _ := os.ReadFile(s.Path())
	if err := s.Modify(addFolder("a", "/a")); err == nil {
		t.Error("a wrong file was overwritten")
	}
	if after, _ := os.ReadFile(s.Path()); string(after) != string(before) {
		t.Error("the wrong file was changed")
	}
	edit("days = 30", "days = 32")
	if s.Fault() != nil || s.Get().History.Days != 32 {
		t.Errorf("fault %v with %d days in force; want none and 32", s.Fault(), s.Get().History.Days)
	}
}

// A person who reads the first file adds a folder the way its comment shows.
func TestFolderCanBeAddedByHandToTheFirstFile(t *testing.T) {
	s, _ := newStore(t)
	text, _ := os.ReadFile(s.Path())
	got, err := Parse(append(text, "\n[[folder]]\nname = \"Brand\"\npath = \"/srv/brand\"\n"...))
	if err != nil || len(got.Folders) != 1 {
		t.Errorf("%d folders, %v", len(got.Folders), err)
	}
}

// An editor that truncates before it writes must not unshare everything.
func TestAnEmptyFileChangesNothing(t *testing.T) {
	s, _ := newStore(t)
	if err := s.Modify(addFolder("a", "/a")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(s.Path(), 0); err != nil {
		t.Fatal(err)
	}
	if s.pickUp(); len(s.Get().Folders) != 1 {
		t.Error("the folder was unshared")
	}
}

func TestAVetoChangesNothing(t *testing.T) {
	s, changed := newStore(t)
	before, _ := os.ReadFile(s.Path())
	veto := errors.New("no")
	if err := s.Modify(func(*Settings) error { return veto }); !errors.Is(err, veto) {
		t.Errorf("got %v", err)
	}
	var invalid *Invalid
	if err := s.Modify(addFolder("", "/a")); !errors.As(err, &invalid) {
		t.Errorf("got %v, want *Invalid", err)
	}
	if after, _ := os.ReadFile(s.Path()); string(after) != string(before) || len(changed) > 0 {
		t.Error("a vetoed change left traces")
	}
}

func TestWrongFileFromTheStartIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	os.WriteFile(path, []byte("nonsense"), 0o600)
	if _, err := Open(path, func() {}); err == nil {
		t.Error("opened")
	}
	if text, _ := os.ReadFile(path); string(text) != "nonsense" {
		t.Error("the file was changed")
	}
}

func FuzzParse(f *testing.F) {
	first, err := render(Default(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(first)
	f.Add([]byte("[[folder]]\nname = \"a\"\npath = \"/a\"\n"))
	f.Add([]byte("version = 1 # mine\n\n# loose\n\n[tunnel.ssh]\nhost=''"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := render(s, text)
		if err != nil {
			t.Fatalf("valid settings can't be written: %v", err)
		}
		back, err := Parse(again)
		if err != nil {
			t.Fatalf("what was written can't be read: %v\n%s", err, again)
		}
		if diff := cmp.Diff(s, back); diff != "" {
			t.Error(diff)
		}
	})
}
