package catalogue

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNaturalOrder(t *testing.T) {
	sorted := []string{"a", "A1", "a2", "a02b", "a10", "a10.txt", "ab", "b", "B 2", "b 10", "é", "z", "日本"}
	children := make([]member, 0, len(sorted)+2)
	for _, name := range sorted {
		children = append(children, member{name: name})
	}
	children = append(children, member{name: "zz", folder: true}, member{name: "z1", folder: true})
	slices.Reverse(children)
	var names []string
	for _, m := range sortChildren(children) {
		names = append(names, m.name)
	}
	want := []string{"z1", "zz", "a", "A1", "a2", "a02b", "a10", "a10.txt", "ab", "b", "B 2", "b 10", "é", "z", "日本"}
	if !slices.Equal(names, want) {
		t.Errorf("%q\nwant %q", names, want)
	}
}

// TestNaturalOrderOfLikeNames has names that begin alike, up to none at all and for longer than
// sorting looks at first.
func TestNaturalOrderOfLikeNames(t *testing.T) {
	for _, shared := range []string{"", "Report of the year ", "ÉTÉ ", "7"} {
		var children []member
		for _, end := range []string{"10 of many.pdf", "9 of many.pdf", "10 of many.txt", "", "é", "E", "e", "10 OF MANY.PDF"} {
			children = append(children, member{name: shared + end, id: newID()})
		}
		sorted := sortChildren(children)
		for i, m := range sorted[1:] {
			before := sorted[i]
			a, b := before.appendKey(nil), m.appendKey(nil)
			if cmp.Or(bytes.Compare(a, b), before.compareSpelling(m)) >= 0 {
				t.Errorf("%q before %q", before.name, m.name)
			}
		}
	}
}

// FuzzNaturalOrder holds that the order of keys is one order: numbers by value, and no key of two
// digits' runs taken for another.
func FuzzNaturalOrder(f *testing.F) {
	f.Add("a", 9, 10)
	f.Add("page ", 99, 100)
	f.Add("", 0, 1)
	f.Fuzz(func(t *testing.T, before string, x, y int) {
		if x < 0 || y < 0 || strings.ContainsAny(before, "0123456789") {
			return
		}
		a, b := appendNaturalKey(nil, fmt.Sprint(before, x)), appendNaturalKey(nil, fmt.Sprintf("%s%05d", before, y))
		if got := bytes.Compare(a, b); got != cmp.Compare(x, y) && strings.HasSuffix(Fold(before+"1"), "1") {
			t.Errorf("%q: %d against %d is %d", before, x, y, got)
		}
	})
}
