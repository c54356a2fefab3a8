package app

import (
	"net"
	"slices"
	"testing"
	"time"

	"folderfront/app/state"
)

// Every problem is told, and the first is one that keeps Workfront out when
// there is one: tray and window tell it as the headline does.
func TestTheWorstProblemIsToldFirst(t *testing.T) {
	var problems []state.Problem
	for _, area := range []string{"login", "settings", "window", "plan", "tunnel", "address", "actions"} {
		problems = append(problems, state.Problem{Area: area, Sentence: area + " is wrong."})
	}
	worstFirst(problems)
	if len(problems) != 7 || problems[0].Area != "tunnel" || problems[6].Area != "login" {
		t.Errorf("told in the order %v", problems)
	}
	s := state.State{Phase: state.Trouble, Problems: problems}
	if got := headline(s); got != "tunnel is wrong." {
		t.Errorf("the headline is %q", got)
	}
	if known := slices.Compact(slices.Sorted(slices.Values(areas))); len(known) != len(areas) {
		t.Errorf("an area has two places in %v", areas)
	}
}

func TestPhaseAndHeadline(t *testing.T) {
	now := time.Now()
	listening := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
	problem := func(area string, age time.Duration) state.State {
		return state.State{Problems: []state.Problem{{Area: area, Sentence: "What is wrong.", Since: now.Add(-age)}}}
	}
	tunnel := func(s string) state.State { return state.State{Tunnel: state.Tunnel{Provider: "ngrok", State: s}} }
	for _, c := range []struct {
		name     string
		want     state.Phase
		address  net.Addr
		s        state.State
		phase    state.Phase
		headline string
	}{
		{"not wanted", state.Off, listening, state.State{}, state.Off, "Off. Nothing is shared."},
		{"paused with trouble", state.Paused, nil, problem("server", time.Hour), state.Paused, "Paused. Workfront can't reach your files until you go on."},
		{"not listening yet", state.Live, nil, state.State{}, state.Connecting, "Connecting …"},
		{"keyring asks", state.Live, listening, state.State{Waiting: "Waiting."}, state.Connecting, "Waiting."},
		{"nothing shared", state.Live, listening, state.State{}, state.Live, "Live, but no folder is shared yet."},
		{"one", state.Live, listening, state.State{Folders: []state.Folder{{Name: "Brand"}}}, state.Live, "Live. Sharing Brand."},
		{"two", state.Live, listening, state.State{Folders: make([]state.Folder, 2)}, state.Live, "Live. Sharing 2 folders."},
		{"fresh trouble", state.Live, nil, problem("server", time.Second), state.Connecting, "Connecting …"},
		{"lasting trouble", state.Live, nil, problem("server", time.Minute), state.Trouble, "What is wrong."},
		{"tunnel in trouble", state.Live, listening, problem("tunnel", time.Minute), state.Trouble, "What is wrong."},
		{"a wrong settings file keeps nobody out", state.Live, listening, problem("settings", time.Hour), state.Live, "Live, but no folder is shared yet."},
		{"tunnel connects", state.Live, listening, tunnel("connecting"), state.Connecting, "Connecting …"},
		{"tunnel reconnects", state.Live, listening, tunnel("reconnecting"), state.Connecting, "Connecting …"},
		{"tunnel live", state.Live, listening, tunnel("live"), state.Live, "Live, but no folder is shared yet."},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.s.Time = now
			c.s.Phase = phase(c.want, c.address, c.s)
			if c.s.Phase != c.phase || headline(c.s) != c.headline {
				t.Errorf("%s, %q; want %s, %q", c.s.Phase, headline(c.s), c.phase, c.headline)
			}
		})
	}
}
