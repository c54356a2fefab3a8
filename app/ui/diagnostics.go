//go:build !headless || ci

package ui

import (
	"fmt"
	"runtime"
	"strings"

	"folderfront/app/state"
)

// diagnostics describes the program for somebody who is to help. It holds no
// secret, and neither names of people, files or folders nor an address: those
// stand as counts.
func diagnostics(st state.State) string {
	var b strings.Builder
	say := func(name string, value any) { fmt.Fprintf(&b, "%s: %v\n", name, value) }
	say("Folderfront", st.Version)
	say("system", runtime.GOOS+" "+runtime.GOARCH)
	say("phase", st.Phase)
	say("tray icon", st.Tray)
	say("tunnel", fmt.Sprintf("%s, %s, latency %v, plan %q", st.Tunnel.Provider, st.Tunnel.State, st.Tunnel.Latency, st.Tunnel.Plan))
	say("address changed", st.Tunnel.OldOrigin != "")
	status := map[string]int{}
	var files, bytes int64
	for _, f := range st.Folders {
		status[f.Status]++
		files += f.Files
		bytes += f.Bytes
	}
	say("folders", fmt.Sprintf("%d %v, %d files, %d bytes", len(st.Folders), status, files, bytes))
	say("index", fmt.Sprintf("%d of %d files", st.Index.Done, st.Index.Files))
	say("keys", len(st.Keys))
	say("people", len(st.Access.People))
	say("transfers", len(st.Transfers))
	for _, p := range st.Problems {
		say("problem", p.Area)
	}
	return b.String()
}
