//go:build !headless || ci

package ui

import (
	"folderfront/app/state"
)

// timeline is the stored activity as far as it is looked at: it knows how many
// rows there are and fetches those that are wanted, a piece at a time and one
// piece after the other. While a person drags through a hundred thousand rows
// only the piece where they rest is fetched. Rows that are noted meanwhile
// don't shift it.
type timeline struct {
	face   *face
	shown  func()               // what is known has changed
	text   string               // the filter
	anchor int64                // 0: not asked yet
	total  int                  // rows of the whole list
	pieces map[int]activityRows // by number, from the newest on
	wanted int                  // the piece to be fetched next, or -1
	asking bool                 // an answer is under way
	age    int                  // counts the beginnings, so that a late answer to an older one is dropped
}

type activityRows []state.Activity

const (
	pieceRows  = 100 // rows that are fetched at a time
	keptPieces = 20  // pieces that are remembered
)

func newTimeline(f *face, shown func()) *timeline {
	return &timeline{face: f, shown: shown, pieces: map[int]activityRows{}, wanted: -1}
}

// begin starts anew with the newest row that holds text. What was known stays
// until the answer is there.
func (t *timeline) begin(text string) {
	t.text = text
	t.age++
	t.asking, t.wanted = false, -1
	t.ask(0, 0)
}

// at returns a row, or false when it has to be fetched first.
func (t *timeline) at(i int) (state.Activity, bool) {
	number := i / pieceRows
	if piece, known := t.pieces[number]; known {
		if i%pieceRows < len(piece) {
			return piece[i%pieceRows], true
		}
		return state.Activity{}, false
	}
	t.wanted = number
	t.next()
	return state.Activity{}, false
}

// next fetches what is wanted unless something is being fetched already.
func (t *timeline) next() {
	if !t.asking && t.wanted >= 0 && t.anchor != 0 {
		number := t.wanted
		t.wanted = -1
		t.ask(number, t.anchor)
	}
}

func (t *timeline) ask(number int, anchor int64) {
	t.asking = true
	age := t.age
	var page state.ActivityPage
	t.face.ask(state.Activities{Anchor: anchor, Text: t.text, Offset: number * pieceRows, Limit: pieceRows}, &page, func(err error) {
		if age != t.age {
			return
		}
		t.asking = false
		if err != nil {
			t.wanted = -1
			t.face.notice.fail(err)
			return
		}
		if anchor == 0 || len(t.pieces) >= keptPieces {
			t.pieces = map[int]activityRows{}
		}
		t.anchor, t.total, t.pieces[number] = page.Anchor, page.Total, page.Rows
		t.shown()
		t.next()
	})
}
