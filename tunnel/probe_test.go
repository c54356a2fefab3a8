package tunnel

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"folderfront/tunnel/tunneltest"
)

func TestProbeTellsWhoAnswers(t *testing.T) {
	t.Parallel()
	p := NewProber(ProberConfig{})
	site := func(h http.HandlerFunc) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	secure := httptest.NewTLSServer(service(p))
	t.Cleanup(secure.Close)
	for name, c := range map[string]struct {
		origin string
		want   string // in the sentence, "" for success
		steps  []bool
	}{
		"this program":   {site(service(p).ServeHTTP), "", []bool{true, true, true}},
		"another run":    {site(service(NewProber(ProberConfig{})).ServeHTTP), "Something else answers", []bool{true, true, false}},
		"something else": {site(func(w http.ResponseWriter, r *http.Request) {}), "Something else answers", []bool{true, true, false}},
		"an echo":        {site(func(w http.ResponseWriter, r *http.Request) { w.Header().Set(ProbeHeader, r.Header.Get(ProbeHeader)) }), "Something else answers", []bool{true, true, false}},
		"a redirect": {site(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.invalid/", http.StatusFound)
		}), "Something else answers", []bool{true, true, false}},
		"a reset":          {site(func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }), "can't be reached", []bool{true, true, false}},
		"nothing":          {"http://" + tunneltest.FreeAddr(t), "can't be reached", []bool{true, false}},
		"no such name":     {"http://no-such-name.invalid", "can't be found", []bool{false}},
		"an untrusted one": {secure.URL, "doesn't trust", []bool{true, true, false}},
		"no address":       {"http://%zz", "not a web address", []bool{true, false}},
		"ngrok: off":       {site(ngrokAnswer("3200", 404)), codes["3200"].Sentence, []bool{true, true, false}},
		"ngrok: quota":     {site(ngrokAnswer("725", 403)), codes["725"].Sentence, []bool{true, true, false}},
		"ngrok: unknown":   {site(ngrokAnswer("99999", 403)), "ngrok refused", []bool{true, true, false}},
	} {
		steps, took, err := p.Probe(context.Background(), c.origin)
		var problem *Problem
		switch {
		case c.want == "" && (err != nil || took <= 0):
			t.Errorf("%s: %v after %v", name, err, took)
		case c.want != "" && (!errors.As(err, &problem) || !strings.Contains(problem.Sentence, c.want) || problem.Advice == ""):
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
		var ok []bool
		for _, s := range steps {
			ok = append(ok, s.OK)
			if !s.OK && s.Detail == "" {
				t.Errorf("%s: %q failed without a reason", name, s.Name)
			}
		}
		if len(steps) > 0 && !equal(ok, c.steps) {
			t.Errorf("%s: steps %+v", name, steps)
		}
	}
}

func equal(a, b []bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func ngrokAnswer(code string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ngrok-error-code", "ERR_NGROK_"+code)
		w.WriteHeader(status)
	}
}

// Live means reached: while ngrok answers in the program's stead it isn't, and
// what won't pass by itself is called failed at once.
func TestLiveMeansReached(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]State{"3200": Connecting, "725": Failed, "6024": Failed, "3004": Failed} {
		e := startEdge(t, tunneltest.Options{})
		e.Answer(code)
		r := startNgrok(t, e, nil)
		sentence := Explain(code).Sentence
		eventually(t, "it is told", func() bool { s := r.Tunnel.Status(); return s.Error == sentence && s.State == want })
		if s := r.Tunnel.Status(); s.Permanent || s.Code != code {
			t.Errorf("%s: %+v", code, s)
		}
		if r.told.has(0, func(s Status) bool { return s.State == Live }) {
			t.Errorf("%s: live before it was reached", code)
		}
		e.Answer("")
		r.until(Live)
	}
}

// The header by which ngrok's own answers are known can't be set from behind.
func TestUpstreamCannotPoseAsNgrok(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	n, told := overEdge(t, e, nil)
	inner := service(n.cfg.Prober)
	r := run(t, n, told, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(ngrokHeader, "ERR_NGROK_725")
		inner.ServeHTTP(w, r)
	}))
	r.until(Live)
}

// A network may let others in and not this computer out to itself. Whoever
// arrives by the public name proves that it is reached.
func TestARequestByThePublicNameIsProof(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	name := "http://folder.invalid:" + portOf(e.PublicAddr())
	e.Assign(name)
	r := startNgrok(t, e, nil)
	eventually(t, "the probe fails", func() bool { return strings.Contains(r.Tunnel.Status().Error, "can't be found") })
	outside := NewProber(ProberConfig{Host: "127.0.0.1"}).client
	answer, err := outside.Get(name + "/client")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	r.until(Live)
}

func TestCodes(t *testing.T) {
	t.Parallel()
	table := "105 106 107 300 4018 108 102 103 337 338 8014 116 123 121 334 313 314 319 320 15002 15013 324 9037 9038 2200 2201 3200 3004 3210 8012 725 726 727 734 1214 6024"
	for _, number := range strings.Fields(table) {
		c := Explain("ERR_NGROK_" + number)
		if c.Number != number || c.Sentence == "" || c.Advice == "" || strings.Contains(c.Sentence, "ERR_") {
			t.Errorf("%s: %+v", number, c)
		}
	}
	if len(codes) != len(strings.Fields(table)) {
		t.Errorf("%d codes are explained, %d are in the table", len(codes), len(strings.Fields(table)))
	}
	for text, want := range map[string]string{
		"failed.\r\n\r\nERR_NGROK_107\r\n":                       "107",
		"Stopped\n\nhttps://ngrok.com/docs/errors/err_ngrok_334": "334",
		"authentication failed: x":                               "", "ERR_NGROK_": "", "": "",
		"ERR_NGROK_108 and ERR_NGROK_107": "108",
	} {
		if got := codeOf(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if c := Explain("4711"); c.Permanent || c.Number != "4711" || !strings.Contains(c.Advice, "4711") {
		t.Errorf("an unknown code: %+v", c)
	}
}

func TestParseOrigin(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://files.example.com":         "https://files.example.com",
		" https://Files.Example.com/ ":      "https://files.example.com",
		"https://files.example.com/api/v1":  "https://files.example.com",
		"https://files.example.com/api/v1/": "https://files.example.com",
		"http://127.0.0.1:8080":             "http://127.0.0.1:8080",
		"https://[2001:db8::1]:8443":        "https://[2001:db8::1]:8443",
		"":                                  "", "files.example.com": "", "ftp://x": "", "https://": "", "https://x/y": "",
		"https://u:p@x": "", "https://x?y": "", "https://x?": "", "https://x#": "", "https://x y": "", "https://%zz": "", "https://:80": "",
	} {
		got, err := ParseOrigin(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func FuzzParsers(f *testing.F) {
	for _, s := range []string{"https://files.example.com/api/v1", "ann@[::1]:22", "192.0.2.0/24", "err_ngrok_107", `{"month":"2026-11"}`, "::ffff:1.2.3.4/120"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if origin, err := ParseOrigin(s); err == nil {
			if again, err := ParseOrigin(origin); err != nil || again != origin {
				t.Errorf("origin %q becomes %q, %v", origin, again, err)
			}
		}
		if name, addr, err := parseHost(s); err == nil {
			if n, a, err := parseHost(name + "@" + addr); err != nil || n != name || a != addr {
				t.Errorf("%s@%s becomes %s@%s, %v", name, addr, n, a, err)
			}
		}
		if allowed, err := ParseAllow([]string{s}); err == nil && len(allowed) == 1 {
			if again, err := ParseAllow([]string{allowed[0].String()}); err != nil || again[0] != allowed[0] {
				t.Errorf("range %v becomes %v, %v", allowed, again, err)
			}
		}
		if u, _, err := parseUsage([]byte(s)); err == nil && (u.Requests < 0 || u.BytesOut < 0 || u.BytesIn < 0) {
			t.Errorf("usage %+v", u)
		}
		if code := codeOf(s); len(code) > 6 {
			t.Errorf("code %q", code)
		}
	})
}
