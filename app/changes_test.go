package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"folderfront/app/settings"
	"folderfront/app/state"
)

func TestOnlyWhatMovesIsLookedAtAgain(t *testing.T) {
	now := time.Now()
	out := []state.Problem{{Area: "tunnel", Since: now.Add(-4 * time.Second)}}
	for _, c := range []struct {
		name string
		s    state.State
		want time.Duration // 0: not at all
	}{
		{"nothing moves", state.State{Phase: state.Live, Folders: make([]state.Folder, 3)}, 0},
		{"a transfer", state.State{Transfers: make([]state.Transfer, 1)}, lookAround},
		{"a scan", state.State{Index: state.Index{Scanning: true}}, lookAround},
		{"a tunnel out for four seconds", state.State{Phase: state.Connecting, Problems: out}, patience - 4*time.Second},
		{"trouble is trouble", state.State{Phase: state.Trouble, Problems: out}, 0},
		{"a problem that keeps nobody out", state.State{Phase: state.Connecting, Problems: []state.Problem{{Area: "settings", Since: now}}}, 0},
		{"a browser that waits", access(state.Access{Approvals: []state.Approval{{Expires: now.Add(time.Minute)}}}), time.Minute},
		{"the first session to end", access(state.Access{Sessions: []state.Session{{Expires: now.Add(3 * time.Hour)}, {Expires: now.Add(time.Hour)}}}), time.Hour},
		{"a moment just past", access(state.Access{Approvals: []state.Approval{{Expires: now.Add(-time.Second)}}}), calm},
	} {
		wait, ticks := nextLook(c.s, now)
		if wait != c.want || ticks != (c.want > 0) {
			t.Errorf("%s: looked at again in %v (%v), want %v", c.name, wait, ticks, c.want)
		}
	}
}

func access(a state.Access) state.State { return state.State{Phase: state.Live, Access: a} }

// TestTheStateFollowsTheRooms changes what the rooms know and no face asked
// for, and wants each change to reach a reader.
func TestTheStateFollowsTheRooms(t *testing.T) {
	folder := t.TempDir()
	a, err := Open(t.Context(), Options{
		Profile: t.TempDir(), SecretsInFile: true, EnvironmentKey: "key", Strict: true, WorkerCommand: []string{"false"},
		Overrides: Overrides{Folders: []settings.Folder{{Name: "Brand", Path: folder}}, Listen: "127.0.0.1:0"},
		Log:       slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	steps := []struct {
		what string
		is   func(state.State) bool
		then func() error
	}{
		{"the first scan", func(s state.State) bool {
			return s.Phase == state.Live && s.Folders[0].Status == "ready" && !s.Index.Scanning
		}, func() error {
			return os.WriteFile(filepath.Join(folder, "plan.bin"), make([]byte, 7), 0o600)
		}},
		{"a new file", func(s state.State) bool { return s.Folders[0].Files == 1 && s.Folders[0].Bytes == 7 }, func() error {
			return os.Rename(folder, folder+" moved")
		}},
		{"the folder gone", func(s state.State) bool { return s.Folders[0].Status == "offline" }, func() error {
			return os.Rename(folder+" moved", folder)
		}},
		{"the folder back", func(s state.State) bool { return s.Folders[0].Status == "ready" }, func() error {
			return nil
		}},
	}
	for s := range a.States(ctx) {
		if len(steps) > 0 && steps[0].is(s) {
			if err := steps[0].then(); err != nil {
				t.Error(err)
			}
			steps = steps[1:]
		}
		if len(steps) == 0 {
			break
		}
	}
	for _, missed := range steps {
		t.Errorf("no State told of %s", missed.what)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
