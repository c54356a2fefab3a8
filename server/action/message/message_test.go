package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/osteele/liquid/render"
)

var variables = map[string]any{
	"file": map[string]any{
		"name":    "Ünï \"quoted\"\n& more.pdf",
		"size":    12345,
		"tags":    []any{"a", "b"},
		"time":    time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
		"huge":    strings.Repeat("x", 60<<10),
		"list":    texts(900),
		"objects": objects(900),
		"none":    []any{},
	},
}

func texts(n int) (all []any) {
	for i := range n {
		all = append(all, fmt.Sprint(n-i))
	}
	return all
}

func objects(n int) (all []any) {
	for i := range n {
		all = append(all, map[string]any{"number": i})
	}
	return all
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

// Each of these would read a file, run for ever or take all memory, and each is
// refused for its own reason: what Parse refuses is never rendered.
func TestHostileTemplatesAreRefused(t *testing.T) {
	many := strings.Repeat
	for name, c := range map[string]struct {
		source, why string
		rendered    bool // refused while it is rendered
	}{
		"range joined":             {`{% assign r = (1..99999999) | join %}{{ r }}`, "a range needs two numbers", false},
		"empty loop":               {`{% for i in (1..999999999) %}{% endfor %}`, "a range needs two numbers", false},
		"one too many":             {`{% for i in (0..1000) %}{% endfor %}`, "a range needs two numbers", false},
		"range of a variable":      {`{% for i in (1..file.size) %}x{% endfor %}`, "a range needs two numbers", false},
		"range overflow":           {`{% for i in (1..99999999999999999999999) %}x{% endfor %}`, "a range needs two numbers", false},
		"range in output":          {`{{ (1..99999) | join }}`, "a range needs two numbers", false},
		"range in a filter":        {`{{ file.name | append: (1..99999) }}`, "a range needs two numbers", false},
		"include":                  {`{% include "/etc/passwd" %}`, `undefined tag "include"`, false},
		"render":                   {`{% render "/etc/passwd" %}`, `undefined tag "render"`, false},
		"include of what is there": {`{% include "inspect.go" %}`, `undefined tag "include"`, false},
		"render of what is there":  {`{% render "inspect.go" %}`, `undefined tag "render"`, false},
		"nested loops":             {`{% for i in (1..9) %}{% for j in (1..9) %}x{% endfor %}{% endfor %}`, "a loop inside a loop", false},
		"tablerow in a loop":       {`{% for i in (1..9) %}{% tablerow j in (1..9) %}x{% endtablerow %}{% endfor %}`, "a loop inside a loop", false},
		"loop in a tablerow":       {`{% tablerow i in (1..9) %}{% for j in (1..9) %}x{% endfor %}{% endtablerow %}`, "a loop inside a loop", false},
		"assign in a loop":         {`{% for i in (1..9) %}{% assign a = i %}{% endfor %}`, "assign inside a loop", false},
		"capture in a loop":        {`{% for i in (1..9) %}{% capture a %}x{% endcapture %}{% endfor %}`, "capture is not allowed", false},
		"doubling by capture":      {`{% assign a = file.huge %}` + many(`{% capture a %}{{ a }}{{ a }}{% endcapture %}`, 30), "capture is not allowed", false},
		"unknown filter":           {`{{ file.name | nonsense }}`, `undefined filter "nonsense"`, true},
		"unknown tag":              {`{% nonsense %}`, `undefined tag "nonsense"`, false},
		"our own tag":              {`{% tick %}`, `undefined tag "tick"`, false},
		"unclosed":                 {`{% if file.size %}`, "unterminated", false},
		"too long":                 {many("x", MaxSource+1), "longer than 64 KiB", false},
		"doubling":                 {`{% assign a = file.huge %}` + many(`{% assign a = a | append: a %}`, 30) + `{{ a }}`, "a text longer than 64 KiB", true},
		"replace":                  {`{{ file.huge | replace: "x", "xxxxxxxxxx" }}`, "a text longer than 64 KiB", true},
		"replace of nothing":       {`{{ file.huge | replace: "", file.huge }}`, "a text longer than 64 KiB", true},
		"join":                     {`{{ file.list | join: file.huge }}`, "a text longer than 64 KiB", true},
		"split to letters":         {`{% assign a = file.huge | split: "" %}{{ a | join }}`, "more than 1000 items", true},
		"doubling a list":          {`{% assign a = file.list %}` + many(`{% assign a = a | concat: a %}`, 12), "more than 1000 items", true},
		"output":                   {many(`{{ file.huge }}`, 40), "longer than 1024 KiB", true},
		"output in a loop":         {`{% for i in (1..900) %}{{ file.huge }}{% endfor %}`, "longer than 1024 KiB", true},
		"wide date":                {`{{ file.time | date: "%99999999Y" }}`, "the date format is too wide", true},
		"unknown variable":         {`{{ secret }}`, "undefined variable", true},
		"division by zero":         {`{{ file.size | divided_by: 0 }}`, "division by zero", true},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := Parse(c.source, Plain)
			if (err == nil) != c.rendered {
				t.Fatalf("Parse says %v", err)
			}
			if c.rendered {
				_, err = parsed.Render(t.Context(), variables)
			}
			if !errors.Is(err, ErrTemplate) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("got %v, want a refusal for %q", err, c.why)
			}
		})
	}
}

// busy are templates that make little of much work; of eight times the length
// each is as long as a template may be.
func busy(times int) map[string]string {
	many := func(s string, n int) string { return strings.Repeat(s, n*times) }
	return map[string]string{
		"empty loops":         many(`{% for i in (1..999) %}{% endfor %}`, 212),
		"tags in a loop":      `{% for i in (1..999) %}` + many(`{% if i %}{% endif %}`, 362) + `{% endfor %}`,
		"branches in a loop":  `{% for i in (1..999) %}{% if i == 0 %}` + many(`{% elsif i == 0 %}`, 375) + `{% endif %}{% endfor %}`,
		"cases in a loop":     `{% for i in (1..999) %}{% case i %}` + many(`{% when 0 %}`, 625) + `{% endcase %}{% endfor %}`,
		"searches in a loop":  `{% for i in (1..999) %}` + many(`{% if file.huge contains "xy" %}{% endif %}`, 175) + `{% endfor %}`,
		"filters in a loop":   `{% for i in (1..999) %}{% if file.huge ` + many(`| upcase`, 1000) + `%}{% endif %}{% endfor %}`,
		"filters in a row":    `{% assign a = file.huge ` + many(`| upcase`, 1000) + `%}`,
		"patterns in a row":   `{% assign a = file.huge ` + many(`| handle`, 1000) + `%}`,
		"uniq in a row":       `{% assign a = file.objects ` + many(`| uniq`, 1250) + `%}`,
		"sort in a row":       `{% assign a = file.list ` + many(`| sort`, 1250) + `%}`,
		"a list of one great": `{% assign a = file.huge | split: "-" %}` + strings.Repeat(`{% assign a = a | concat: a %}`, 9) + `{{ a | json }}`,
	}
}

// What would take long is refused for what it does, not for the time it takes:
// at the same place on every computer.
func TestWhatDoesTooMuchIsRefused(t *testing.T) {
	for name, source := range busy(1) {
		t.Run(name, func(t *testing.T) {
			parsed, err := Parse(source, Plain)
			if err != nil {
				t.Fatal(err)
			}
			const some = MaxWork / 32 // as telling as all of it
			if _, err = parsed.render(t.Context(), variables, some); !errors.Is(err, ErrTemplate) || !strings.Contains(err.Error(), "it does too much") {
				t.Errorf("got %v", err)
			}
		})
	}
	parsed, err := Parse(busy(8)["sort in a row"], Plain)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = parsed.Render(t.Context(), variables); !errors.Is(err, ErrTemplate) || !strings.Contains(err.Error(), "it does too much") {
		t.Errorf("with all that a message may do: %v", err)
	}
}

// A message for as many files as there may be is not too much.
func TestALongHonestMessageIsMade(t *testing.T) {
	parsed, err := Parse(`{"ids": {{ files | map: "number" | json }}, "files": [{% for f in files %}{"name": "{{ f.name }}", "size": {{ f.size }},
		"kind": {% if f.size > 1000 %}"big"{% elsif f.name contains "draft" %}"draft"{% else %}"small"{% endif %},
		"path": "{{ f.path | uri_encode }}", "tags": {{ f.tags | json }}, "link": "{{ f.link }}"}{% unless forloop.last %},{% endunless %}
		{% endfor %}]}`, JSON)
	if err != nil {
		t.Fatal(err)
	}
	var files []any
	for i := range maxItems {
		files = append(files, map[string]any{
			"number": i, "size": 12 * i, "name": strings.Repeat("ü", 60) + ".pdf", "path": strings.Repeat("deep/", 20) + "x.pdf",
			"tags": []any{"approved", "print"}, "link": "https://files.example.com/view/4xjyg43q4xdsupefawkdzjjqw4",
		})
	}
	out, err := parsed.Render(t.Context(), map[string]any{"files": files})
	if err != nil || !json.Valid([]byte(out)) {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

// What is counted changes nothing of what is made: blanks are cut where they are
// told to be, and a loop may be left.
func TestCountingLeavesTheMessageAlone(t *testing.T) {
	for source, want := range map[string]string{
		"a  {%- if file.size -%}  b  {%- endif -%}  c":                                     "abc",
		"a  {{- file.size -}}  c":                                                          "a12345c",
		"{% for i in (1..9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}":    "12",
		"{% for i in (1..3) %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}": "13",
		"{% for i in file.none %}x{% else %}none{% endfor %}":                              "none",
		"{% case file.size %}{% when 1 %}one{% else %}many{% endcase %}":                   "many",
		"{% for i in (1..4) %}{% cycle 'a', 'b' %}{% endfor %}":                            "abab",
	} {
		parsed, err := Parse(source, Plain)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if got, err := parsed.Render(t.Context(), variables); err != nil || got != want {
			t.Errorf("%s makes %q, %v; want %q", source, got, err, want)
		}
	}
}

// The tag that counts is known to no template, also not to the next one.
func TestNoTemplateCountsForItself(t *testing.T) {
	g := grammars.New().(*grammar)
	root, err := g.compile(`{{ file.name }}`, Plain)
	if err != nil {
		t.Fatal(err)
	}
	g.instrument([]render.Node{root})
	if _, err := g.compile(`{% tick %}`, Plain); err == nil || !strings.Contains(err.Error(), `undefined tag "tick"`) {
		t.Errorf("got %v", err)
	}
}

// The clock is the last resort; a request that ended ends its rendering, too.
func TestRenderingEndsWithItsContext(t *testing.T) {
	parsed, err := Parse(`{{ file.name }}`, Plain)
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if out, err := parsed.Render(ended, variables); out != "" || !errors.Is(err, ErrTemplate) || !strings.Contains(err.Error(), "takes longer") {
		t.Errorf("%q, %v", out, err)
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

// BenchmarkBusy is how long it takes until a template that does too much is
// refused.
func BenchmarkBusy(b *testing.B) {
	for name, source := range busy(8) {
		b.Run(name, func(b *testing.B) {
			parsed, err := Parse(source, Plain)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := parsed.Render(b.Context(), variables); err == nil {
					b.Fatal("it was not refused")
				}
			}
		})
	}
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
