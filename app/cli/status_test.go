package cli

import (
	"testing"
	"time"

	"folderfront/app/state"
)

func TestIndexing(t *testing.T) {
	for want, index := range map[string]state.Index{
		"Reading documents for search: 0 of 9.":                         {Files: 9},
		"Reading documents for search: 3 of 9. About 1m5s left.":        {Files: 9, Done: 3, Left: 65 * time.Second},
		"Reading documents for search: 3 of 9. It waits for the mains.": {Files: 9, Done: 3, Paused: "It waits for the mains."},
	} {
		if got := indexing(index); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
