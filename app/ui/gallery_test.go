//go:build !headless || ci

package ui

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
)

// TestRowsShowPictures shows a document's picture, waits for one that is being
// made, and leaves the type's icon where there is none.
func TestRowsShowPictures(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	shown := func(id, name string) fyne.Resource {
		r := newPictureRow()
		f.gallery.document(r, id, name)
		return r.pictured()
	}
	pdf := typeIcon("pdf")
	if got := shown("d9", "a.pdf"); got == nil || got == pdf || len(got.Content()) == 0 {
		t.Errorf("a document with a picture shows %v", got)
	}
	if got := shown("slow9", "a.pdf"); got == nil || got == pdf {
		t.Error("a picture that was being made is not shown")
	}
	if got := shown("plain9", "a.pdf"); got != pdf {
		t.Errorf("a document without a picture shows %v, not its type's icon", got)
	}
	if got := shown("", "a.pdf"); got != nil {
		t.Errorf("what is about no document shows %v", got.Name())
	}
	core.refuse["state.Thumbnail"] = errRefused
	if got := shown("d10", "a.pdf"); got != pdf || f.notice.all.Visible() {
		t.Error("a picture that can't be had is told of as trouble, or leaves no icon")
	}
}

// TestPicturesNeverHoldAListUp lets answers come when the test wants: rows have
// icons until then, few are asked for at a time, the latest first, none twice,
// and a row that was filled with another document meanwhile keeps that one's.
func TestPicturesNeverHoldAListUp(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	var away []func()
	f.seam.away = func(job func()) { away = append(away, job) }
	before := len(core.painted)
	r := newPictureRow()
	for n := range 500 {
		f.gallery.document(newPictureRow(), fmt.Sprint("n", n), "a.pdf")
	}
	f.gallery.document(r, "n499", "a.pdf")
	if r.pictured() != typeIcon("pdf") || len(away) != atOnce {
		t.Fatalf("%d pictures are asked for at a time, the row shows %v", len(away), r.pictured())
	}
	f.gallery.document(r, "other", "b.txt")
	for len(away) > 0 {
		job := away[0]
		away = away[1:]
		job()
	}
	asked := slices.Clone(core.painted[before:])
	if len(asked) > keptWishes+atOnce || slices.Contains(asked, "n100") || asked[atOnce] != "other" {
		t.Errorf("%d asked for: %v", len(asked), asked)
	}
	slices.Sort(asked)
	if len(slices.Compact(asked)) != len(asked) {
		t.Errorf("asked for twice among %v", asked)
	}
	if r.about != "other" || r.pictured() == nil || r.pictured() == typeIcon("text") {
		t.Errorf("the row shows %v", r.pictured().Name())
	}
	f.seam.away = func(job func()) { job() }
	for n := range 2 * keptPictures {
		f.gallery.document(r, fmt.Sprint("m", n), "a.pdf")
	}
	if len(f.gallery.known) != keptPictures || len(f.gallery.order) != keptPictures {
		t.Errorf("%d pictures are remembered, %d in order", len(f.gallery.known), len(f.gallery.order))
	}
}

// pictured is what a row shows instead of its icon, or nil.
func (r *row) pictured() fyne.Resource {
	switch {
	case !r.frame.Visible():
		return nil
	case r.cover.Visible():
		return r.cover.Resource
	}
	return r.kind.Resource
}
