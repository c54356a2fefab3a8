// Package outgoing makes the HTTP requests of custom actions: to the
// destination that the person chose and to nothing else.
//
// A destination has a Class: the internet, the local network, or this computer.
// It is fixed when a connection is saved, and only addresses of that class are
// ever dialled, whatever the name resolves to by then. Redirects are not
// followed and proxies are not used, for both would reach past that check.
package outgoing

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	maxAnswer      = 64 << 10 // bytes of a response's body that are kept
	maxDrain       = 1 << 20  // bytes that are read of it at all
	defaultTimeout = 10 * time.Second
)

// ErrDestination is the kind of a request that was not sent because of where it
// would have gone.
var ErrDestination = errors.New("the destination is not allowed")

// Request is one call, ready to be sent.
type Request struct {
	ID       string // of the message; the same in every attempt
	Method   string // POST when empty
	URL      string
	Header   http.Header
	Body     []byte
	Class    Class
	Insecure bool          // don't verify the certificate
	Timeout  time.Duration // 10 s when zero
	Auth     Auth
	Signing  Signing
	Secrets  []string // further values to hide in what is recorded
}

// Auth is how the call authenticates: Basic with both, Bearer with a password
// alone.
type Auth struct{ User, Password string }

// Answer is what was sent and what came back, with every secret hidden.
type Answer struct {
	Status   int // 0: nothing came back
	Took     time.Duration
	Request  string        // request line, headers and body
	Response string        // status line, headers and body
	After    time.Duration // Retry-After; 0 when there is none
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	own func() []netip.AddrPort

	mu         sync.Mutex
	transports map[transportKey]*http.Transport
}

type transportKey struct {
	class    Class
	insecure bool
}

// New returns a Client that never calls the addresses of own, where this
// program itself listens.
func New(own func() []netip.AddrPort) *Client {
	return &Client{own: own, transports: map[transportKey]*http.Transport{}}
}

// Close lets go of idle connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
}

// Do sends the request once. The error says why nothing came back; an answer
// of any status is none.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := r.build(ctx)
	if err != nil {
		return Answer{}, err
	}
	hide := r.hider()
	var sent strings.Builder
	if err := request.Write(&sent); err != nil {
		return Answer{}, err
	}
	request.Body, _ = request.GetBody() // of bytes in memory: never fails
	answer := Answer{Request: hide.Replace(strings.ToValidUTF8(sent.String(), "\uFFFD"))}
	begin := time.Now()
	response, err := c.transport(r).RoundTrip(request)
	answer.Took = time.Since(begin)
	if err != nil {
		return answer, explain(err, hide)
	}
	defer response.Body.Close()
	err = answer.take(response, hide)
	answer.Took = time.Since(begin)
	return answer, err
}

func (r Request) build(ctx context.Context) (*http.Request, error) {
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("%w: the URL can't be read", ErrDestination)
	}
	if request.URL.Scheme != "http" && request.URL.Scheme != "https" {
		return nil, fmt.Errorf("%w: the URL must begin with https:// or http://", ErrDestination)
	}
	request.Header = r.Header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	request.Header.Set("User-Agent", "Folderfront")
	switch {
	case r.Auth.User != "":
		request.SetBasicAuth(r.Auth.User, r.Auth.Password)
	case r.Auth.Password != "":
		request.Header.Set("Authorization", "Bearer "+r.Auth.Password)
	}
	return request, r.Signing.sign(request.Header, r.ID, time.Now(), r.Body)
}

// hider replaces every secret of the request, in each form in which it travels.
func (r Request) hider() *strings.Replacer {
	secrets := append([]string{r.Auth.Password, r.Signing.Secret}, r.Secrets...)
	if r.Auth.User != "" {
		secrets = append(secrets, r.Auth.User+":"+r.Auth.Password)
	}
	var forms []string
	for _, s := range append(secrets, querySecrets(r.URL)...) {
		if s != "" {
			forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s)), quoted(s, true), quoted(s, false))
		}
	}
	// The longest first: a secret that begins with another must not leave its end.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, "•••")
	}
	return strings.NewReplacer(pairs...)
}

// quoted is what stands between the quotes of s in JSON, where some writers also
// escape what HTML would take for markup.
func quoted(s string, escapeHTML bool) string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(escapeHTML)
	if err := e.Encode(s); err != nil {
		return s // strings are always encoded
	}
	return strings.TrimSuffix(out.String()[1:], "\"\n")
}

// telling matches the names of query values that are as good as a password.
var telling = regexp.MustCompile(`(?i)token|key|secret|sig|passw|pwd|auth|code`)

// querySecrets are the values in a URL's query that look like secrets.
func querySecrets(raw string) (secrets []string) {
	_, query, _ := strings.Cut(raw, "?")
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if telling.MatchString(name) && value != "" {
			secrets = append(secrets, value)
			if plain, err := url.QueryUnescape(value); err == nil && plain != value {
				secrets = append(secrets, plain)
			}
		}
	}
	return secrets
}

// MaskURL hides what looks like a secret in a URL's query, for people to read.
func MaskURL(raw string) string {
	before, query, found := strings.Cut(raw, "?")
	if !found {
		return raw
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if name, value, _ := strings.Cut(pair, "="); telling.MatchString(name) && value != "" {
			pairs[i] = name + "=•••"
		}
	}
	return before + "?" + strings.Join(pairs, "&")
}

// take reads the response as far as it is worth keeping.
func (a *Answer) take(response *http.Response, hide *strings.Replacer) error {
	a.Status = response.StatusCode
	a.After = RetryAfter(response.Header.Get("Retry-After"), time.Now())
	head, err := httputil.DumpResponse(response, false)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	text := string(head) + string(body)
	if len(body) == maxAnswer {
		more, _ := io.Copy(io.Discard, io.LimitReader(response.Body, maxDrain))
		if more > 0 {
			text += "\n[cut]"
		}
	}
	a.Response = hide.Replace(strings.ToValidUTF8(text, "\uFFFD"))
	if err != nil {
		return explain(err, hide)
	}
	return nil
}

// RetryAfter reads the header's seconds or date (RFC 9110, 10.2.3), at most a
// day.
func RetryAfter(value string, now time.Time) time.Duration {
	var after time.Duration
	if seconds, err := time.ParseDuration(value + "s"); err == nil {
		after = seconds
	} else if at, err := http.ParseTime(value); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, 0), 24*time.Hour)
}

// failure is why nothing came back: a sentence, with its cause for errors.Is.
type failure struct {
	sentence string
	cause    error
}

func (f *failure) Error() string { return f.sentence }
func (f *failure) Unwrap() error { return f.cause }

// explain says for a person why nothing came back.
func explain(err error, hide *strings.Replacer) error {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var said *failure
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, ErrDestination):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{"The receiver did not answer in time.", context.DeadlineExceeded}
	case errors.As(err, &dns):
		return &failure{fmt.Sprintf("The receiver's name %s could not be found.", dns.Name), err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &failure{"Nobody listens at the receiver's address.", syscall.ECONNREFUSED}
	case errors.As(err, &certificate):
		return &failure{"The receiver's certificate is not valid, so nothing was sent.", err}
	}
	return &failure{"The receiver broke off the connection: " + hide.Replace(err.Error()) + ".", err}
}

// transport returns the one for a class, so that a connection which was dialled
// for one is never used for another.
func (c *Client) transport(r Request) *http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := transportKey{r.Class, r.Insecure}
	if t := c.transports[key]; t != nil {
		return t
	}
	dialer := &net.Dialer{
		Timeout: defaultTimeout,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			return c.check(r.Class, address)
		},
	}
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: r.Insecure}, //nolint:gosec // the person's own tick
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // an answer can't swell
	}
	c.transports[key] = t
	return t
}

// check is asked with the address that is about to be dialled.
func (c *Client) check(class Class, address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s is no address", ErrDestination, address)
	}
	ip := at.Addr().Unmap()
	if got := Classify(ip); got != class || got == Never {
		return &failure{fmt.Sprintf("Nothing was sent: the address %s is %s, and the connection is for %s.", ip, got, class), ErrDestination}
	}
	for _, own := range c.own() {
		if at.Port() == own.Port() && (ip.IsLoopback() || ip == own.Addr().Unmap()) {
			return &failure{"Nothing was sent: the address leads back to Folderfront.", ErrDestination}
		}
	}
	return nil
}
