//go:build !headless || ci

package desktoptest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/app/state"
	"folderfront/tunnel/tunneltest"
)

// TestFacesAgreeOnAChangedAddress gives the program another public address. As
// long as Workfront asks at the old one, core, window and command line say so,
// every face tells the new address, and sharing is Live for all of them; once
// it is acknowledged, nobody speaks of the old one.
func TestFacesAgreeOnAChangedAddress(t *testing.T) {
	a := &agreement{desk: newDesk(t), icons: map[state.Phase]string{}, windows: map[state.Phase]string{}}
	edge := a.throughNgrok()
	a.launch(t.TempDir())
	a.awaitWindow()
	a.eventually("the first key", func() bool { st, ok := a.state(); return ok && len(st.Keys) > 0 })
	a.follow([]step{{"through ngrok", func() {}, state.Live}})
	st, _ := a.state()
	first := strings.TrimSuffix(st.BaseAPIURL, "/api/v1")
	a.press("ctrl+2") // the head of this page tells no address
	quiet := a.head(20)
	a.tell(first, "", quiet)

	_, port, err := net.SplitHostPort(edge.PublicAddr())
	if err != nil {
		t.Fatal(err)
	}
	another := "http://another.localhost:" + port
	edge.Assign(another)
	if _, err := edge.RestartAgent(); err != nil {
		t.Fatal(err)
	}
	a.tell(another, first, quiet)
	a.follow([]step{{"at another address", func() {}, state.Live}})

	if out, err := a.run(a.binary, "--profile", a.profile, "tunnel", "acknowledge"); err != nil {
		t.Fatalf("acknowledging: %v: %s", err, out)
	}
	a.tell(another, "", quiet)
	a.follow([]step{{"acknowledged", func() {}, state.Live}})
	a.report()
	a.quit()
}

// throughNgrok has the program connect to a loopback edge of ngrok.
func (d *desk) throughNgrok() *tunneltest.Edge {
	d.t.Helper()
	edge, err := tunneltest.Start(tunneltest.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(edge.Close)
	ca := filepath.Join(d.home, "edge.pem")
	write(d.t, ca, string(edge.CAPEM()))
	file := filepath.Join(d.profile, "settings.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	write(d.t, file, string(text)+fmt.Sprintf("\n[tunnel]\nprovider = \"ngrok\"\n\n[developer]\nngrok_edge = %q\nngrok_edge_ca = %q\n", edge.AgentAddr(), ca))
	d.env = append(d.env, "FOLDERFRONT_NGROK_TOKEN=a-token")
	return edge
}

// tell wants every face to tell an origin and, unless it is empty, the old one
// that Workfront still asks at. The window tells of it above the page, whose
// head is quiet else.
func (a *agreement) tell(origin, old, quiet string) {
	a.t.Helper()
	a.eventually(fmt.Sprintf("the core to be at %s, after %q", origin, old), func() bool {
		st, ok := a.state()
		told := ok && st.Problem != nil && st.Problem.Area == "address" && strings.Contains(st.Problem.Sentence, old)
		return ok && st.Phase == state.Live && st.Origin == origin && st.Tunnel.OldOrigin == old && told == (old != "")
	})
	since := time.Now()
	a.eventually(fmt.Sprintf("the command line to be at %s, after %q", origin, old), func() bool {
		out, err := a.run(a.binary, "--profile", a.profile, "status")
		told := strings.Contains(out, "The public address changed") && strings.Contains(out, old)
		return err == nil && strings.Contains(out, origin+"/api/v1") && told == (old != "")
	})
	a.eventually(fmt.Sprintf("the window to tell of the old address %q", old), func() bool { return (a.head(2) != quiet) == (old != "") })
	a.longest = max(a.longest, time.Since(since))
	a.sameAddress(origin + "/api/v1")
}
