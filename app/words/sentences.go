package words

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"folderfront/assets"
)

// The core speaks English; a face that speaks another language knows each of
// its sentences by a pattern, in which verbs of fmt stand for what was filled
// in, and says it anew. What was filled in may be a sentence itself, and several
// sentences may follow each other.

// phrase is one sentence: how to know it, and how to say it.
type phrase struct {
	english string
	known   *regexp.Regexp // nil when nothing is filled in
	said    string
}

// phrasebook holds the sentences of one language.
type phrasebook struct {
	fixed    map[string]string
	patterns []phrase // the most telling first
	gap      string   // between two sentences
}

var bookLanguages = []language.Tag{language.English, language.German, language.French, language.Spanish, language.Japanese}

var bookMatcher = language.NewMatcher(bookLanguages)

// books reads the sentences of each language, when it is first spoken.
var books = func() map[string]func() *phrasebook {
	all := map[string]func() *phrasebook{}
	for _, tag := range bookLanguages[1:] {
		all[tag.String()] = sync.OnceValue(func() *phrasebook { return readBook(tag.String()) })
	}
	return all
}()

// bookFor chooses the sentences for a person's languages; nil is English.
func bookFor(tags []string) *phrasebook {
	_, best := language.MatchStrings(bookMatcher, tags...)
	if read := books[bookLanguages[best].String()]; read != nil {
		return read()
	}
	return nil
}

func readBook(name string) *phrasebook {
	b := &phrasebook{fixed: map[string]string{}, gap: " "}
	if name == "ja" {
		b.gap = ""
	}
	data, err := assets.Sentences.ReadFile("sentences/" + name + ".json")
	var all map[string]string
	if err != nil || json.Unmarshal(data, &all) != nil {
		return b // the sentences stay English
	}
	for english, said := range all {
		if !verb.MatchString(english) {
			b.fixed[english] = said
			continue
		}
		b.patterns = append(b.patterns, phrase{english, pattern(english), said})
	}
	slices.SortFunc(b.patterns, func(x, y phrase) int {
		if d := len(verb.ReplaceAllString(y.english, "")) - len(verb.ReplaceAllString(x.english, "")); d != 0 {
			return d
		}
		return strings.Compare(x.english, y.english)
	})
	return b
}

// verb is a verb of fmt, perhaps with the number of what it stands for.
var verb = regexp.MustCompile(`%(?:\[(\d)\])?([sqdv])`)

// pattern knows a sentence with whatever was filled in.
func pattern(english string) *regexp.Regexp {
	var p strings.Builder
	p.WriteString(`(?s)^`)
	rest := 0
	for _, at := range verb.FindAllStringSubmatchIndex(english, -1) {
		p.WriteString(regexp.QuoteMeta(english[rest:at[0]]))
		p.WriteString(map[string]string{"q": `("(?:[^"\\]|\\.)*")`, "d": `(-?\d+)`, "s": `(.+?)`, "v": `(.+?)`}[english[at[4]:at[5]]])
		rest = at[1]
	}
	p.WriteString(regexp.QuoteMeta(english[rest:]) + `$`)
	return regexp.MustCompile(p.String())
}

// Sentence says a sentence of the core, or several. What isn't known stays as it
// is.
func (w Words) Sentence(english string) string {
	if w.book == nil || english == "" {
		return english
	}
	said, _ := w.book.say(english)
	return said
}

// say translates one sentence or those that follow each other: best all of
// them, else one with all the rest filled in, else as many as are known.
func (b *phrasebook) say(english string) (string, bool) {
	if said, known := b.fixed[english]; known {
		return said, true
	}
	partly := ""
	for i := len(english) - 1; i > 0; i-- {
		if english[i] != ' ' || !strings.ContainsRune(".!?", rune(english[i-1])) {
			continue
		}
		first, known := b.one(english[:i])
		if !known {
			continue
		}
		rest, all := b.say(english[i+1:])
		partly = first + b.gap + rest
		if all {
			return partly, true
		}
	}
	if said, known := b.one(english); known {
		return said, true
	}
	if partly != "" {
		return partly, false
	}
	return english, false
}

func (b *phrasebook) one(english string) (string, bool) {
	if said, known := b.fixed[english]; known {
		return said, true
	}
	for _, p := range b.patterns {
		if found := p.known.FindStringSubmatch(english); found != nil {
			return b.fill(p.said, found[1:]), true
		}
	}
	return english, false
}

// fill puts what was filled in into its places.
func (b *phrasebook) fill(said string, parts []string) string {
	next := 0
	return verb.ReplaceAllStringFunc(said, func(v string) string {
		n := next
		if at := verb.FindStringSubmatch(v); at[1] != "" {
			number, _ := strconv.Atoi(at[1]) // a digit
			n = number - 1
		} else {
			next++
		}
		if n < 0 || n >= len(parts) {
			return v
		}
		if !strings.Contains(parts[n], " ") {
			return parts[n] // a name
		}
		part, _ := b.say(parts[n])
		return part
	})
}
