package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"folderfront/server/catalogue"
)

// vocabulary is what generated names are made of.
var vocabulary = strings.Fields(`report budget invoice contract draft final campaign summer winter photo scan meeting
	notes agenda minutes proposal offer client brand logo banner flyer poster brochure product launch press release
	Überblick Größe naïve résumé 東京 報告 плакат отчёт design review approved version export archive backup team
	schedule roadmap strategy analysis survey results presentation deck template guideline manual handbook`)

var extensions = strings.Fields("docx xlsx pptx pdf jpg png psd ai indd mp4 txt md csv html")

// generated gives n entries in n/20 folders below one share, the same every
// time.
func generated(n int) []catalogue.Entry {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string { return vocabulary[random.IntN(len(vocabulary))] }
	entries := []catalogue.Entry{{Number: 1, Name: "Share", Folder: true}}
	folders := []int64{1}
	for number := int64(2); number <= int64(n); number++ {
		e := catalogue.Entry{
			Number: number, ParentNumber: folders[random.IntN(len(folders))],
			Modified: time.Unix(1_600_000_000+random.Int64N(100_000_000), 0),
		}
		if e.Folder = random.IntN(20) == 0; e.Folder {
			e.Name = word() + " " + word()
			e.ParentNumber = folders[random.IntN(min(len(folders), 1000))] // paths of ordinary depth
			folders = append(folders, number)
		} else {
			e.Name = fmt.Sprintf("%s_%s-%04d.%s", word(), word(), random.IntN(10_000), extensions[random.IntN(len(extensions))])
		}
		entries = append(entries, e)
	}
	return entries
}

func millionNames(b *testing.B) *names {
	b.Helper()
	n := newNames()
	for _, e := range generated(1_000_000) {
		n.put(e)
	}
	n.settle()
	n.compact()
	return n
}

// processor measures the processor time of a benchmark, which says more than
// the clock on a busy computer.
func processor(b *testing.B) {
	begin := cpu(syscall.RUSAGE_SELF)
	b.Cleanup(func() { b.ReportMetric(ms(cpu(syscall.RUSAGE_SELF)-begin)/float64(b.N), "cpu-ms/op") })
}

func BenchmarkNames(b *testing.B) {
	n := millionNames(b)
	_, bytes := n.size()
	b.Logf("%d MB in memory", bytes/1e6)
	everything := filter{roots: map[uint32]bool{1: true}}
	for _, question := range []string{"e", "report", "budget invoice", "1234.docx", "東京", "nowhere to be found", "отчёт final"} {
		b.Run(strings.ReplaceAll(question, " ", "+"), func(b *testing.B) {
			words := parse(question)
			processor(b)
			for b.Loop() {
				n.search(words, strings.Join(words, " "), everything, DefaultMax)
			}
		})
	}
	for name, at := range map[string]func(slot int) uint32{
		"oldest+first": func(slot int) uint32 { return uint32(slot) },
		"newest+first": func(slot int) uint32 { return uint32(len(n.number) - slot) },
		"all+the+same": func(int) uint32 { return 1 },
	} {
		b.Run("e+"+name, func(b *testing.B) {
			kept := slices.Clone(n.modified)
			defer func() { n.modified = kept }()
			for slot := range n.modified {
				n.modified[slot] = at(slot)
			}
			processor(b)
			for b.Loop() {
				n.search([]string{"e"}, "e", everything, DefaultMax)
			}
		})
	}
	b.Run("within", func(b *testing.B) {
		f := everything
		f.within = 40
		processor(b)
		for b.Loop() {
			n.search([]string{"report"}, "report", f, DefaultMax)
		}
	})
}

func BenchmarkNamesLoad(b *testing.B) {
	entries := generated(1_000_000)
	for b.Loop() {
		n := newNames()
		for _, e := range entries {
			n.put(e)
		}
		n.settle()
		n.compact()
	}
}
