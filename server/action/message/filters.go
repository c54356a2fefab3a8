package message

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/osteele/liquid/values"
	"github.com/osteele/tuesday"
)

// addFilters registers our own filters and, over the library's, those that can
// make much of little.
func addFilters(dictionary counted) {
	text := func(s string) (string, error) {
		if len(s) > maxText {
			return "", fmt.Errorf("a filter makes a text longer than %d KiB", maxText>>10)
		}
		return s, nil
	}
	replace := func(n func(s, old string) int) func(s, old, new string) (string, error) {
		return func(s, old, new string) (string, error) {
			if len(s)+strings.Count(s, old)*len(new) > 4*maxText {
				return text(strings.Repeat(" ", maxText+1))
			}
			return text(strings.Replace(s, old, new, n(s, old)))
		}
	}
	dictionary.AddFilter("uri_encode", func(s string) any { return percentEncode(s) })
	dictionary.AddFilter("json", func(v any) (any, error) {
		encoded, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		s, err := text(string(encoded))
		return safe(s), err
	})
	dictionary.AddFilter("append", func(s, suffix string) (string, error) { return text(s + suffix) })
	dictionary.AddFilter("prepend", func(s, prefix string) (string, error) { return text(prefix + s) })
	dictionary.AddFilter("replace", replace(func(string, string) int { return -1 }))
	dictionary.AddFilter("replace_first", replace(func(string, string) int { return 1 }))
	dictionary.AddFilter("split", func(s, separator string) ([]string, error) {
		parts := strings.SplitN(s, separator, maxItems+1)
		if len(parts) > maxItems {
			return nil, fmt.Errorf("split makes more than %d items", maxItems)
		}
		return parts, nil
	})
	dictionary.AddFilter("concat", func(a, b []any) ([]any, error) {
		if len(a)+len(b) > maxItems {
			return nil, fmt.Errorf("concat makes more than %d items", maxItems)
		}
		return append(append([]any{}, a...), b...), nil
	})
	dictionary.AddFilter("join", func(items []any, separator func(string) string) (string, error) {
		return join(items, separator(" "))
	})
	dictionary.AddFilter("date", formatDate)
	dictionary.AddFilter("replace_last", func(s, old, new string) (string, error) {
		at := strings.LastIndex(s, old)
		if at < 0 {
			return s, nil
		}
		return text(s[:at] + new + s[at+len(old):])
	})
}

func join(items []any, separator string) (string, error) {
	var all strings.Builder
	for i, item := range items {
		if i > 0 {
			all.WriteString(separator)
		}
		fmt.Fprint(&all, item)
		if all.Len() > maxText {
			return "", fmt.Errorf("join makes a text longer than %d KiB", maxText>>10)
		}
	}
	return all.String(), nil
}

// widths are the numbers in a strftime format, which pad their field.
var widths = regexp.MustCompile(`%[-_0^#]*\d{3,}`)

func formatDate(date time.Time, format func(string) string) (string, error) {
	layout := format("%Y-%m-%dT%H:%M:%S%:z")
	if len(layout) > 1000 || widths.MatchString(layout) {
		return "", fmt.Errorf("the date format is too wide")
	}
	return tuesday.Strftime(layout, date)
}

// safe marks a value as escaped already.
func safe(s string) any { return values.SafeValue{Value: s} }

// WriteString writes a value in the form that its place needs; it makes Escape
// the library's Replacer.
func (e Escape) WriteString(w io.Writer, s string) (int, error) {
	switch e {
	case JSON:
		s = jsonEscape(s)
	case URL:
		s = percentEncode(s)
	}
	return io.WriteString(w, s)
}

// jsonEscape is s as it stands between the quotes of a JSON string.
func jsonEscape(s string) string {
	encoded, err := json.Marshal(s)
	if err != nil { // no string fails
		return ""
	}
	return string(encoded[1 : len(encoded)-1])
}

// percentEncode encodes all but RFC 3986's unreserved characters.
func percentEncode(s string) string {
	const upperhex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperhex[c>>4])
		b.WriteByte(upperhex[c&15])
	}
	return b.String()
}
