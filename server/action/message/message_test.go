package message

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

var variables = map[string]any{
	"file": map[string]any{
		"name": "Ünï \"quoted\"\n& more.pdf",
		"size": 12345,
		"tags": []any{"a", "b"},
		"time": time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
		"huge": strings.Repeat("x", 60<<10),
	},
}

func TestRender(t *testing.T) {
	for _, c := range []struct {
		name, source string
		escape       Escape
		want         string
	}{
		{"plain", `{{ file.name }}`, Plain, "Ünï \"quoted\"\n& more.pdf"},
		{"json", `{"n": "{{ file.name }}"}`, JSON, `{"n": "Ünï \"quoted\"\n\u0026 more.pdf"}`},
		{"json filter", `{"n": {{ file.name | json }}, "t": {{ file.tags | json }}}`, JSON, `{"n": "Ünï \"quoted\"\n\u0026 more.pdf", "t": ["a","b"]}`},
		{"url", `/x?q={{ file.name }}`, URL, `/x?q=%C3%9Cn%C3%AF%20%22quoted%22%0A%26%20more.pdf`},
		{"uri_encode", `{{ file.name | uri_encode }}`, JSON, `%C3%9Cn%C3%AF%20%22quoted%22%0A%26%20more.pdf`},
		{"loop", `{% for t in file.tags %}{{ forloop.index }}{{ t }}{% endfor %}`, Plain, "1a2b"},
		{"range", `{% for i in (1..3) %}{{ i }}{% endfor %}`, Plain, "123"},
		{"dots in text", `{{ "a..b" }} ..`, Plain, "a..b .."},
		{"if", `{% if file.size > 1000 %}big{% else %}small{% endif %}`, Plain, "big"},
		{"filters", `{{ file.tags | join: "+" | append: "!" | prepend: "?" | replace: "+", "-" }}`, Plain, "?a-b!"},
		{"join by default", `{{ file.tags | join }}`, Plain, "a b"},
		{"date", `{{ file.time | date: "%Y-%m-%d" }} {{ file.time | date }}`, Plain, "2026-03-04 2026-03-04T05:06:07+00:00"},
		{"assign", `{% assign x = file.size | plus: 1 %}{{ x }}`, Plain, "12346"},
	} {
		t.Run(c.name, func(t *testing.T) {
			parsed, err := Parse(c.source, c.escape)
			if err != nil {
				t.Fatal(err)
			}
			got, err := parsed.Render(t.Context(), variables)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// Each of these would read a file, run for ever or take all memory.
func TestHostileTemplatesAreRefused(t *testing.T) {
	many := strings.Repeat
	for name, source := range map[string]string{
		"range joined":             `{% assign r = (1..99999999) | join %}{{ r }}`,
		"empty loop":               `{% for i in (1..999999999) %}{% endfor %}`,
		"range of a variable":      `{% for i in (1..file.size) %}x{% endfor %}`,
		"range overflow":           `{% for i in (1..99999999999999999999999) %}x{% endfor %}`,
		"range in output":          `{{ (1..99999) | join }}`,
		"include":                  `{% include "/etc/passwd" %}`,
		"render":                   `{% render "/etc/passwd" %}`,
		"include of what is there": `{% include "inspect.go" %}`,
		"render of what is there":  `{% render "inspect.go" %}`,
		"nested loops":             `{% for i in (1..9) %}{% for j in (1..9) %}x{% endfor %}{% endfor %}`,
		"tablerow in a loop":       `{% for i in (1..9) %}{% tablerow j in (1..9) %}x{% endtablerow %}{% endfor %}`,
		"assign in a loop":         `{% for i in (1..9) %}{% assign a = i %}{% endfor %}`,
		"capture in a loop":        `{% for i in (1..9) %}{% capture a %}x{% endcapture %}{% endfor %}`,
		"doubling":                 `{% assign a = file.huge %}` + many(`{% assign a = a | append: a %}`, 30) + `{{ a }}`,
		"doubling by capture":      `{% assign a = file.huge %}` + many(`{% capture a %}{{ a }}{{ a }}{% endcapture %}`, 30),
		"replace":                  `{{ file.huge | replace: "x", "xxxxxxxxxx" }}`,
		"replace of nothing":       `{{ file.huge | replace: "", file.huge }}`,
		"split to letters":         `{% assign a = file.huge | split: "" %}{{ a | join }}`,
		"output":                   many(`{{ file.huge }}`, 40),
		"output in a loop":         `{% for i in (1..900) %}{{ file.huge }}{% endfor %}`,
		"wide date":                `{{ file.time | date: "%99999999Y" }}`,
		"unknown variable":         `{{ secret }}`,
		"unknown filter":           `{{ file.name | nonsense }}`,
		"unknown tag":              `{% nonsense %}`,
		"unclosed":                 `{% if file.size %}`,
		"division by zero":         `{{ file.size | divided_by: 0 }}`,
		"too many tags looped":     `{% for i in (1..9) %}` + many(`{{ i }}`, 200) + `{% endfor %}`,
		"too long":                 many("x", MaxSource+1),
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := Parse(source, Plain)
			if err == nil {
				_, err = parsed.Render(t.Context(), variables)
			}
			if !errors.Is(err, ErrTemplate) {
				t.Errorf("got %v, want a refusal", err)
			}
		})
	}
}

// stalling is a value that takes longer than a rendering may, some times.
type stalling struct{ times int }

func (s *stalling) ToLiquid() any {
	if s.times > 0 {
		s.times--
		time.Sleep(MaxTime + MaxTime/10)
	}
	return "x"
}

// A busy computer fails no message; a template that is always slow is refused.
func TestWhatRanOutOfTimeIsTriedAgain(t *testing.T) {
	parsed, err := Parse(`{{ value }}`, Plain)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := parsed.Render(t.Context(), map[string]any{"value": &stalling{times: 1}}); out != "x" || err != nil {
		t.Errorf("stalled once: %q, %v", out, err)
	}
	slow := &stalling{times: 100}
	if out, err := parsed.Render(t.Context(), map[string]any{"value": slow}); out != "" || !errors.Is(err, ErrTemplate) || slow.times < 100-2*maxTries {
		t.Errorf("stalled always: %q, %v after %d times", out, err, 100-slow.times)
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	if _, err := Parse("one\ntwo\n{% for i in (1..99999) %}", Plain); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("got %v", err)
	}
}

func FuzzRender(f *testing.F) {
	f.Add(`{"n": "{{ file.name }}", "t": {{ file.tags | json }}}`)
	f.Add(`{% for t in file.tags %}{{ t | upcase }}{% endfor %}`)
	f.Add(`{{ file.name | split: "," | join: file.name | slice: 1, 2 }}`)
	f.Fuzz(func(t *testing.T, source string) {
		parsed, err := Parse(source, JSON)
		if err != nil {
			return
		}
		out, err := parsed.Render(t.Context(), variables)
		if err == nil && len(out) > MaxOutput {
			t.Errorf("%d bytes came out", len(out))
		}
	})
}

// A value inside the quotes of a JSON string can't end the string.
func FuzzEscapeJSON(f *testing.F) {
	f.Add("\"\\\n\x00\u2028\xff</script>")
	f.Fuzz(func(t *testing.T, name string) {
		parsed, err := Parse(`{"n": "{{ n }}"}`, JSON)
		if err != nil {
			t.Fatal(err)
		}
		out, err := parsed.Render(t.Context(), map[string]any{"n": name})
		if err == nil && !json.Valid([]byte(out)) {
			t.Errorf("%q is no JSON", out)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	parsed, err := Parse(`{"name": "{{ file.name }}", "size": {{ file.size }}, "tags": {{ file.tags | json }}}`, JSON)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := parsed.Render(b.Context(), variables); err != nil {
			b.Fatal(err)
		}
	}
}
