package app

import (
	"testing"
	"time"

	"folderfront/app/state"
	"folderfront/server/catalogue"
	"folderfront/server/search"
)

func TestIndexState(t *testing.T) {
	shares := func(states ...catalogue.State) (all []catalogue.ShareStatus) {
		for _, s := range states {
			all = append(all, catalogue.ShareStatus{State: s})
		}
		return all
	}
	for name, tt := range map[string]struct {
		progress search.Progress
		shares   []catalogue.ShareStatus
		want     state.Index
	}{
		"nothing to do": {search.Progress{Names: 7}, shares(catalogue.Ready, catalogue.Offline), state.Index{}},
		"first scan":    {search.Progress{}, shares(catalogue.Ready, catalogue.Scanning), state.Index{Scanning: true}},
		"reading": {
			search.Progress{Files: 10, Done: 4, Bytes: 1000, DoneBytes: 300, Left: time.Minute, Unreadable: 1},
			shares(catalogue.Ready),
			state.Index{Scanning: true, Files: 10, Done: 4, Bytes: 300, Left: time.Minute},
		},
		"on battery": {
			search.Progress{Files: 10, Reason: "It rests."},
			nil,
			state.Index{Scanning: true, Files: 10, Paused: "It rests."},
		},
	} {
		if got := indexState(tt.progress, tt.shares); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}
