package search

import (
	"strings"
	"unicode"

	"folderfront/server/search/text"
)

// The bounds of one question; what lies beyond is left out.
const (
	maxQuestion = 4 << 10 // bytes
	maxWords    = 64
)

// parse takes apart what a person typed: words parted by white space, and what
// stands between two double quotes as one phrase. A quote opens a phrase only
// where a word could begin; one without a partner, or within a word, is a
// character like any other. There is nothing else to know, and nothing that
// can be wrong. The words are folded; white space within a phrase is one space.
func parse(question string) []string {
	rest := clean(question)
	var words []string
	for len(words) < maxWords {
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			break
		}
		var word string
		word, rest = next(rest)
		if word != "" {
			words = append(words, word)
		}
	}
	return words
}

// next takes a phrase or a word off the front.
func next(s string) (word, rest string) {
	if inside, quoted := strings.CutPrefix(s, `"`); quoted {
		if phrase, rest, closed := strings.Cut(inside, `"`); closed {
			return strings.TrimSpace(phrase), rest
		}
	}
	word, rest, _ = strings.Cut(s, " ")
	return word, rest
}

// clean folds a question, bounds it and makes all white space and control
// characters single spaces.
func clean(question string) string {
	if len(question) > maxQuestion {
		question = strings.ToValidUTF8(question[:maxQuestion], "")
	}
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	return strings.Join(strings.FieldsFunc(text.Fold(question), blank), " ")
}

// unquoted is a word without the quotes that were only text.
func unquoted(words []string) []string {
	var plain []string
	for _, w := range words {
		if w = strings.ReplaceAll(w, `"`, ""); w != "" {
			plain = append(plain, w)
		}
	}
	return plain
}

// match puts words into the syntax of FTS5 (SQLite, "Full-text Query Syntax"):
// each one a string in quotes, so that nothing in it is syntax. Words without
// a letter or digit are in no index and left out; "" means that nothing is
// left to ask for.
func match(words []string) string {
	var quoted []string
	for _, w := range words {
		if strings.ContainsFunc(w, indexed) {
			w = strings.ReplaceAll(text.Spaced(w), `"`, `""`)
			quoted = append(quoted, `"`+w+`"`)
		}
	}
	return strings.Join(quoted, " ")
}

// indexed says whether the tokenizer unicode61 keeps the character.
func indexed(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}
