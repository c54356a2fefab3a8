package action

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"folderfront/server/catalogue"
)

// clicks is a room with two actions that send, and two known documents.
func clicks(t *testing.T) (*room, *bin) {
	r, b := newRoom(t), newBin(t)
	r.define(Definitions{Connections: []Connection{hook(b)}, Actions: []Action{webhook(1, "send", `{}`), webhook(2, "other", `{}`)}})
	r.sent("d", "poster.pdf")
	r.sent("e", "notes.txt")
	return r, b
}

// The same person, action and document within ten seconds is the same click: it
// gets the first one's result, also while that one is still under way.
func TestADoubleClickGetsTheFirstResult(t *testing.T) {
	r, b := clicks(t)
	b.answer(http.StatusTeapot)
	var clicking sync.WaitGroup
	for range 8 {
		clicking.Go(func() {
			if err := r.Custom(t.Context(), everyone, "send", "d", ""); err == nil || !strings.Contains(sentenceOf(err), "status 418") {
				t.Errorf("got %v, want the first one's failure", err)
			}
		})
	}
	clicking.Wait()
	if got := len(b.all()); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}

func TestAnotherClickIsNoDoubleOne(t *testing.T) {
	r, b := clicks(t)
	bob := everyone
	bob.Name = "bob"
	for i, click := range []struct {
		caller                  Caller
		name, document, version string
	}{
		{everyone, "send", "d", ""},
		{bob, "send", "d", ""},
		{everyone, "other", "d", ""},
		{everyone, "send", "e", ""},
		{everyone, "send", "d", "v2"},
	} {
		must(t, r.Custom(t.Context(), click.caller, click.name, click.document, click.version))
		if got := len(b.all()); got != i+1 {
			t.Errorf("%v: %d messages, want %d", click, got, i+1)
		}
	}
	key := strings.Join([]string{bob.Name, "send", "d\x00"}, "\x00")
	if _, again := r.justAsked(key, time.Now()); !again {
		t.Error("a moment later it is a click of its own")
	}
	if _, again := r.justAsked(key, time.Now().Add(doubleClick+time.Millisecond)); again {
		t.Error("after ten seconds it still is the same click")
	}
}

// Actions are for files: a folder or the root is refused, whoever asks.
func TestFoldersAreRefused(t *testing.T) {
	r, b := clicks(t)
	must(t, os.Mkdir(filepath.Join(r.dir, "below"), 0o755))
	r.eventually("the folder", func() bool { return r.known("below") })
	below := r.entry("below")
	r.sent("folder", "below")
	share, err := r.cat.Lookup(t.Context(), r.share)
	must(t, err)
	asks := map[string]func() error{
		"by hand":   func() error { _, err := r.RunByName(t.Context(), "send", "", []catalogue.ID{below.ID}); return err },
		"the share": func() error { _, err := r.RunByName(t.Context(), "send", "", []catalogue.ID{r.share}); return err },
		"the root": func() error {
			_, err := r.RunByName(t.Context(), "send", "", []catalogue.ID{catalogue.Root})
			return err
		},
		"Workfront":     func() error { return r.Custom(t.Context(), everyone, "send", "folder", "") },
		"the interface": func() error { _, err := r.Fire(t.Context(), everyone, 1, []int64{below.Number}); return err },
		"a share there": func() error { _, err := r.Fire(t.Context(), everyone, 1, []int64{share.Number}); return err },
	}
	for what, ask := range asks {
		if err := ask(); !errors.Is(err, catalogue.ErrInvalid) || !strings.Contains(sentenceOf(err), "Actions are for files") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(b.all()) != 0 {
		t.Error("something was sent")
	}
}

// An id that no Workfront ever made is refused, and not asked about.
func TestAnIdOfAnyLengthIsNotAskedFor(t *testing.T) {
	r, _ := clicks(t)
	for _, document := range []string{"", strings.Repeat("x", maxDocumentID+1)} {
		if err := r.Custom(t.Context(), everyone, "send", document, ""); !errors.Is(err, catalogue.ErrNotFound) {
			t.Errorf("%d letters: %v", len(document), err)
		}
	}
	if asked := r.Attention().Unknown; len(asked) != 0 {
		t.Errorf("%d are asked for", len(asked))
	}
}

// "Which file is this?" is asked until it is answered, and the answer is kept.
func TestUnknownDocumentsAreAskedFor(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{builtin(1, "tag", "tag", "seen")}})
	for i := range maxUnknown + 5 {
		if err := r.Custom(t.Context(), everyone, "tag", fmt.Sprintf("d%d", i), ""); err == nil {
			t.Fatal("an unknown document was acted on")
		}
	}
	asked := r.Attention().Unknown
	if len(asked) != maxUnknown || asked[0].Document != "d24" || asked[0].Person != everyone.Name || asked[0].Action != "tag" {
		t.Fatalf("%d are asked for, want the last %d, newest first: %+v", len(asked), maxUnknown, asked)
	}
	r.restart()
	r.define(Definitions{Actions: []Action{builtin(1, "tag", "tag", "seen")}})
	if again := r.Attention().Unknown; len(again) != maxUnknown || again[0].Document != "d24" {
		t.Errorf("forgotten by a restart: %d", len(again))
	}
	must(t, r.Know(t.Context(), "d2 4", r.id("poster.pdf")))
	must(t, r.Know(t.Context(), "d23", ""))
	if left := r.Attention().Unknown; len(left) != maxUnknown-2 || left[0].Document != "d22" {
		t.Errorf("%d left", len(left))
	}
	must(t, r.Custom(t.Context(), everyone, "tag", "d24", ""))
	if err := r.Custom(t.Context(), everyone, "tag", "d23", ""); err == nil {
		t.Error("a dropped question was taken for an answer")
	}
}
