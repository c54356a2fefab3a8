package tunnel

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

const (
	// ProbeHeader carries a probe's nonce, and in the answer what the program
	// makes of it.
	ProbeHeader = "Folderfront-Probe"
	// probePath is answered without authentication and has nothing private.
	probePath = "/api/v1/serviceInfo"
	// ngrokHeader marks answers that ngrok itself gives; it removes the header
	// from what comes through, so an upstream can't set it.
	ngrokHeader  = "Ngrok-Error-Code"
	probeTimeout = 10 * time.Second
)

// Prober fetches the program's own description through a public address. One
// Prober is shared by the tunnel and by whatever answers serviceInfo. It is
// safe for concurrent use.
type Prober struct {
	secret []byte
	client *http.Client
}

// ProberConfig is for developers; the zero value is for everybody else.
type ProberConfig struct {
	CAs  *x509.CertPool // trusted for https in place of the system's, nil for those
	Host string         // connect to this host for any public name, "" for none
}

// NewProber makes a Prober whose answers nobody outside this run can compute.
func NewProber(cfg ProberConfig) *Prober {
	secret := make([]byte, 32)
	rand.Read(secret)
	transport := cfg.Transport()
	transport.DisableKeepAlives = true // a probe shall open the whole way anew
	return &Prober{secret: secret, client: &http.Client{
		Transport: transport, Timeout: probeTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Transport reaches public addresses as a Prober does.
func (cfg ProberConfig) Transport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: probeDialer(cfg.Host),
		IdleConnTimeout: 90 * time.Second,
		TLSClientConfig: &tls.Config{RootCAs: cfg.CAs, MinVersion: tls.VersionTLS12},
	}
}

// probeDialer connects to the address, or to host in its stead. Names beneath
// localhost are this computer (RFC 6761, 6.3), whatever the resolver knows.
func probeDialer(host string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		name, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		switch {
		case strings.HasSuffix(name, ".localhost"):
			name = "127.0.0.1"
		case host != "" && net.ParseIP(name) == nil:
			name = host
		}
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(name, port))
	}
}

// Answer is what a request's ProbeHeader is answered with.
func (p *Prober) Answer(nonce string) string {
	mac := hmac.New(sha256.New, p.secret)
	mac.Write([]byte(nonce))
	return hex.EncodeToString(mac.Sum(nil))
}

// Step is one thing that a probe found out on its way.
type Step struct {
	Name   string // "Name found", "Connected", …
	OK     bool
	Detail string
}

// Problem is why a public address didn't answer as this program.
type Problem struct {
	Sentence string
	Advice   string
	Code     string // ngrok's, "" for none
	Cause    error
}

func (p *Problem) Error() string { return p.Sentence }

func (p *Problem) Unwrap() error { return p.Cause }

// Probe fetches the service description at origin and returns the steps that
// it went, and how long the answer took. The error is a *Problem when origin
// wasn't reached or something else answered there.
func (p *Prober) Probe(ctx context.Context, origin string) ([]Step, time.Duration, error) {
	random := make([]byte, 16)
	rand.Read(random)
	nonce := hex.EncodeToString(random)
	trail := &trail{https: strings.HasPrefix(origin, "https:")}
	request, err := http.NewRequestWithContext(
		httptrace.WithClientTrace(ctx, trail.trace()), http.MethodGet, origin+probePath, nil)
	if err != nil {
		return nil, 0, &Problem{
			Sentence: "The public address is not a web address.",
			Advice:   "It begins with https:// and has a host name and nothing after it.", Cause: err,
		}
	}
	request.Header.Set(ProbeHeader, nonce)
	request.Header.Set("User-Agent", "Folderfront-Probe")

	began := time.Now()
	answer, err := p.client.Do(request)
	if err != nil {
		problem := unreached(err)
		return trail.steps(problem), 0, problem
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	took := time.Since(began)
	if problem := p.judge(answer, nonce); problem != nil {
		return trail.steps(problem), took, problem
	}
	return trail.steps(nil), took, nil
}

// judge says whose answer it is; nil is this program's.
func (p *Prober) judge(answer *http.Response, nonce string) error {
	if code := codeOf(answer.Header.Get(ngrokHeader)); code != "" {
		c := Explain(code)
		return &Problem{Sentence: c.Sentence, Advice: c.Advice, Code: code}
	}
	if hmac.Equal([]byte(answer.Header.Get(ProbeHeader)), []byte(p.Answer(nonce))) {
		return nil
	}
	return &Problem{
		Sentence: "Something else answers at the public address, so Workfront doesn't reach this computer's files.",
		Advice:   "Check that the address leads to this computer and this program, and that nothing in between asks for a sign-in.",
		Cause:    fmt.Errorf("status %d without the right %s", answer.StatusCode, ProbeHeader),
	}
}

// unreached explains why there was no answer at all.
func unreached(err error) *Problem {
	var dns *net.DNSError
	var tlsErr *tls.CertificateVerificationError
	var urlErr *url.Error
	p := &Problem{Cause: err}
	switch {
	case errors.As(err, &dns):
		p.Sentence = "The name of the public address can't be found, so it isn't known yet whether Workfront reaches the files."
		p.Advice = "Check this computer's connection to the internet and the spelling of the address."
	case errors.As(err, &tlsErr):
		p.Sentence = "The public address has a certificate that this computer doesn't trust."
		p.Advice = "Check the certificate of the address. A security program or network that inspects traffic also causes this."
	case errors.As(err, &urlErr) && urlErr.Timeout():
		p.Sentence = "The public address didn't answer in time."
		p.Advice = "Check this computer's connection to the internet."
	default:
		p.Sentence = "The public address can't be reached from this computer."
		p.Advice = "Check this computer's connection to the internet, and that the tunnel or proxy is running."
	}
	return p
}

// trail collects how far a probe got.
type trail struct {
	https                     bool
	found, connected, secured bool
	where                     string
}

func (t *trail) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			t.found, t.connected, t.secured = true, true, true
			t.where = info.Conn.RemoteAddr().String()
		},
	}
}

// steps tells the trail in a person's words, up to the first that failed.
func (t *trail) steps(problem error) []Step {
	if problem != nil {
		var p *Problem
		errors.As(problem, &p)
		var dns *net.DNSError
		var tlsErr *tls.CertificateVerificationError
		t.found = t.found || !errors.As(p.Cause, &dns)
		t.connected = t.connected || errors.As(p.Cause, &tlsErr)
	}
	steps := []Step{{Name: "The address is found", OK: t.found}, {Name: "Something answers there", OK: t.connected, Detail: t.where}}
	if t.https {
		steps = append(steps, Step{Name: "The connection is secure", OK: t.secured})
	}
	steps = append(steps, Step{Name: "It is this program", OK: problem == nil})
	for i, s := range steps {
		if !s.OK {
			if problem != nil {
				steps[i].Detail = problem.Error()
			}
			return steps[:i+1]
		}
	}
	return steps
}
