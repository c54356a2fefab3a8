package outgoing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func nobody() []netip.AddrPort { return nil }

func receiver(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, own func() []netip.AddrPort) *Client {
	c := New(own)
	t.Cleanup(c.Close)
	return c
}

func TestWhatIsSentAndRecorded(t *testing.T) {
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %s said %s", r.Method, r.URL, user, password, body)
	})
	answer, err := client(t, nobody).Do(t.Context(), Request{
		URL:    s.URL + "/hook?token=hush%20hush",
		Header: http.Header{"X-Token": {"hush hush"}, "Content-Type": {"application/json"}},
		Body:   []byte(`{"a":1}`), Class: Computer,
		Auth: Auth{"ann", "pässword"}, Secrets: []string{"hush hush"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusTeapot || answer.After != 7*time.Second {
		t.Errorf("status %d after %v", answer.Status, answer.After)
	}
	for _, want := range []string{"POST /hook?token=•••", "X-Token: •••", "Authorization: Basic •••", `{"a":1}`} {
		if !strings.Contains(answer.Request, want) {
			t.Errorf("the request lacks %q:\n%s", want, answer.Request)
		}
	}
	if want := `ann ••• said {"a":1}`; !strings.Contains(answer.Response, want) {
		t.Errorf("the response lacks %q:\n%s", want, answer.Response)
	}
	if all := answer.Request + answer.Response; strings.Contains(all, "pässword") || strings.Contains(all, "hush") {
		t.Errorf("a secret was recorded:\n%s", all)
	}
}

// A receiver may send back what it got in a form of its own, and one secret may
// begin with another.
func TestSecretsAreHiddenInEveryForm(t *testing.T) {
	const short, long, odd = "hush", "hush-and-more", `a"b<c&d`
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		all := []string{r.Header.Get("X-Short"), r.Header.Get("X-Long"), r.Header.Get("X-Odd")}
		json.NewEncoder(w).Encode(all)
		plain := json.NewEncoder(w)
		plain.SetEscapeHTML(false)
		plain.Encode(all)
	})
	answer, err := client(t, nobody).Do(t.Context(), Request{
		URL: s.URL, Header: http.Header{"X-Short": {short}, "X-Long": {long}, "X-Odd": {odd}},
		Class: Computer, Secrets: []string{short, long, odd},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `["•••","•••","•••"]` + "\n"; strings.Count(answer.Response, want) != 2 || !strings.Contains(answer.Request, "X-Long: •••\r\n") {
		t.Errorf("recorded:\n%s\n%s", answer.Request, answer.Response)
	}
}

// The published library of Standard Webhooks accepts our signature.
func TestStandardWebhooks(t *testing.T) {
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	var verdict error
	s := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		verdict = verifier.Verify(body, r.Header)
	})
	answer, err := client(t, nobody).Do(t.Context(), Request{
		ID: "msg_1", URL: s.URL, Body: []byte(`{"ü":1}`), Class: Computer, Signing: Signing{Standard, secret},
	})
	if err != nil || verdict != nil || answer.Status != 200 {
		t.Errorf("%v, verdict %v, status %d", err, verdict, answer.Status)
	}
}

// The example is the one that the scheme's publisher documents.
func TestHubSignature(t *testing.T) {
	header := http.Header{}
	signing := Signing{Hub256, "It's a Secret to Everybody"}
	if err := signing.sign(header, "", time.Now(), []byte("Hello, World!")); err != nil {
		t.Fatal(err)
	}
	want := "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	if got := header.Get("X-Hub-Signature-256"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	reached := false
	target := receiver(t, func(http.ResponseWriter, *http.Request) { reached = true })
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	})
	answer, err := client(t, nobody).Do(t.Context(), Request{URL: s.URL, Class: Computer})
	if err != nil || answer.Status != http.StatusTemporaryRedirect || reached {
		t.Errorf("%v, status %d, reached %v", err, answer.Status, reached)
	}
}

func TestOnlyTheFixedClassIsDialled(t *testing.T) {
	reached := false
	s := receiver(t, func(http.ResponseWriter, *http.Request) { reached = true })
	for _, class := range []Class{Public, Local, Never, ""} {
		if _, err := client(t, nobody).Do(t.Context(), Request{URL: s.URL, Class: class}); !errors.Is(err, ErrDestination) {
			t.Errorf("class %q: %v", class, err)
		}
	}
	own := func() []netip.AddrPort {
		return []netip.AddrPort{netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "http://"))}
	}
	if _, err := client(t, own).Do(t.Context(), Request{URL: s.URL, Class: Computer}); !errors.Is(err, ErrDestination) {
		t.Errorf("our own port: %v", err)
	}
	if reached {
		t.Error("a refused request was sent")
	}
}

// A proxy in the environment would be dialled instead of the destination.
func TestProxiesAreNotUsed(t *testing.T) {
	reached := false
	proxy := receiver(t, func(http.ResponseWriter, *http.Request) { reached = true })
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	_, err := client(t, nobody).Do(t.Context(), Request{URL: "http://192.0.2.1:9/", Class: Computer})
	if !errors.Is(err, ErrDestination) || reached {
		t.Errorf("%v, proxy reached %v", err, reached)
	}
}

func TestBadReceivers(t *testing.T) {
	slow := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	endless := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	lying := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("short"))
	})
	gone := httptest.NewServer(nil)
	gone.Close()
	c := client(t, nobody)
	short := 300 * time.Millisecond
	if _, err := c.Do(t.Context(), Request{URL: slow.URL, Class: Computer, Timeout: short}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow: %v", err)
	}
	answer, err := c.Do(t.Context(), Request{URL: endless.URL, Class: Computer})
	if err != nil || answer.Status != 200 || len(answer.Response) > 2*maxAnswer || !strings.HasSuffix(answer.Response, "[cut]") {
		t.Errorf("endless: %v, %d bytes kept", err, len(answer.Response))
	}
	if answer, err := c.Do(t.Context(), Request{URL: lying.URL, Class: Computer}); err == nil || answer.Status != 200 {
		t.Errorf("lying: %v, status %d", err, answer.Status)
	}
	if answer, err := c.Do(t.Context(), Request{URL: gone.URL, Class: Computer}); err == nil || answer.Status != 0 || !strings.Contains(err.Error(), "Nobody listens") {
		t.Errorf("gone: %v", err)
	}
}

func TestUnverifiableCertificate(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	c := client(t, nobody)
	if _, err := c.Do(t.Context(), Request{URL: s.URL, Class: Computer}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	if answer, err := c.Do(t.Context(), Request{URL: s.URL, Class: Computer, Insecure: true}); err != nil || answer.Status != 200 {
		t.Errorf("with the person's tick: %v, status %d", err, answer.Status)
	}
}

func TestClassify(t *testing.T) {
	for address, want := range map[string]Class{
		"93.184.216.34": Public, "2606:2800:220:1::1": Public,
		"10.1.2.3": Local, "192.168.0.1": Local, "172.16.0.1": Local, "fd12::1": Local, "100.64.0.1": Local,
		"127.0.0.1": Computer, "127.9.9.9": Computer, "::1": Computer, "::ffff:127.0.0.1": Computer,
		"169.254.169.254": Never, "fe80::1": Never, "224.0.0.1": Never, "ff02::1": Never, "0.0.0.0": Never, "::": Never,
		"0.1.2.3": Never, "255.255.255.255": Never, "fd00:ec2::254": Never, "::ffff:169.254.169.254": Never,
		"64:ff9b::a9fe:a9fe": Never, "64:ff9b::7f00:1": Computer, "2002:7f00:1::": Computer, "::127.0.0.1": Never,
	} {
		if got := Classify(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
}

func TestAuthority(t *testing.T) {
	for url, want := range map[string]string{
		"https://a.example/x/{{ file.name }}?q={{ x }}": "a.example",
		"http://127.0.0.1:8080":                         "127.0.0.1",
		"https://[::1]:8080/x":                          "::1",
		"https://{{ file.name }}/x":                     "",
		"https://a.example{{ x }}/":                     "",
		"https://user:pass@a.example/":                  "",
		"https://a.example\\@b.example/":                "",
		"https://%61.example/":                          "",
		"file:///etc/passwd":                            "",
		"//a.example/":                                  "",
		"https:///x":                                    "",
		"{{ url }}":                                     "",
	} {
		got, err := Authority(url)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", url, got, err, want)
		}
	}
}

func TestCheckHeader(t *testing.T) {
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"X-Key", "v", true},
		{"X-Key", "a\r\nb", false},
		{"X-Key", "a\nb: c", false},
		{"X Key", "v", false},
		{"X-Key:", "v", false},
		{"", "v", false},
		{"host", "a", false},
		{"Content-length", "1", false},
		{"X", "ü", true},
	} {
		if err := CheckHeader(c.name, c.value); (err == nil) != c.ok {
			t.Errorf("%q: %q gives %v", c.name, c.value, err)
		}
	}
}

func FuzzAuthority(f *testing.F) {
	f.Add("https://a.example/x")
	f.Add("https://a.example{{x}}@b/")
	f.Fuzz(func(t *testing.T, url string) {
		host, err := Authority(url)
		if err == nil && (host == "" || strings.ContainsAny(host, "{}@/\\")) {
			t.Errorf("%q gives the host %q", url, host)
		}
	})
}
