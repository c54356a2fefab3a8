package try

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"folderfront/app/state"
	"folderfront/server/conformance"
)

const (
	maxKept      = 256 << 10 // bytes of an answer that are looked at
	maxShown     = 6 << 10   // bytes of JSON that are shown
	maxText      = 600       // bytes of other text that are shown
	maxExchanges = 24        // of a step
	maxHeader    = 500       // bytes of a header's value that are shown
)

// stepKey is where a request's context holds its step.
type stepKey struct{}

// recorder notes each exchange with the step that it belongs to.
type recorder struct{ next http.RoundTripper }

// RoundTrip sends a request and notes it once its answer has been read.
func (t recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	s, belongs := r.Context().Value(stepKey{}).(*step)
	if !belongs {
		return t.next.RoundTrip(r)
	}
	begin := time.Now()
	e := state.TryExchange{
		Method: r.Method, Target: r.URL.String(), RequestHeader: fields(r.Header),
		RequestBody: requestBody(r),
	}
	answer, err := t.next.RoundTrip(r)
	if err != nil {
		e.Took = time.Since(begin)
		s.note(e)
		return nil, err
	}
	e.Status, e.ResponseHeader = answer.Status, fields(answer.Header)
	secret := r.Header.Get("apiKey")
	answer.Body = &listener{ReadCloser: answer.Body, heard: func(start []byte, length int64) {
		e.Took = time.Since(begin)
		e.ResponseBody = hide(shown(answer.Header.Get("Content-Type"), start, length), secret)
		s.note(e)
	}}
	return answer, nil
}

// note adds an exchange to the step.
func (s *step) note(e state.TryExchange) {
	s.picker.mu.Lock()
	defer s.picker.mu.Unlock()
	if len(s.told.Exchanges) < maxExchanges {
		s.told.Exchanges = append(s.told.Exchanges, e)
	}
}

// listener hears an answer's body and tells of it once, at its end.
type listener struct {
	io.ReadCloser
	start  []byte
	length int64
	heard  func(start []byte, length int64)
	once   sync.Once
}

// Read reads on.
func (l *listener) Read(b []byte) (int, error) {
	n, err := l.ReadCloser.Read(b)
	l.length += int64(n)
	l.start = append(l.start, b[:min(n, maxKept-len(l.start))]...)
	if err != nil {
		l.end()
	}
	return n, err
}

// Close ends the answer.
func (l *listener) Close() error {
	l.end()
	return l.ReadCloser.Close()
}

func (l *listener) end() { l.once.Do(func() { l.heard(l.start, l.length) }) }

// secretHeaders are shown masked, whichever way they go.
var secretHeaders = []string{"Apikey", "Authorization", "Cookie", "Set-Cookie", "Proxy-Authorization"}

const mask = "••••••••"

// fields are the headers, sorted, without any secret.
func fields(h http.Header) []state.TryField {
	var all []state.TryField
	for name, values := range h {
		for _, value := range values {
			if slices.Contains(secretHeaders, http.CanonicalHeaderKey(name)) {
				value = mask
			}
			all = append(all, state.TryField{Name: name, Value: cut(value, maxHeader)})
		}
	}
	slices.SortFunc(all, func(a, b state.TryField) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// hide masks a secret that an answer carries back.
func hide(text, secret string) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, mask)
}

func requestBody(r *http.Request) string {
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		return ""
	case r.ContentLength >= 0:
		return fmt.Sprintf("(%d bytes)", r.ContentLength)
	}
	return "(in pieces)"
}

// shown is what a person is shown of an answer's body: JSON in lines, other text
// as it is, and of anything else what it is.
func shown(contentType string, start []byte, length int64) string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "application/octet-stream"
	}
	isJSON := kind == "application/json" || strings.HasSuffix(kind, "+json")
	switch {
	case length == 0:
		return ""
	case !isJSON && !strings.HasPrefix(kind, "text/"):
		return fmt.Sprintf("(%d bytes, %s)", length, kind)
	case !isJSON:
		return cut(strings.ToValidUTF8(string(start), "�"), maxText)
	}
	var lines bytes.Buffer
	if json.Indent(&lines, start, "", "  ") == nil {
		start = lines.Bytes()
	}
	return cut(strings.ToValidUTF8(string(start), "�"), maxShown)
}

// cut shortens a text to at most so many bytes, and says so.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + " …"
}

// told is a failure in words for a person.
type told struct{ sentence string }

func (t *told) Error() string { return t.sentence }

// explain says for a person why a step failed, and what it means for Workfront.
func (p *Picker) explain(err error) string {
	var (
		said    *told
		refusal *conformance.Refusal
		network *net.OpError
	)
	switch {
	case errors.As(err, &said):
		return said.sentence
	case errors.As(err, &refusal) && refusal.Sentence != "":
		return refusal.Sentence
	case errors.As(err, &refusal):
		return fmt.Sprintf("Something else than Folderfront answered (status %d), so Workfront doesn't reach your files. Look at Connection: the tunnel or a proxy may be down.", refusal.Answer.Status)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("No answer came within %s, so Workfront would show nothing. Try again, and look at Connection if it stays so.", p.config.Patience)
	case errors.Is(err, context.Canceled):
		return "This was broken off."
	case errors.As(err, &network):
		return "Nothing answers at the address, so Workfront doesn't reach your files. Look at Connection."
	}
	return "What came back is not what Workfront expects, so it would show nothing. Look at the request and the answer."
}
