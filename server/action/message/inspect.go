package message

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	markup = regexp.MustCompile(`(?s)\{\{.*?\}\}|\{%.*?%\}`)
	quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	ranges = regexp.MustCompile(`\(\s*(\d+)\s*\.\.\s*(\d+)\s*\)`)
	named  = regexp.MustCompile(`^\{%-?\s*(\w+)`)
)

// inspect refuses the constructions that multiply: ranges of unknown or great
// length, loops in loops, variables that grow in a loop or a capture.
func inspect(source string) error {
	depth := 0
	for _, at := range markup.FindAllStringIndex(source, -1) {
		text := source[at[0]:at[1]]
		line := 1 + strings.Count(source[:at[0]], "\n")
		if err := inspectRanges(line, text); err != nil {
			return err
		}
		tag := ""
		if m := named.FindStringSubmatch(text); m != nil {
			tag = m[1]
		}
		switch {
		case tag == "for" || tag == "tablerow":
			if depth++; depth > 1 {
				return fail(line, "a loop inside a loop is not allowed")
			}
		case tag == "endfor" || tag == "endtablerow":
			depth--
		case tag == "capture":
			return fail(line, "capture is not allowed, for the library can't bound it; use assign with append")
		case depth > 0 && tag == "assign":
			return fail(line, "assign inside a loop is not allowed")
		}
	}
	return nil
}

// inspectRanges wants both ends of every range as numbers, not far apart.
func inspectRanges(line int, text string) error {
	bare := quoted.ReplaceAllString(text, `""`)
	rest := ranges.ReplaceAllStringFunc(bare, func(r string) string {
		m := ranges.FindStringSubmatch(r)
		from, err1 := strconv.Atoi(m[1])
		to, err2 := strconv.Atoi(m[2])
		if err1 != nil || err2 != nil || to-from >= maxItems || from > 1<<30 {
			return r
		}
		return ""
	})
	if strings.Contains(rest, "..") {
		return fail(line, "a range needs two numbers that are less than %d apart", maxItems)
	}
	return nil
}
