package action

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/server/catalogue"
)

// Every variable is documented with an example, in the README as here, and each
// of them can be used.
func TestEveryVariableIsDocumentedAndKnown(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	must(t, err)
	for _, v := range Variables {
		name, example := v[0], v[1]
		_, line, found := strings.Cut(string(readme), "\n| `"+name+"` | ")
		line, _, _ = strings.Cut(line, "\n")
		if !found || strings.Trim(line, "` |") != example {
			t.Errorf("the README says of %s: %q, want %q", name, line, example)
		}
		act := webhook(1, "send", `{{ `+name+` }}`)
		act.ContentType = "text/plain"
		if _, err := r.Preview(t.Context(), act, hook(b), r.id("poster.pdf")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Workfront gets its answer in its time, while a receiver still thinks.
func TestWorkfrontIsAnsweredWhileAReceiverStillThinks(t *testing.T) {
	r := newRoom(t)
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	c := Connection{Name: "slow", URL: slow.URL, Class: "this computer", Timeout: time.Minute}
	r.define(one(c, webhook(1, "send", `{}`)))
	r.sent("d", "poster.pdf")
	answered := make(chan error, 1)
	go func() { answered <- r.Custom(t.Context(), everyone, "send", "d", "") }()
	select {
	case err := <-answered:
		if runs, _ := r.Log(t.Context(), Filter{State: Pending}); err != nil || len(runs) != 1 {
			t.Errorf("%v, %d runs under way", err, len(runs))
		}
	case <-time.After(r.patience):
		t.Error("Workfront waits for as long as the receiver thinks")
	}
}

// Runs of one action on one file go one after the other, those on others do not
// wait for them.
func TestRunsOnOneFileGoOneAfterTheOther(t *testing.T) {
	r := newRoom(t)
	arrived, release := make(chan string, 10), make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		arrived <- request.URL.Query().Get("n")
		<-release
	}))
	defer receiver.Close()
	act := webhook(1, "send", `{}`)
	act.Path = "/?n={{ file.name }}"
	r.define(one(Connection{Name: "hook", URL: receiver.URL, Class: "this computer", Timeout: time.Minute}, act))
	act.Connection = "hook"
	for _, name := range []string{"poster.pdf", "poster.pdf", "notes.txt"} {
		_, err := r.Perform(t.Context(), Order{Action: act, Files: []catalogue.ID{r.id(name)}, Trigger: ByHand})
		must(t, err)
	}
	got := map[string]int{}
	got[<-arrived]++
	got[<-arrived]++
	if want := "map[notes.txt:1 poster.pdf:1]"; fmt.Sprint(got) != want {
		t.Errorf("at once arrived %v, want %s", got, want)
	}
	close(release)
	r.eventually("the second on the poster", func() bool { return len(r.ended()) == 3 })
}
