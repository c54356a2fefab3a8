package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A rule bans the import of a package (and all below it) outside some rooms.
type rule struct {
	banned  string   // import path; a trailing /... covers what is below
	allowed []string // rooms that may; a trailing /... likewise
	why     string
}

var rules = []rule{
	{"fyne.io/fyne/v2/...", []string{"app/ui/..."}, "only the window knows Fyne, so that the core stays small and runs without a display"},
	{"fyne.io/systray/...", []string{"app/tray"}, "only the tray knows systray"},
	{"golang.ngrok.com/...", []string{"tunnel/..."}, "only the tunnel knows ngrok"},
	{"net/http", []string{"server", "server/auth", "server/web", "server/action/...", "server/conformance", "app/control", "app/try", "tunnel/..."}, "rooms below the handlers know nothing of HTTP"},
	{"folderfront/app/...", []string{".", "app/..."}, "server and tunnel must not know the workstation's side"},
	{"folderfront/app/cli", []string{"."}, "only main starts the command line"},
	{"folderfront/app/ui/...", []string{"app/cli", "app/ui/..."}, "the window is a client of the control socket; nobody calls it"},
	{"folderfront/app/tray", []string{"app/cli"}, "the tray renders State; nobody calls it"},
	{"folderfront/app", []string{"app/cli"}, "faces reach the core through app/control alone"},
	{"folderfront/app/activity", []string{"app"}, "faces see the stored activity through commands alone"},
	{"folderfront/app/settings", []string{"app", "app/cli"}, "faces see settings in State alone"},
	{"folderfront/app/secrets", []string{"app", "app/cli"}, "secrets stay in the core"},
	{"folderfront/server/...", []string{"app", "app/cli", "app/try", "server/..."}, "window, tray and tunnel must not know the server"},
	{"folderfront/tunnel/...", []string{"app", "app/cli", "tunnel/..."}, "window, tray and server must not know the tunnel"},
	{"folderfront/tunnel/tunneltest/...", []string{"tunnel/tunneltest/..."}, "the loopback edge is for tests"},
	{"folderfront/server/thumb/thumbtest", nil, "documents for tests are made by tests"},
	{"folderfront/server/worker/pdfium/pdftest", []string{"server/thumb/thumbtest"}, "documents for tests are made by tests"},
	{"folderfront/server/disktest", nil, "small disks are for tests"},
	{"folderfront/server/web/webtest", nil, "the browser is for tests"},
	{"folderfront/server/conformance", []string{"app/cli", "app/try"}, "the client that plays Workfront is for tests, the check command and the picker"},
}

// leaves import nothing of the project, so that each can be understood alone.
var leaves = []string{
	"app/state", "app/settings", "app/secrets", "assets", "tunnel",
	"server/catalogue", "server/worker", "server/auth", "server/conformance",
}

// siblings lists what a sub-room of the server may know of its neighbours.
var siblings = map[string][]string{
	"server/upload": {"server/catalogue"},
	"server/search": {"server/catalogue", "server/worker", "server/worker/pdfium", "server/search/text"},
	"server/thumb":  {"server/catalogue", "server/worker", "server/worker/pdfium", "assets/types"},
	"server/web":    {"server/catalogue", "server/auth", "server/upload", "server/thumb", "assets/pages"},
	"server/action": {"server/catalogue", "server/upload"},
	"app/state":     {},
	"app/words":     {"app/state", "assets"},
	"app/try":       {"app/state", "app/words", "server/conformance", "assets/pages"},
	"app/activity":  {"app/state"},
	"app/control":   {"app/state"},
	"app/tray":      {"app/control", "app/state", "app/words", "assets"},
	"app/ui":        {"app/control", "app/state", "app/words", "assets", "assets/types"},
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	seen := 0
	for file, imports := range importsOfTheProject(t) {
		room := path.Dir(file)
		for _, imported := range imports {
			seen++
			check(t, file, room, imported)
		}
	}
	if seen < 100 {
		t.Fatalf("only %d imports seen: the walk is broken", seen)
	}
}

func check(t *testing.T, file, room, imported string) {
	t.Helper()
	for _, r := range rules {
		if matches(r.banned, imported) && !matchesAny(r.allowed, room) {
			t.Errorf("%s imports %s: %s", file, imported, r.why)
		}
	}
	local, ours := strings.CutPrefix(imported, "folderfront/")
	if !ours {
		return
	}
	for _, leaf := range leaves {
		if room == leaf {
			t.Errorf("%s imports %s: %s is a leaf and imports nothing of the project", file, imported, leaf)
		}
	}
	if allowed, limited := siblings[room]; limited && !matchesAny(allowed, local) && !strings.HasPrefix(local, room+"/") {
		t.Errorf("%s imports %s: %s may know only %s", file, imported, room, strings.Join(allowed, ", "))
	}
}

func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if matches(p, name) {
			return true
		}
	}
	return false
}

func matches(pattern, name string) bool {
	below, all := strings.CutSuffix(pattern, "/...")
	return name == below || all && strings.HasPrefix(name, below+"/")
}

// importsOfTheProject reads the imports of every file that isn't a test, for
// every system and build tag.
func importsOfTheProject(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		all[filepath.ToSlash(name)] = []string{}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			all[filepath.ToSlash(name)] = append(all[filepath.ToSlash(name)], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestReadmeNamesTheDependencies compares the README's section with the modules
// that go.mod requires directly.
func TestReadmeNamesTheDependencies(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Dependencies\n")
	section, _, _ = strings.Cut(section, "\n## ")
	named := regexp.MustCompile(`[a-z0-9.-]+\.[a-z]+/[\w./-]*\w`).FindAllString(section, -1)
	var required []string
	for _, line := range strings.Split(string(mod), "\n") {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " v"); ok && !strings.Contains(version, "// indirect") {
			required = append(required, path)
		}
	}
	slices.Sort(named)
	if slices.Sort(required); len(required) < 20 || !slices.Equal(named, required) {
		t.Errorf("README names\n%s\n\ngo.mod requires\n%s", strings.Join(named, "\n"), strings.Join(required, "\n"))
	}
}

// TestEveryPackageTeachesItsTerms wants a package comment of every package.
func TestEveryPackageTeachesItsTerms(t *testing.T) {
	documented := map[string]bool{}
	for file := range importsOfTheProject(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		room := path.Dir(file)
		documented[room] = documented[room] || len(parsed.Doc.Text()) > 40
	}
	for room, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", room)
		}
	}
}
