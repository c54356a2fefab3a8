package catalogue

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// idRule is one row of the table of what becomes of ids. want has one line for each path that isn't
// simply what it was: "A/b = A/a" (A/b has the id that A/a had), "A/b new", or "A/a gone".
type idRule struct {
	name   string
	before string // files, one a line; folders end in a slash
	do     string
	then   string // after a while, once the first part was noticed
	want   string
	volume bool // needs a second volume
	young  bool // new files may be an editor's temporary ones
	asked  bool // clients have asked for all the files
}

var idRules = []idRule{
	{name: "rename", before: "A/a", do: "mv A/a A/b", want: "A/b = A/a"},
	{name: "rename case only", before: "A/a", do: "mv A/a A/A", want: "A/A = A/a"},
	{name: "move within a share", before: "A/a\nA/d/", do: "mv A/a A/d/b", want: "A/d/b = A/a"},
	{name: "move between shares of a volume", before: "A/a\nB/", do: "mv A/a B/a", want: "B/a = A/a"},
	{name: "rename of a folder above", before: "A/d/e/f", do: "mv A/d A/g", want: "A/g = A/d\nA/g/e = A/d/e\nA/g/e/f = A/d/e/f"},
	{name: "move of a folder between shares", before: "A/d/e/f\nB/", do: "mv A/d B/d", want: "B/d = A/d\nB/d/e = A/d/e\nB/d/e/f = A/d/e/f"},
	{name: "written in place", before: "A/a", do: "write A/a"},
	{name: "truncated", before: "A/a", do: "truncate A/a"},
	{name: "chmod", before: "A/a", do: "chmod A/a"},
	{name: "touched", before: "A/a", do: "touch A/a"},
	{name: "saved by temporary file and rename", before: "A/a", do: "save A/a"},
	{name: "saved by a visible temporary file and rename", before: "A/a", do: "write A/a-new", then: "mv A/a-new A/a", young: true},
	{name: "deleted and made again under the name", before: "A/a", do: "rm A/a\nwrite A/a"},
	{name: "deleted, later made again under the name", before: "A/a", do: "rm A/a", then: "write A/a"},
	{name: "editor's backup .bak", before: "A/f.txt", do: "mv A/f.txt A/f.txt.bak\nwrite A/f.txt", want: "A/f.txt.bak new"},
	{name: "editor's backup .wbk", before: "A/f.doc", do: "mv A/f.doc A/f.wbk\nwrite A/f.doc", want: "A/f.wbk new"},
	{name: "editor's hidden backup .tmp", before: "A/f", do: "mv A/f A/f.tmp\nwrite A/f"},
	{name: "editor's hidden backup f~", before: "A/f", do: "mv A/f A/f~\nwrite A/f"},
	{name: "renamed to a backup's name and no more", before: "A/f", do: "mv A/f A/f.bak", want: "A/f.bak = A/f"},
	{name: "renamed to an ordinary name, then a new one", before: "A/f", do: "mv A/f A/g\nwrite A/f", want: "A/g = A/f\nA/f new"},
	{name: "moved to another folder, then a new one", before: "A/f\nA/z/", do: "mv A/f A/z/g\nwrite A/f", want: "A/z/g = A/f\nA/f new"},
	{name: "copy", before: "A/a", do: "cp A/a A/b", want: "A/b new"},
	{name: "hard link", before: "A/a", do: "link A/a A/b", want: "A/b new"},
	{name: "hard link, then the first name removed", before: "A/a", do: "link A/a A/b", then: "rm A/a", want: "A/a gone\nA/b new"},
	{name: "two files swapped", before: "A/a\nA/b", do: "swap A/a A/b", want: "A/a = A/b\nA/b = A/a"},
	{name: "two files of different folders swapped", before: "A/d/a\nA/e/b", do: "swap A/d/a A/e/b", want: "A/d/a = A/e/b\nA/e/b = A/d/a"},
	{name: "two folders swapped", before: "A/d/f\nA/e/g", do: "swap A/d A/e", want: "A/d = A/e\nA/e = A/d\nA/d/g = A/e/g\nA/e/f = A/d/f"},
	{name: "b moved over a", before: "A/a\nA/b", do: "mv A/b A/a", want: "A/a = A/b\nA/b gone"},
	{name: "moved to another volume", before: "A/a\nV/", do: "cp A/a V/a\nrm A/a", want: "V/a = A/a", volume: true},
	{name: "moved back from another volume", before: "V/a\nA/", do: "cp V/a A/a\nrm V/a", want: "A/a = V/a", volume: true},
	{name: "moved to another volume after it was asked for", before: "A/a\nV/", do: "cp A/a V/a\nrm A/a", want: "V/a = A/a", volume: true, asked: true},
	{name: "another file of that name, size and time on another volume", before: "A/a\nV/", do: "forge A/a V/a\nrm A/a", want: "A/a gone\nV/a new", volume: true, asked: true},
	{name: "restored from a backup after it was asked for", before: "A/a", do: "cp A/a T/a\nrm A/a", then: "cp T/a A/d/a", want: "A/d new\nA/d/a = A/a", asked: true},
	{name: "another file of that name, size and time later", before: "A/a\nA/d/", do: "forge A/a T/a\nrm A/a", then: "cp T/a A/d/a", want: "A/a gone\nA/d/a new", asked: true},
	{
		name: "two alike moved to another volume", before: "A/d/a\nV/", do: "cp A/d/a A/e/a\ncp A/d/a V/d/a\ncp A/d/a V/e/a", then: "rm A/d\nrm A/e",
		want: "A/d gone\nA/d/a gone\nV/d new\nV/d/a new\nV/e new\nV/e/a new", volume: true,
	},
	{name: "restored from a backup", before: "A/a", do: "cp A/a T/kept\nrm A/a", then: "cp T/kept A/a"},
	{name: "restored from a backup to another folder", before: "A/a", do: "cp A/a T/a\nrm A/a", then: "cp T/a A/d/a", want: "A/d new\nA/d/a = A/a"},
	{name: "deleted, then restored from the trash", before: "A/a", do: "mv A/a T/a", then: "mv T/a A/a"},
	{name: "restored from the trash under another name", before: "A/a", do: "mv A/a T/a", then: "mv T/a A/b", want: "A/b = A/a"},
	{name: "a folder restored from the trash", before: "A/d/e/f", do: "mv A/d T/d", then: "mv T/d A/d"},
	{name: "deleted, another made", before: "A/a", do: "rm A/a\nwrite A/b", want: "A/a gone\nA/b new"},
	{name: "a folder renamed and a file in it replaced", before: "A/d/f", do: "mv A/d A/e\nsave A/e/f", want: "A/e = A/d\nA/e/f = A/d/f"},
	{name: "a folder renamed, a file of it moved out", before: "A/d/f\nA/d/g", do: "mv A/d A/e\nmv A/e/f A/f", want: "A/e = A/d\nA/e/g = A/d/g\nA/f = A/d/f"},
	{name: "a file replaced by a folder", before: "A/a", do: "rm A/a\nmkdir A/a", want: "A/a new"},
	{name: "a folder replaced by a file", before: "A/d/f", do: "rm A/d\nwrite A/d", want: "A/d new"},
	{name: "a chain of renames", before: "A/a\nA/b\nA/c", do: "rm A/c\nmv A/b A/c\nmv A/a A/b", want: "A/c = A/b\nA/b = A/a"},
	{name: "a deep tree made at once", before: "A/", do: "write A/1/2/3/4/5/6/7/8/f", want: "A/1 new\nA/1/2/3 new\nA/1/2/3/4/5/6/7/8/f new"},
}

func TestIDsWhileRunning(t *testing.T) {
	for _, rule := range idRules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			w := rule.world(t)
			w.start()
			defer func() { w.stop() }()
			w.settled()
			if rule.asked {
				w.asked()
			}
			_, before := w.inCatalogue()
			w.do(rule.do)
			if rule.then != "" {
				w.settled()
				w.do(rule.then)
			}
			eventually(t, func() string {
				w.settled()
				return rule.broken(w, before)
			})
		})
	}
}

func TestIDsWhileStopped(t *testing.T) {
	for _, rule := range idRules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			w := rule.world(t)
			w.open()
			w.scan()
			if rule.asked {
				w.asked()
			}
			_, before := w.inCatalogue()
			w.stop()
			w.do(rule.do)
			if rule.then != "" {
				w.open()
				w.scan()
				w.stop()
				w.do(rule.then)
			}
			w.open()
			defer func() { w.stop() }()
			w.scan()
			if s := w.difference() + rule.broken(w, before); s != "" {
				t.Error(s)
			}
		})
	}
}

// world makes the tree that a rule begins with.
func (rule idRule) world(t *testing.T) *world {
	w := newWorld(t, func(c *Catalogue) {
		if rule.young {
			c.youth = time.Hour
		}
	})
	if rule.volume && !w.addVolume() {
		t.Skip("this machine has no second volume with birth times at /dev/shm")
	}
	for line := range strings.Lines(rule.before) {
		line = strings.TrimSpace(line)
		if strings.HasSuffix(line, "/") {
			w.do("mkdir " + line)
		} else {
			w.do("write " + line)
		}
	}
	return w
}

// broken tells how the ids are not as the rule says.
func (rule idRule) broken(w *world, before map[string]ID) string {
	_, now := w.inCatalogue()
	old := map[ID]string{}
	for path, id := range before {
		old[id] = path
	}
	settled := map[string]bool{}
	var trouble []string
	for line := range strings.Lines(rule.want) {
		words := strings.Fields(line)
		path := words[0]
		settled[path] = true
		id, ok := now[path]
		switch words[1] {
		case "=":
			settled[words[2]] = true
			if id != before[words[2]] {
				trouble = append(trouble, fmt.Sprintf("%s has not the id of %s, but that of %q", path, words[2], old[id]))
			}
		case "new":
			if !ok || old[id] != "" {
				trouble = append(trouble, fmt.Sprintf("%s has no new id, but that of %q", path, old[id]))
			}
		case "gone":
			if ok {
				trouble = append(trouble, path+" is there")
			}
		}
	}
	for path, id := range before {
		if settled[path] {
			continue
		}
		if _, there := now[path]; there && now[path] != id {
			trouble = append(trouble, fmt.Sprintf("%s lost its id", path))
		} else if !there && !strings.Contains(rule.want, path+"/") && rule.want == "" {
			trouble = append(trouble, fmt.Sprintf("%s is gone", path))
		}
	}
	return strings.Join(trouble, "\n")
}
