package search

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	_ "modernc.org/sqlite"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		question string
		want     []string
	}{
		{"", nil},
		{"  Two\twords\n", []string{"two", "words"}},
		{`"A Phrase" word`, []string{"a phrase", "word"}},
		{`word "a  phrase"`, []string{"word", "a phrase"}},
		{`"phrase"word`, []string{"phrase", "word"}},
		{`"unbalanced words`, []string{`"unbalanced`, "words"}},
		{`12" x 14"`, []string{`12"`, "x", `14"`}},
		{`a"b c"d`, []string{`a"b`, `c"d`}},
		{`""`, nil},
		{`"""`, []string{`"`}},
		{`" "`, nil},
		{`“curly quotes”`, []string{"curly quotes"}},
		{"l’été", []string{"l'ete"}},
		{`* AND OR ( NEAR/2 col: -x ^y`, []string{"*", "and", "or", "(", "near/2", "col:", "-x", "^y"}},
		{"nul\x00and\x1bescape", []string{"nul", "and", "escape"}},
		{"wide　space", []string{"wide", "space"}},
		{`\d+.*`, []string{`\d+.*`}},
	} {
		if got := parse(tt.question); !slices.Equal(got, tt.want) {
			t.Errorf("parse(%q) = %q, want %q", tt.question, got, tt.want)
		}
	}
	if got := parse(strings.Repeat("ab ", 10_000)); len(got) != maxWords {
		t.Errorf("%d words", len(got))
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{"plain"}, `"plain"`},
		{[]string{"a phrase", "word"}, `"a phrase" "word"`},
		{[]string{`12"`, "&"}, `"12"""`},
		{[]string{"&", "*"}, ""},
		{[]string{"東京"}, `" 東  京 "`},
	} {
		if got := match(tt.words); got != tt.want {
			t.Errorf("match(%q) = %s, want %s", tt.words, got, tt.want)
		}
	}
}

// FuzzQuestion asks SQLite itself whether a question made it through.
func FuzzQuestion(f *testing.F) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		f.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema[0]); err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		"", `"`, `""`, `" AND "`, `a" OR b`, `NEAR("a b" c, 5)`, "t:a", "a*", "^a", "{t}:a", "東京 \"x", "\x00", "+a -b", "ﷺ",
		"\u20dd", "a\u0301", "ก่อน", "😀 🏳️‍🌈", "'; DROP TABLE search_text; --", strings.Repeat("(", 300),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, question string) {
		words := parse(question)
		if len(words) > maxWords {
			t.Errorf("%d words", len(words))
		}
		for _, w := range words {
			if w == "" || !utf8.ValidString(w) || strings.ContainsRune(w, 0) {
				t.Errorf("word %q of %q", w, question)
			}
		}
		expression := match(words)
		if expression == "" {
			return
		}
		var count int
		if err := db.QueryRow(`SELECT count(*) FROM search_text WHERE search_text MATCH ?`, expression).Scan(&count); err != nil {
			t.Errorf("question %q, expression %s: %v", question, expression, err)
		}
	})
}
