package search

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkContents asks for a word that all of 3,000 files hold, one that
// every hundredth holds, and one that a single file holds.
func BenchmarkContents(b *testing.B) {
	s := newBench(b, "Docs")
	for i := range 3000 {
		text := fmt.Sprintf("common unique%d %s", i, strings.Repeat("filler words ", 100))
		if i%100 == 0 {
			text += " rare"
		}
		s.write("Docs", fmt.Sprintf("folder %d/file %d.txt", i%50, i), text)
	}
	s.finds("unique2999", "file 2999.txt")
	s.indexed()
	for _, word := range []string{"common", "rare", "unique77"} {
		b.Run(word, func(b *testing.B) {
			for b.Loop() {
				s.ask(Query{Text: word})
			}
		})
	}
}
