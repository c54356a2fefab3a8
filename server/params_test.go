package server

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"folderfront/server/catalogue"
)

func TestReadParams(t *testing.T) {
	const form, jsonType = "application/x-www-form-urlencoded", "application/json"
	multipart := "--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"name\"; filename=\"f\"\r\n\r\nb c\r\n--x--\r\n"
	for _, test := range []struct {
		name, query, kind, body string
		want                    params
		fails                   string // part of the sentence
	}{
		{name: "query", query: "id=1&name=a%20b+c", want: params{"id": "1", "name": "a b c"}},
		{name: "unknown ones, repeated", query: "id=1&access_type=x&access_type=y", want: params{"id": "1"}},
		{name: "empty", query: "id=", want: params{"id": ""}},
		{name: "twice in the query", query: "id=1&id=1", fails: "more than once"},
		{name: "semicolon", query: "id=1;name=2", fails: "not well formed"},
		{name: "bad percent sign", query: "id=%zz", fails: "not well formed"},
		{name: "cut percent sign", query: "id=%e", fails: "not well formed"},
		{name: "form", kind: form, body: "id=1&name=a+b", want: params{"id": "1", "name": "a b"}},
		{name: "form with charset", kind: form + "; charset=utf-8", body: "id=%C3%A9", want: params{"id": "é"}},
		{name: "form, one a line", kind: form, body: "id=1\r\nname=New Folder\r\n", want: params{"id": "1", "name": "New Folder"}},
		{name: "form twice", kind: form, body: "id=1&id=2", fails: "more than once"},
		{name: "form, bad", kind: form, body: "id=%zz", fails: "can't be read"},
		{name: "same in both", query: "id=1", kind: form, body: "id=1&name=x", want: params{"id": "1", "name": "x"}},
		{name: "different in both", query: "id=1", kind: form, body: "id=2", fails: "two different values"},
		{name: "multipart", kind: "multipart/form-data; boundary=x", body: multipart, want: params{"id": "1", "name": "b c"}},
		{name: "multipart without boundary", kind: "multipart/form-data", body: multipart, fails: "can't be read"},
		{name: "multipart, cut", kind: "multipart/form-data; boundary=x", body: multipart[:51], fails: "can't be read"},
		{name: "json", kind: jsonType, body: `{"id":"1","name":"a\u0020b","other":[{}]}`, want: params{"id": "1", "name": "a b"}},
		{name: "json numbers and truth", kind: jsonType, body: `{"id":12345678901234567890,"name":true}`, want: params{"id": "12345678901234567890", "name": "true"}},
		{name: "json null", kind: jsonType, body: `{"id":null}`, want: params{}},
		{name: "json twice", kind: jsonType, body: `{"id":"1","id":"1"}`, fails: "more than once"},
		{name: "json list as value", kind: jsonType, body: `{"id":["1"]}`, fails: "not a list"},
		{name: "json list", kind: jsonType, body: `[1]`, fails: "can't be read"},
		{name: "json, more after it", kind: jsonType, body: `{} {}`, fails: "can't be read"},
		{name: "json, cut", kind: jsonType, body: `{"id":"1"`, fails: "can't be read"},
		{name: "json, empty", kind: jsonType, body: ``, want: params{}},
		{name: "json, by a type of its own", kind: "application/vnd.workfront+json", body: `{"id":"1"}`, want: params{"id": "1"}},
		{name: "no type, json", body: ` {"id":"1"}`, want: params{"id": "1"}},
		{name: "no type, form", body: `id=1`, want: params{"id": "1"}},
		{name: "another type", query: "id=1", kind: "application/octet-stream", body: "id=2", want: params{"id": "1"}},
		{name: "too long", kind: form, body: "id=" + strings.Repeat("1", maxParamBody), fails: "too long"},
		{name: "json, deeply nested", kind: jsonType, body: `{"x":` + strings.Repeat("[", 100_000), fails: "can't be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/?"+test.query, strings.NewReader(test.body))
			r.Header.Set("Content-Type", test.kind)
			got, err := readParams(r, []string{"id", "name"}, true)
			if test.fails != "" {
				if err == nil || !strings.Contains(sentenceOf(err), test.fails) || statusOf(err) != 500 {
					t.Fatalf("%v, %v; want a failure that says %q", got, err, test.fails)
				}
				return
			}
			if err != nil || !maps.Equal(got, test.want) {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestCompressedParametersAreRefused(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("\x1f\x8b"))
	r.Header.Set("Content-Encoding", "gzip")
	if _, err := readParams(r, []string{"id"}, true); err == nil || !strings.Contains(sentenceOf(err), "compressed") {
		t.Errorf("%v", err)
	}
}

func TestUploadBodyIsNeverParameters(t *testing.T) {
	r := httptest.NewRequest(http.MethodPut, "/?id=1", strings.NewReader("id=2"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := readParams(r, []string{"id"}, false)
	if err != nil || got["id"] != "1" {
		t.Errorf("%v, %v", got, err)
	}
	if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != "id=2" {
		t.Errorf("of the body is left %q, %v", rest, err)
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string][2]int{
		"": {7, 7}, "x": {7, 7}, "3": {3, 3}, " 3 ": {3, 3}, "-1": {-1, 7}, "1.5": {7, 7}, "1e3": {7, 7},
		"99999999999999999999": {1<<63 - 1, 1<<63 - 1}, "-99999999999999999999": {-1 << 63, 7},
	} {
		p := params{"n": text}
		if got := p.number("n", 7); got != want[0] {
			t.Errorf("number %q is %d", text, got)
		}
		if got := p.count("n", 7); got != want[1] {
			t.Errorf("count %q is %d", text, got)
		}
	}
}

func TestIDs(t *testing.T) {
	if _, err := (params{}).id("id"); !errors.Is(err, catalogue.ErrInvalid) {
		t.Errorf("a missing id: %v", err)
	}
	if id, err := (params{}).idOrRoot("id"); id != catalogue.Root || err != nil {
		t.Errorf("a missing id of a folder: %v, %v", id, err)
	}
	if _, err := (params{"id": "nonsense"}).id("id"); !errors.Is(err, catalogue.ErrNotFound) {
		t.Errorf("a forged id: %v", err)
	}
	good := strings.Repeat("a", 26)
	for _, p := range []params{{}, {"a": good, "b": good}} {
		if _, _, err := p.oneID("a", "b"); !errors.Is(err, catalogue.ErrInvalid) {
			t.Errorf("%v: %v", p, err)
		}
	}
	if id, name, err := (params{"a": "", "b": good}).oneID("a", "b"); string(id) != good || name != "b" || err != nil {
		t.Errorf("%v %v %v", id, name, err)
	}
}

// FuzzParams holds that no query or body makes more of a parameter than one
// value, and that every failure is a sentence.
func FuzzParams(f *testing.F) {
	f.Add("id=1", "application/json", `{"name":"x"}`)
	f.Add("id=%", "application/x-www-form-urlencoded", "name=%zz")
	f.Add("", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n1\r\n--x--\r\n")
	f.Add("id=1;id=2", "", "{")
	f.Add("id", "text/plain", "\r\n\r\n")
	f.Fuzz(func(t *testing.T, query, kind, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", kind)
		p, err := readParams(r, []string{"id", "name"}, true)
		if err != nil {
			if statusOf(err) != 500 || !strings.HasSuffix(sentenceOf(err), "Nothing was changed.") {
				t.Errorf("%d %s", statusOf(err), sentenceOf(err))
			}
			return
		}
		for name := range p {
			if name != "id" && name != "name" {
				t.Errorf("an unknown parameter %q", name)
			}
		}
		_, _ = p.idOrRoot("id")
		_ = p.count("name", 0)
	})
}
