package bin

import (
	"net/http"
	"strings"
	"testing"
)

// What is kept is bounded, newest first, and the bin may start again.
func TestWhatArrivesIsKeptWithinBounds(t *testing.T) {
	var b Bin
	heard := 0
	b.Changed = func() { heard++ }
	url, err := b.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if again, err := b.Start(); again != url || err != nil {
		t.Errorf("started twice: %s, %v", again, err)
	}
	post := func(path, body string) {
		t.Helper()
		response, err := http.Post(url+path, "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("answered with %d", response.StatusCode)
		}
	}
	post("/long?a=b", strings.Repeat("x", maxBody)+"\xff")
	_, arrived := b.Show()
	if len(arrived) != 1 || !arrived[0].Cut || len(arrived[0].Body) != maxBody || arrived[0].URL != "/long?a=b" {
		t.Errorf("%d messages", len(arrived))
	}
	for range maxKept + 5 {
		post("/", "\xffshort")
	}
	_, arrived = b.Show()
	if len(arrived) != maxKept || arrived[0].Body != "\uFFFDshort" || arrived[0].Cut || heard != maxKept+6 {
		t.Errorf("%d messages kept, %d heard of", len(arrived), heard)
	}
	b.Empty()
	if _, arrived = b.Show(); len(arrived) != 0 {
		t.Errorf("%d messages after emptying", len(arrived))
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if url, _ := b.Show(); url != "" {
		t.Errorf("closed, and listening at %s", url)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("closed, and answering")
	}
}
