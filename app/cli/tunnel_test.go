package cli

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"folderfront/app/state"
	"folderfront/tunnel/tunneltest"
)

// edge is a loopback ngrok edge with its certificate in a file.
func edge(t *testing.T, o tunneltest.Options) (e *tunneltest.Edge, flags []string) {
	t.Helper()
	e, err := tunneltest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	ca := filepath.Join(t.TempDir(), "edge.pem")
	if err := os.WriteFile(ca, e.CAPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return e, []string{"--tunnel", "ngrok", "--ngrok-edge", e.AgentAddr(), "--ngrok-edge-ca", ca}
}

// tunnel reads events until the tunnel's state is one of the wanted, and
// returns that event and the states on the way.
func (s *serving) tunnel(wanted ...string) (event map[string]string, way []string) {
	s.t.Helper()
	for {
		event = s.next()
		if event["event"] != "tunnel" {
			continue
		}
		way = append(way, event["state"])
		if slices.Contains(wanted, event["state"]) {
			return event, way
		}
	}
}

// state is what `folderfront status --json` prints.
func (s *serving) state() (st state.State) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.run("status", "--json")), &st); err != nil {
		s.t.Fatal(err)
	}
	return st
}

// visit asks for a path of the Base API URL, as Workfront does. Every name of
// an edge's public side is this computer.
func visit(t *testing.T, base, path string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		return net.Dial("tcp", "127.0.0.1:"+port)
	}, DisableKeepAlives: true}}
	request, err := http.NewRequest("GET", base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("apiKey", "a-key-for-tests")
	request.Header.Set("username", "ann@example.com")
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

var forTests = []string{"FOLDERFRONT_API_KEY=a-key-for-tests", "FOLDERFRONT_NGROK_TOKEN=a-token"}

// The whole way: client, edge, SDK, server, files.
func TestServeThroughNgrok(t *testing.T) {
	e, flags := edge(t, tunneltest.Options{})
	e.SetRTT(50 * time.Millisecond) // an edge that answers at once beats the SDK, which then forgets the plan
	profile, brand := t.TempDir(), sample(t)
	s := startServing(t, profile, forTests, append(flags, "--share", "Brand="+brand)...)
	live, way := s.tunnel("live", "failed")
	if way[len(way)-2] != "connecting" || live["state"] != "live" || live["error"] != "" {
		t.Fatalf("states %v, then %v", way, live)
	}
	base := live["baseAPIURL"]
	if !strings.HasPrefix(base, "http://ff-") || !strings.HasSuffix(base, "/api/v1") {
		t.Errorf("Base API URL %q", base)
	}
	var items []item
	status, body := visit(t, base, "/files?parentId=%2F")
	if err := json.Unmarshal([]byte(body), &items); err != nil || status != 200 || len(items) != 1 || items[0].Title != "Brand" {
		t.Fatalf("the root: %d %s", status, body)
	}
	status, body = visit(t, base, "/files?parentId="+items[0].ID)
	if err := json.Unmarshal([]byte(body), &items); err != nil || status != 200 {
		t.Fatalf("the folder: %d %s", status, body)
	}
	file := items[slices.IndexFunc(items, func(i item) bool { return i.Kind == "file" })]
	want, err := os.ReadFile(filepath.Join(brand, file.Title))
	if err != nil {
		t.Fatal(err)
	}
	if status, body = visit(t, base, "/download?id="+file.ID); status != 200 || body != string(want) {
		t.Errorf("the document: %d %q, want %q", status, body, want)
	}

	if out := s.run("status"); !strings.HasPrefix(out, "Live. Sharing Brand.") || !strings.Contains(out, base) {
		t.Errorf("status: %s", out)
	}
	st := s.state()
	if got := st.Tunnel; got.Provider != "ngrok" || got.State != "live" || got.Plan != "Free" || !got.HasToken || got.Requests < 4 || got.RequestLimit != 20_000 {
		t.Errorf("tunnel %+v", got)
	}
	if out := s.run("tunnel", "test"); strings.Contains(out, "no ") || !strings.Contains(out, "It is this program") {
		t.Errorf("test: %s", out)
	}

	e.Reset()
	if lost, _ := s.tunnel("reconnecting"); lost["error"] == "" || lost["advice"] == "" {
		t.Errorf("after a reset: %v", lost)
	}
	if back, _ := s.tunnel("live"); back["baseAPIURL"] != base {
		t.Errorf("back at %s", back["baseAPIURL"])
	}
	s.run("tunnel", "reconnect")
	s.tunnel("reconnecting")
	s.tunnel("live")
	s.stop()

	// The address is asked for again, and the month's count goes on.
	s = startServing(t, profile, forTests, flags...)
	s.tunnel("live")
	if urls := e.Counts().URLs; strings.TrimSuffix(urls[len(urls)-1], "/")+"/api/v1" != base {
		t.Errorf("asked for %q", urls)
	}
	if again := s.state().Tunnel; again.Requests < st.Tunnel.Requests {
		t.Errorf("%d requests, %d before", again.Requests, st.Tunnel.Requests)
	}
	s.stop()
}

func TestServeTellsOfAChangedAddress(t *testing.T) {
	e, flags := edge(t, tunneltest.Options{})
	profile := t.TempDir()
	s := startServing(t, profile, forTests, flags...)
	first, _ := s.tunnel("live")
	old := strings.TrimSuffix(first["baseAPIURL"], "/api/v1")
	if got := s.state().Tunnel.OldOrigin; got != "" {
		t.Errorf("the first address follows %q", got)
	}
	_, port, err := net.SplitHostPort(e.PublicAddr())
	if err != nil {
		t.Fatal(err)
	}
	e.Assign("http://another.localhost:" + port)
	if _, err := e.RestartAgent(); err != nil {
		t.Fatal(err)
	}
	now, _ := s.tunnel("live")
	if now["baseAPIURL"] == first["baseAPIURL"] {
		now, _ = s.tunnel("live")
	}
	if now["baseAPIURL"] != "http://another.localhost:"+port+"/api/v1" {
		t.Errorf("at %v", now)
	}
	s.stop()

	// It is told until Workfront knows, also by the next run.
	s = startServing(t, profile, forTests, flags...)
	s.tunnel("live")
	if got := s.state().Tunnel.OldOrigin; got != old {
		t.Errorf("old address %q, not %q", got, old)
	}
	out := s.run("status")
	for _, want := range []string{"The public address changed", old, now["baseAPIURL"], "linked documents", "OAuth2"} {
		if !strings.Contains(out, want) {
			t.Errorf("status lacks %q: %s", want, out)
		}
	}
	s.run("tunnel", "acknowledge")
	if out := s.run("status"); strings.Contains(out, "changed") {
		t.Errorf("after acknowledging: %s", out)
	}
	s.stop()
}

func TestServeSaysWhatIsWrongWithTheToken(t *testing.T) {
	e, flags := edge(t, tunneltest.Options{Tokens: []string{"right"}})
	profile := t.TempDir()
	flags = append(flags, "--secrets", "file")
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=k"}, flags...)
	missing, _ := s.tunnel("failed")
	if !strings.Contains(missing["error"], "none was given") || !strings.Contains(missing["advice"], "dashboard.ngrok.com") {
		t.Errorf("without a token: %v", missing)
	}
	token := func(token string) (string, error) {
		cmd := command(profile, "tunnel", "token")
		cmd.Stdin = strings.NewReader(token + "\n")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := token("wrong"); err == nil || !strings.Contains(out, "not valid") {
		t.Errorf("a wrong token: %v, %s", err, out)
	}
	if out, err := token("right"); err != nil {
		t.Errorf("the right token: %v, %s", err, out)
	}
	if got := s.state().Tunnel; got.State != "live" || !got.HasToken {
		t.Errorf("tunnel %+v", got)
	}

	// An address that isn't the account's: Reconnect takes the account's own.
	e.RefuseBind("313")
	e.Reset()
	refused, _ := s.tunnel("failed")
	for !strings.Contains(refused["error"], "belong to your ngrok account") {
		refused, _ = s.tunnel("failed")
	}
	e.RefuseBind("")
	s.run("tunnel", "reconnect")
	s.tunnel("live")
	if urls := e.Counts().URLs; urls[len(urls)-1] != "" {
		t.Errorf("asked for %q", urls)
	}
	s.stop()
}

func TestServeThroughSSH(t *testing.T) {
	host := tunneltest.StartSSHD(t)
	flags := []string{
		"--tunnel", "ssh", "--ssh-host", host.User + "@" + host.Addr, "--ssh-key", host.Path("user"),
		"--ssh-known-hosts", host.Path("known"), "--ssh-remote", host.Remote, "--public-url", "http://" + host.Remote,
		"--share", "Brand=" + sample(t),
	}
	s := startServing(t, t.TempDir(), forTests, flags...)
	live, _ := s.tunnel("live", "failed")
	if live["state"] != "live" || live["baseAPIURL"] != "http://"+host.Remote+"/api/v1" {
		t.Fatalf("tunnel %v", live)
	}
	if status, body := visit(t, live["baseAPIURL"], "/files?parentId=%2F"); status != 200 || !strings.Contains(body, "Brand") {
		t.Errorf("the root: %d %s", status, body)
	}
	s.stop()
}

// A proxy of one's own sends requests to the loopback listener with the public
// name as their host; while it is off, that is told.
func TestServeThroughAProxyOfOnesOwn(t *testing.T) {
	public := tunneltest.FreeAddr(t)
	s := startServing(t, t.TempDir(), forTests, "--tunnel", "external", "--public-url", "http://"+public, "--share", "Brand="+sample(t))
	for event := s.next(); event["error"] == ""; event = s.next() {
	}
	target := strings.TrimSuffix(strings.TrimPrefix(s.base, "http://"), "/api/v1")
	ln, err := net.Listen("tcp", public)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer in.Close()
				out, err := net.DialTimeout("tcp", target, 10*time.Second)
				if err != nil {
					return
				}
				defer out.Close()
				go io.Copy(out, in)
				io.Copy(in, out)
			}()
		}
	}()
	live, _ := s.tunnel("live")
	if status, body := visit(t, live["baseAPIURL"], "/files?parentId=%2F"); status != 200 || !strings.Contains(body, "Brand") {
		t.Errorf("the root: %d %s", status, body)
	}
	s.stop()
}

func TestServeRefusesAnImpossibleTunnel(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--tunnel", "carrier-pigeon"}, "--tunnel"},
		{[]string{"--tunnel", "external"}, "--public-url"},
		{[]string{"--tunnel", "ssh"}, "--ssh-host"},
		{[]string{"--tunnel", "external", "--public-url", "https://x/y"}, "--public-url"},
		{[]string{"--tunnel", "ngrok", "--ngrok-edge", "127.0.0.1:1", "--ngrok-edge-ca", "/nowhere"}, "certificate"},
	} {
		cmd := command(t.TempDir(), append([]string{"serve", "--listen", "127.0.0.1:0"}, c.args...)...)
		cmd.Env = append(cmd.Env, forTests...)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%v: %v, %s", c.args, err, out)
		}
	}
}

func TestTheHostOfATunnelIsGivenAtOnce(t *testing.T) {
	s := &serving{t: t, profile: t.TempDir()}
	if out, err := command(s.profile, "tunnel", "use", "ssh").CombinedOutput(); err == nil || !strings.Contains(string(out), "USER@HOST:PORT") {
		t.Errorf("without a host: %v, %s", err, out)
	}
	s.run("tunnel", "use", "ssh", "--ssh-host", "me@example.com", "--ssh-remote", "127.0.0.1:8080", "--public-url", "https://files.example.com")
	st := runJSON[state.State](s, "status", "--json")
	if want := (state.SSH{Host: "me@example.com", Remote: "127.0.0.1:8080"}); st.Tunnel.SSH != want || st.Tunnel.Provider != "ssh" {
		t.Errorf("the tunnel is %+v", st.Tunnel)
	}
}
