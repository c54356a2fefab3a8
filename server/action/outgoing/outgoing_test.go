package outgoing

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
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

const hush = `h/sh "hush" & ü`

// guarded is a request with every kind of secret: a password, one for signing,
// one in a header and one in the URL.
func guarded(to string) Request {
	return Request{
		ID: "msg_1", URL: to + "/hook?token=qu%20ery&n=1", Header: http.Header{"X-Token": {"t0k3n"}, "Content-Type": {"application/json"}},
		Body: []byte(`{"a":1}`), Class: Computer, Auth: Auth{"ann", hush}, Secrets: []string{"t0k3n", "t0k3n-and-more"}, Signing: Signing{Hub256, "s1gn"},
	}
}

func mustHide(t *testing.T, what, text string, shown ...string) {
	t.Helper()
	for _, s := range []string{"hush", "h%2Fsh", "h/sh", "t0k3n", "and-more", "s1gn", "qu%20ery", "qu ery", "qu+ery"} {
		if strings.Contains(text, s) {
			t.Errorf("%s shows %s:\n%s", what, s, text)
		}
	}
	for _, s := range shown {
		if !strings.Contains(text, s) {
			t.Errorf("%s lacks %s:\n%s", what, s, text)
		}
	}
}

func TestSecretsAreHiddenInTheRequest(t *testing.T) {
	arrived := ""
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		arrived = fmt.Sprintf("%s %s %s %s %s %s", r.Method, r.URL, user, password, r.Header.Get("X-Token"), body)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTeapot)
	})
	answer, err := client(t, nobody).Do(t.Context(), guarded(s.URL))
	if err != nil || answer.Status != http.StatusTeapot || answer.After != 7*time.Second {
		t.Errorf("status %d after %v, %v", answer.Status, answer.After, err)
	}
	if want := `POST /hook?token=qu%20ery&n=1 ann ` + hush + ` t0k3n {"a":1}`; arrived != want {
		t.Errorf("the receiver got %s", arrived)
	}
	mustHide(t, "the request", answer.Request, "POST /hook?token=•••&n=1", "X-Token: •••", "Authorization: Basic •••", `{"a":1}`)
}

func TestSecretsAreHiddenInTheResponse(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Echo", r.Header.Get("X-Token"))
		quoted, _ := json.Marshal(hush)
		fmt.Fprintln(w, hush, url.QueryEscape(hush), url.PathEscape(hush), string(quoted), r.URL, r.URL.Query().Get("token"), "t0k3n-and-more s1gn")
		fmt.Fprintln(w, "encoded:", encode(hush), encode("t0k3n"), encode("ann:"+hush), encode("s1gn"))
	})
	answer, err := client(t, nobody).Do(t.Context(), guarded(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	mustHide(t, "the response", answer.Response, "X-Echo: •••", "encoded: ••• ••• ••• •••\n")
}

// What breaks off may do so with our own words in its mouth.
func TestSecretsAreHiddenInErrors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.ReadAtLeast(conn, make([]byte, 100), 100)
			io.WriteString(conn, "HTTP/1.1 t0k3n-and-more no\r\n\r\n")
			conn.Close()
		}
	}()
	_, err = client(t, nobody).Do(t.Context(), guarded("http://"+listener.Addr().String()))
	if err == nil {
		t.Fatal("that was no answer")
	}
	mustHide(t, "the error", err.Error(), "broke off", "•••")
}

func TestMaskURL(t *testing.T) {
	for raw, want := range map[string]string{
		"https://a.example/in":                              "https://a.example/in",
		"https://a.example/in?name=x.pdf":                   "https://a.example/in?name=x.pdf",
		"https://a.example/in?token=abc&n=1&API_Key=d&sig=": "https://a.example/in?token=•••&n=1&API_Key=•••&sig=",
		"https://a.example/in?n=1&code=x&password=y":        "https://a.example/in?n=1&code=•••&password=•••",
	} {
		if got := MaskURL(raw); got != want {
			t.Errorf("%s is shown as %s, want %s", raw, got, want)
		}
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
	if err := client(t, nobody).check(Never, "169.254.169.254:80"); !errors.Is(err, ErrDestination) {
		t.Errorf("an address that is never called, by a connection for such: %v", err)
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

// A receiver that takes its time is left after the request's own.
func TestASlowReceiverIsLeft(t *testing.T) {
	slow := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := client(t, nobody).Do(ctx, Request{URL: slow.URL, Class: Computer, Timeout: 200 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("got %v", err)
	}
	if ctx.Err() != nil {
		t.Error("the request's own time did nothing")
	}
}

// Of a receiver that talks without end a part is kept, a little more is read, and
// then it is left.
func TestAnEndlessReceiverIsCutOff(t *testing.T) {
	const much = 256 << 20
	var said atomic.Int64
	done := make(chan struct{})
	endless := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		for said.Load() < much {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 64<<10)); err != nil {
				return
			}
			said.Add(64 << 10)
		}
	})
	answer, err := client(t, nobody).Do(t.Context(), Request{URL: endless.URL, Class: Computer, Timeout: time.Minute})
	if err != nil || answer.Status != 200 || strings.Count(answer.Response, "x") > maxAnswer+100 || !strings.HasSuffix(answer.Response, "[cut]") {
		t.Errorf("%v, status %d, %d bytes kept", err, answer.Status, len(answer.Response))
	}
	<-done
	if got := said.Load(); got > much/4 {
		t.Errorf("%d MiB were read of it", got>>20)
	}
}

func TestALyingReceiverIsNoSuccess(t *testing.T) {
	lying := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("short"))
	})
	if answer, err := client(t, nobody).Do(t.Context(), Request{URL: lying.URL, Class: Computer}); err == nil || answer.Status != 200 {
		t.Errorf("%v, status %d", err, answer.Status)
	}
	long := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
	})
	if answer, err := client(t, nobody).Do(t.Context(), Request{URL: long.URL, Class: Computer}); err == nil || answer.Status != 0 {
		t.Errorf("a header of a megabyte: %v, status %d", err, answer.Status)
	}
	packed := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "" {
			t.Errorf("an answer may come as %s, and swell", got)
		}
	})
	if _, err := client(t, nobody).Do(t.Context(), Request{URL: packed.URL, Class: Computer}); err != nil {
		t.Error(err)
	}
}

func TestAReceiverThatIsDownIsNamedSo(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	answer, err := client(t, nobody).Do(t.Context(), Request{URL: gone.URL, Class: Computer})
	if err == nil || answer.Status != 0 || !strings.Contains(err.Error(), "Nobody listens") {
		t.Errorf("status %d, %v", answer.Status, err)
	}
	if _, err = client(t, nobody).Do(t.Context(), Request{URL: "http://nowhere.invalid/", Class: Public}); err == nil || !strings.Contains(err.Error(), "name nowhere.invalid could not be found") {
		t.Errorf("a name that is none: %v", err)
	}
}

// A connection that is kept open is used only by requests of the class that it
// was dialled for.
func TestAnOpenConnectionIsNoWayAroundTheClass(t *testing.T) {
	s := receiver(t, func(http.ResponseWriter, *http.Request) {})
	c := client(t, nobody)
	for _, class := range []Class{Computer, Local, Computer} {
		_, err := c.Do(t.Context(), Request{URL: s.URL, Class: class})
		if (err == nil) != (class == Computer) {
			t.Errorf("as %s: %v", class, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"99999999":                      24 * time.Hour,
		"soon":                          0,
		"Wed, 04 Mar 2026 05:07:07 GMT": time.Minute,
		"Wed, 04 Mar 2026 05:00:00 GMT": 0,
		"Wed, 04 Mar 2099 05:00:00 GMT": 24 * time.Hour,
	} {
		if got := RetryAfter(value, now); got != want {
			t.Errorf("%q means %v, want %v", value, got, want)
		}
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
		"::ffff:0.1.2.3": Never, "::ffff:255.255.255.255": Never, "::ffff:100.64.0.1": Local,
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
		"https://{{x}}.example/":                        "",
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
		_, rest, _ := strings.Cut(url, "://")
		authority, _, _ := strings.Cut(rest, "/")
		if strings.ContainsAny(authority, "{%@") && (err == nil || !strings.Contains(err.Error(), "without variables or a password")) {
			t.Errorf("%s: %v", url, err)
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
