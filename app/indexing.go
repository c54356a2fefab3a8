package app

import (
	"folderfront/app/state"
	"folderfront/server/catalogue"
	"folderfront/server/search"
)

// indexState tells how far reading the folders is; while nothing is read it
// stays the same value, so that no face is woken for it.
func indexState(p search.Progress, shares []catalogue.ShareStatus) state.Index {
	scanning := false
	for _, share := range shares {
		scanning = scanning || share.State == catalogue.Scanning
	}
	if p.Files == 0 {
		return state.Index{Scanning: scanning}
	}
	return state.Index{
		Scanning: true, Files: p.Files, Done: p.Done, Bytes: p.DoneBytes, Left: p.Left, Paused: p.Reason,
	}
}
