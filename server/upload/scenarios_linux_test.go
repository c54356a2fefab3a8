package upload

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"folderfront/server/catalogue"
)

// A scenario is one operation that may be interrupted anywhere. setup makes the room and says what
// to do; before and after are what the room may look like when it is open again: whole, one or the
// other.
type scenario struct {
	setup         func(*room) errand
	before, after func(*room, errand)
	beside        string // a fault that is always there, such as "linkat:error=EPERM"
	raced         bool   // another program saves the file in the last moment, so it changes in any case
	long          bool   // left out of the short form
}

const (
	oldContent = "the old content"
	newContent = "the new content, which is longer"
	saved      = "saved by another program"
)

var scenarios = map[string]scenario{
	"announce": {
		setup:  func(r *room) errand { return errand{Op: "announce", Name: "a.txt"} },
		before: func(r *room, e errand) { r.mustHave() },
		after:  func(r *room, e errand) { r.mustHave() },
		long:   true,
	},
	"new file": {setup: setUpNewFile, before: nothingYet, after: uploaded},
	"new file, no links": {
		setup: setUpNewFile, before: nothingYet, after: uploaded, beside: "linkat:error=EPERM", long: true,
	},
	"new version": {setup: setUpNewVersion, before: stillOld, after: newVersion},
	"new version, no links": {
		setup: setUpNewVersion, before: stillOld, after: newVersion, beside: "linkat:error=EPERM", long: true,
	},
	"new version, no exchange": {
		setup: setUpNewVersion, before: stillOld, after: newVersion, beside: "renameat2:error=EINVAL", long: true,
	},
	"new version, raced": {setup: setUpRaced, before: stillOld, after: nothingLost, raced: true},
	"new version, raced, no links": {
		setup: setUpRaced, before: stillOld, after: nothingLost, raced: true, beside: "linkat:error=EPERM", long: true,
	},
	"new version, a folder in its place": {setup: setUpRacedByFolder, before: stillOld, after: folderStays, raced: true, long: true},
	"restore a version, raced": {
		setup: setUpRacedRestore, before: stillNew, after: nothingLost, raced: true, long: true,
	},
	"rename": {
		setup:  func(r *room) errand { return errand{Op: "rename", ID: r.upload("a.txt", oldContent), Name: "b.txt"} },
		before: stillOld,
		after:  func(r *room, e errand) { r.mustHave("b.txt", oldContent); r.mustBe(e.ID, "b.txt") },
	},
	"create a folder": {
		setup:  func(r *room) errand { return errand{Op: "folder", Name: "folder"} },
		before: func(r *room, e errand) { r.mustHave() },
		after: func(r *room, e errand) {
			r.mustHave()
			if entry := r.lookup(r.find(e.Name)); !entry.Folder {
				r.t.Errorf("%+v is no folder", entry)
			}
		},
	},
	"delete": {setup: setUpDelete, before: stillOld, after: deleted},
	"delete across disks": {
		setup: setUpDelete, before: stillOld, after: deleted, beside: "renameat:error=EXDEV:when=1", long: true,
	},
	"delete a folder": {setup: setUpDeleteFolder, before: folderThere, after: folderDeleted, long: true},
	"delete a folder across disks": {
		setup: setUpDeleteFolder, before: folderThere, after: folderDeleted, beside: "renameat:error=EXDEV:when=1",
	},
	"restore": {setup: setUpRestore, before: stillDeleted, after: stillOld, long: true},
	"restore across disks": {
		setup: setUpRestore, before: stillDeleted, after: stillOld, beside: "linkat:error=EXDEV", long: true,
	},
	"restore over another file": {setup: setUpRestoreOver, before: otherThere, after: restoredOver},
	"restore a version":         {setup: setUpRestoreVersion, before: stillNew, after: versionRestored},
	"restore a version across disks": {
		setup: setUpRestoreVersion, before: stillNew, after: versionRestored, beside: "linkat:error=EXDEV",
	},
}

func setUpNewFile(r *room) errand {
	entry, err := r.Init(context.Background(), r.share, "a.txt", "", "")
	if err != nil {
		r.t.Fatal(err)
	}
	return errand{Op: "upload", ID: entry.ID, Content: newContent}
}

func nothingYet(r *room, e errand) {
	r.mustHave()
	if entry := r.lookup(e.ID); !entry.Pending {
		r.t.Errorf("the announced file is %+v", entry)
	}
	r.receive(e.ID, e.Content) // it can be sent again
	uploaded(r, e)
}

func uploaded(r *room, e errand) {
	r.mustHave("a.txt", newContent)
	r.mustBe(e.ID, "a.txt")
}

func setUpNewVersion(r *room) errand {
	return errand{Op: "upload", ID: r.upload("a.txt", oldContent), Content: newContent}
}

func stillOld(r *room, e errand) {
	r.mustHave("a.txt", oldContent)
	if e.ID != "" {
		r.mustBe(e.ID, "a.txt")
		r.mustKeep(e.ID)
	}
}

func newVersion(r *room, e errand) {
	r.mustHave("a.txt", newContent)
	r.mustBe(e.ID, "a.txt")
	r.mustKeep(e.ID, oldContent)
}

func setUpRaced(r *room) errand {
	e := setUpNewVersion(r)
	e.Race = "a.txt"
	return e
}

// nothingLost requires that each content is the file's or a version's, other than what the program
// that saved knew it was replacing.
func nothingLost(r *room, e errand) {
	if err := os.RemoveAll(filepath.Join(r.dir, saving)); err != nil {
		r.t.Fatal(err)
	}
	present := r.read("a.txt")
	r.mustBe(e.ID, "a.txt")
	want := map[string][]string{
		oldContent: {newContent, saved},
		newContent: {oldContent, saved},
		saved:      {oldContent, newContent},
	}[present]
	if e.Op == "upload" { // whose content the sender has
		want = map[string][]string{oldContent: {}, newContent: {oldContent, saved}, saved: {oldContent}}[present]
	} else if !slices.Contains(append(r.versions(e.ID), present), saved) { // killed before it saved
		want = []string{oldContent}
	}
	got := r.versions(e.ID)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.t.Fatalf("the file has %q and the versions %q, want %q", present, got, want)
	}
}

func setUpRacedByFolder(r *room) errand {
	e := setUpNewVersion(r)
	e.Race = "a.txt/"
	return e
}

// folderStays requires the folder that another program put in the file's place, or that it didn't.
func folderStays(r *room, e errand) {
	info, err := os.Lstat(filepath.Join(r.dir, "a.txt"))
	if err != nil && !os.IsNotExist(err) || err == nil && !info.IsDir() && r.read("a.txt") != oldContent {
		r.t.Fatalf("a.txt is %v, %v", info, err)
	}
	if err == nil && info.IsDir() && r.read("a.txt/inside") != saved {
		r.t.Fatal("the folder has something else inside")
	}
	if (err != nil || info.IsDir()) && !slices.Equal(r.versions(e.ID), []string{oldContent}) {
		r.t.Fatalf("versions %q", r.versions(e.ID))
	}
}

func setUpRacedRestore(r *room) errand {
	e := setUpRestoreVersion(r)
	e.Race = "a.txt"
	return e
}

func setUpDelete(r *room) errand {
	return errand{Op: "delete", ID: r.upload("a.txt", oldContent)}
}

func deleted(r *room, e errand) {
	r.mustHave()
	items := r.trashed()
	if len(items) != 1 || items[0].File != e.ID {
		r.t.Fatalf("trash %+v", items)
	}
	if _, err := r.Restore(context.Background(), items[0].ID); err != nil {
		r.t.Fatal(err)
	}
	stillOld(r, e)
}

func setUpDeleteFolder(r *room) errand {
	folder, err := r.c.CreateFolder(context.Background(), r.share, "folder")
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("folder/a.txt", oldContent)
	r.write("folder/b.txt", newContent)
	return errand{Op: "delete", ID: folder.ID, Name: string(r.find("folder/a.txt"))}
}

func folderThere(r *room, e errand) {
	r.mustHave("folder/a.txt", oldContent, "folder/b.txt", newContent)
	r.mustBe(e.ID, "folder")
	r.mustBe(catalogue.ID(e.Name), "a.txt")
}

func folderDeleted(r *room, e errand) {
	r.mustHave()
	items := r.trashed()
	if len(items) != 1 || items[0].File != e.ID || !items[0].Folder {
		r.t.Fatalf("trash %+v", items)
	}
	if _, err := r.Restore(context.Background(), items[0].ID); err != nil {
		r.t.Fatal(err)
	}
	folderThere(r, e)
}

func setUpRestore(r *room) errand {
	id := r.upload("a.txt", oldContent)
	if err := r.Delete(context.Background(), id, ""); err != nil {
		r.t.Fatal(err)
	}
	return errand{Op: "restore", ID: id, Item: r.trashed()[0].ID}
}

func stillDeleted(r *room, e errand) {
	r.mustHave()
	if _, err := r.Restore(context.Background(), e.Item); err != nil {
		r.t.Fatal(err)
	}
	stillOld(r, e)
}

func setUpRestoreOver(r *room) errand {
	e := setUpRestore(r)
	e.Name = string(r.upload("a.txt", newContent))
	return e
}

func otherThere(r *room, e errand) {
	r.mustHave("a.txt", newContent)
	r.mustBe(catalogue.ID(e.Name), "a.txt")
	if _, err := r.Restore(context.Background(), e.Item); err != nil {
		r.t.Fatal(err)
	}
	restoredOver(r, e)
}

func restoredOver(r *room, e errand) {
	r.mustHave("a.txt", oldContent)
	r.mustBe(e.ID, "a.txt")
	r.mustBe(catalogue.ID(e.Name), "a.txt") // the other's links go on
	r.mustKeep(e.ID, newContent)
}

func setUpRestoreVersion(r *room) errand {
	id := r.upload("a.txt", oldContent)
	r.receive(id, newContent)
	items, err := r.Versions(context.Background(), id)
	if err != nil || len(items) != 1 {
		r.t.Fatal(items, err)
	}
	return errand{Op: "restore", ID: id, Item: items[0].ID}
}

func stillNew(r *room, e errand) {
	r.mustHave("a.txt", newContent)
	r.mustBe(e.ID, "a.txt")
	r.mustKeep(e.ID, oldContent)
}

func versionRestored(r *room, e errand) {
	r.mustHave("a.txt", oldContent)
	r.mustBe(e.ID, "a.txt")
	r.mustKeep(e.ID, newContent)
}
