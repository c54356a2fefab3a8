package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
)

// TestNamesAgainstModel does random changes and compares each answer with what
// a plain walk over all entries finds.
func TestNamesAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := newNames()
		model := map[int64]catalogue.Entry{}
		word := rapid.SampledFrom([]string{"plan", "Plan.txt", "a", "Ä", "東京", "ab", "aab", "x.y.z", "plan b", "ŒUVRE"})
		for range rapid.IntRange(1, 60).Draw(t, "changes") {
			number := rapid.Int64Range(1, 12).Draw(t, "number")
			if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
				n.remove(number)
				delete(model, number)
				continue
			}
			e := catalogue.Entry{
				Number:       number,
				ParentNumber: rapid.Int64Range(0, number-1).Draw(t, "parent"),
				Name:         word.Draw(t, "name") + rapid.SampledFrom([]string{"", "b", "plan"}).Draw(t, "end"),
				Modified:     time.Unix(rapid.Int64Range(1, 5).Draw(t, "time"), 0),
			}
			n.put(e)
			model[number] = e
			if rapid.Bool().Draw(t, "pack") {
				n.pack()
			}
		}
		n.settle()
		f := filter{
			within: rapid.Int64Range(0, 3).Draw(t, "within"),
			roots:  map[uint32]bool{1: true, 2: rapid.Bool().Draw(t, "second")},
		}
		words := parse(word.Draw(t, "question") + " " + rapid.SampledFrom([]string{"", "b", "a"}).Draw(t, "more"))
		limit := rapid.IntRange(1, 15).Draw(t, "limit")
		got, want := n.search(words, strings.Join(words, " "), f, limit), modelSearch(model, words, f, limit)
		if !slices.Equal(got, want) {
			t.Fatalf("%q within %d: got %v, want %v of %v", words, f.within, got, want, model)
		}
	})
}

// TestManyNamesAgainstModel holds more names than are searched in one go, with
// times that make it hard to know early which are the best.
func TestManyNamesAgainstModel(t *testing.T) {
	const count = 5000
	times := map[string]func(number int64) int64{
		"spread":       func(number int64) int64 { return number * 7919 % 1000 },
		"oldest first": func(number int64) int64 { return number },
		"newest first": func(number int64) int64 { return count - number },
		"all the same": func(int64) int64 { return 1 },
	}
	for name, at := range times {
		n, model := newNames(), map[int64]catalogue.Entry{}
		for number := int64(1); number <= count; number++ {
			e := catalogue.Entry{Number: number, ParentNumber: min(number-1, 1), Modified: time.Unix(at(number), 0)}
			e.Name = []string{"plan", "Plan b", "xplan.txt", "plan.txt", "other", "b plan"}[number*31%6]
			n.put(e)
			model[number] = e
		}
		n.settle()
		for number := int64(50); number < count; number += 50 {
			n.remove(number)
			delete(model, number)
		}
		f := filter{roots: map[uint32]bool{1: true}}
		for _, question := range []string{"plan", "p", "plan b", "b", "x", "plan.txt", "other", "nothing"} {
			for _, limit := range []int{1, 10, 1000, 2000} {
				words := parse(question)
				got, want := n.search(words, question, f, limit), modelSearch(model, words, f, limit)
				if !slices.Equal(got, want) {
					t.Errorf("%s, the best %d for %q: %d answers, want %d, or others", name, limit, question, len(got), len(want))
				}
			}
		}
	}
}

func modelSearch(model map[int64]catalogue.Entry, words []string, f filter, limit int) []hit {
	var hits []hit
	whole := strings.Join(words, " ")
	for _, e := range model {
		name := text.Fold(e.Name)
		matches := inModel(model, e, f)
		for _, w := range words {
			matches = matches && strings.Contains(name, w)
		}
		if matches {
			stem, rest, _ := strings.Cut(strings.TrimPrefix(name, whole), ".")
			exact := name == whole || strings.HasPrefix(name, whole+".") && stem == "" && !strings.Contains(rest, ".")
			hits = append(hits, hit{e.Number, uint32(e.Modified.Unix()), exact})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if a.better(b) {
			return -1
		}
		return 1
	})
	return hits[:min(limit, len(hits))]
}

// inModel says whether an entry lies in a folder that the filter allows.
func inModel(model map[int64]catalogue.Entry, e catalogue.Entry, f filter) bool {
	within := f.within == 0
	for e.ParentNumber != 0 {
		within = within || e.ParentNumber == f.within && model[f.within].Number != 0
		above, ok := model[e.ParentNumber]
		if !ok {
			return false
		}
		e = above
	}
	return within && f.roots[uint32(e.Number)]
}

// TestNamesPacking renames until dead slots have to go.
func TestNamesPacking(t *testing.T) {
	n := newNames()
	n.put(catalogue.Entry{Number: 1, Name: "Share", Folder: true})
	n.settle()
	for round := range 5 {
		for number := int64(2); number < 20_000; number++ {
			n.put(catalogue.Entry{Number: number, ParentNumber: 1, Name: fmt.Sprintf("name %d of round %d", number, round)})
		}
	}
	n.remove(7)
	n.remove(7)
	if count, bytes := n.size(); count != 19_998 || bytes > 4_000_000 {
		t.Errorf("%d names in %d bytes", count, bytes)
	}
	everywhere := filter{roots: map[uint32]bool{1: true}}
	for question, want := range map[string]int{"name": 2000, "round 3": 0, "name 19999 of round 4": 1, "name 7 of": 0} {
		if got := len(n.search([]string{question}, question, everywhere, 2000)); got != want {
			t.Errorf("%q: %d answers, want %d", question, got, want)
		}
	}
}

// TestNamesRefuses what doesn't fit, rather than finding the wrong file.
func TestNamesRefuses(t *testing.T) {
	n := newNames()
	for _, number := range []int64{0, -1, 1 << 33} {
		n.put(catalogue.Entry{Number: number, Name: "x"})
		n.remove(number)
	}
	if count, _ := n.size(); count != 0 {
		t.Errorf("%d names", count)
	}
}

// TestNamesInCircles holds what no catalogue should tell.
func TestNamesInCircles(t *testing.T) {
	n := newNames()
	n.put(catalogue.Entry{Number: 1, ParentNumber: 2, Name: "one"})
	n.put(catalogue.Entry{Number: 2, ParentNumber: 1, Name: "two"})
	n.put(catalogue.Entry{Number: 3, ParentNumber: 99, Name: "orphan"})
	n.settle()
	f := filter{roots: map[uint32]bool{1: true, 2: true, 3: true}}
	for _, within := range []int64{0, 1, 3, 99} {
		f.within = within
		if got := n.search([]string{"o"}, "o", f, 10); len(got) != 0 {
			t.Errorf("within %d: %v", within, got)
		}
	}
}
