package app

import (
	"testing"

	"folderfront/app/state"
)

func TestMentions(t *testing.T) {
	row := state.Activity{Person: "Mara Vogel", Verb: "downloaded", Title: "Überblick.pdf", Folder: "Brand"}
	for text, want := range map[string]bool{
		"": true, "vogel": true, "ÜBERBLICK": true, "brand": true, "download": true,
		"scans": false, "200": false,
	} {
		if got := mentions(row, text); got != want {
			t.Errorf("mentions %q: %v, want %v", text, got, want)
		}
	}
}
