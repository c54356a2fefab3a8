package search

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/server/catalogue"
)

func TestQuery(t *testing.T) {
	b := newBench(t, "Docs")
	files := map[string]string{
		"Quarterly Report.docx":   docx("The turnover grew in spring."),
		"letters/Crème brûlée.md": "Take six eggs and some cream.",
		"letters/東京都の報告書.txt":     "これは日本語の文章です。会議は大阪で開かれた。",
		"letters/รายงาน.txt":      "ประชุมที่กรุงเทพมหานคร",
		"letters/تقرير.txt":       "اجتماع في القاهرة مع أحمد",
		"mail/offer.eml":          "Subject: Offer\r\nFrom: a@example.com\r\n\r\nWe propose zeppelins.\r\n",
		"web/page.html":           "<p>Hydro<b>ponics</b> for all</p>",
		"old/letter.rtf":          `{\rtf1\ansi Gutenberg\par}`,
		"src/main.go":             "package main // quixotic",
		`disc 12" single.txt`:     "vinyl",
		"R&D budget_2024.csv":     "a,b",
	}
	for name, content := range files {
		b.write("Docs", name, content)
	}
	b.finds("quixotic", "main.go")
	for _, tt := range []struct{ question, want string }{
		{"report", "Quarterly Report.docx"},
		{"rterly rep", "Quarterly Report.docx"},
		{"REPORT quarterly", "Quarterly Report.docx"},
		{`"quarterly report"`, "Quarterly Report.docx"},
		{`"report quarterly"`, ""},
		{"creme BRULEE", "Crème brûlée.md"},
		{"cre\u0300me", "Crème brûlée.md"},
		{"京都", "東京都の報告書.txt"},
		{"報告", "東京都の報告書.txt"},
		{"turnover", "Quarterly Report.docx"},
		{"spring turnover", "Quarterly Report.docx"},
		{`"turnover grew"`, "Quarterly Report.docx"},
		{`"grew turnover"`, ""},
		{"turnover eggs", ""},
		{"日本語", "東京都の報告書.txt"},
		{"大阪", "東京都の報告書.txt"},
		{"阪大", ""},
		{"กรุงเทพ", "รายงาน.txt"},
		{"القاهرة", "تقرير.txt"},
		{"احمد", "تقرير.txt"},
		{"zeppelins", "offer.eml"},
		{"hydroponics", "page.html"},
		{"gutenberg", "letter.rtf"},
		{`12"`, `disc 12" single.txt`},
		{`"single`, `disc 12" single.txt`},
		{`"turnover`, "Quarterly Report.docx"},
		{"R&D", "R&D budget_2024.csv"},
		{"budget_2024.csv", "R&D budget_2024.csv"},
		{".csv", "R&D budget_2024.csv"},
		{"letters", "letters"},
		{"turnover OR eggs", ""},
		{"turn*", ""},
		{"t: NEAR(a b) AND * ^ -", ""},
		{"", ""},
		{" \t\n\x00 ", ""},
		{`""`, ""},
		{`"`, `disc 12" single.txt`},
		{strings.Repeat("zz ", 10_000), ""},
		{"\xff\xfe", ""},
	} {
		if got := b.ask(Query{Text: tt.question}); got != tt.want {
			t.Errorf("question %.80q: got %q, want %q", tt.question, got, tt.want)
		}
	}
}

func docx(text string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("word/document.xml")
	if err != nil {
		panic(err)
	}
	f.Write([]byte("<w:document><w:p><w:t>" + text + "</w:t></w:p></w:document>"))
	w.Close()
	return b.String()
}

func TestRanking(t *testing.T) {
	b := newBench(t, "Docs")
	b.aged(b.write("Docs", "plan notes.txt", "nothing"), 1)
	b.aged(b.write("Docs", "my plan.txt", "nothing"), 2)
	b.aged(b.write("Docs", "plan.txt", "nothing"), 30)
	b.aged(b.write("Docs", "sub/plan", "nothing"), 20)
	b.aged(b.write("Docs", "old.txt", "the plan of it"), 10)
	b.aged(b.write("Docs", "new.txt", "the plan of it"), 5)
	want := "plan | plan.txt | plan notes.txt | my plan.txt | new.txt | old.txt"
	b.finds("plan", want)
	if got := b.ask(Query{Text: "plan", Max: 3}); got != "plan | plan.txt | plan notes.txt" {
		t.Errorf("the best three: %s", got)
	}
	if got := b.ask(Query{Text: "plan", Max: -1}); got != want {
		t.Errorf("a senseless maximum: %s", got)
	}
}

// TestRankingOfContents has a file that speaks of little else come before newer
// ones that only mention the word, and the newest first once the word is common.
func TestRankingOfContents(t *testing.T) {
	b := newBench(t, "Docs")
	mention := "falcon " + strings.Repeat("and much else besides ", 50)
	b.aged(b.write("Docs", "birds.txt", strings.Repeat("falcon ", 5)), 1000)
	b.aged(b.write("Docs", "diary.txt", mention), 20)
	b.aged(b.write("Docs", "letter.txt", mention), 10)
	b.finds("falcon", "birds.txt | letter.txt | diary.txt")

	want := []string{"letter.txt", "diary.txt"}
	for i := range telling {
		name := fmt.Sprintf("page %d.txt", i)
		b.aged(b.write("Docs", "book/"+name, mention), 30+i)
		want = append(want, name)
	}
	b.finds("falcon", strings.Join(append(want, "birds.txt"), " | "))
}

func TestRights(t *testing.T) {
	b := newBench(t, "Open", "Secret")
	b.write("Open", "memo.txt", "the falcon flies")
	b.write("Secret", "memo two.txt", "the falcon lands")
	b.finds("falcon lands", "memo two.txt")
	b.finds("falcon flies", "memo.txt")
	for _, question := range []string{"memo", "falcon", "secret", "two"} {
		q := Query{Text: question, May: func(share string) bool { return share == "Open" }}
		if got := b.ask(q); strings.Contains(got, "two") || strings.Contains(got, "Secret") {
			t.Errorf("question %q reveals %s", question, got)
		}
	}
	if got := b.ask(Query{Text: "memo", May: func(string) bool { return false }}); got != "" {
		t.Errorf("without any right: %s", got)
	}
}

func TestWithin(t *testing.T) {
	b := newBench(t, "Docs", "Other")
	b.write("Docs", "a/deep/er/target one.txt", "falcon")
	b.write("Docs", "b/target two.txt", "falcon")
	b.write("Other", "target three.txt", "falcon")
	b.finds("falcon one", "target one.txt")
	b.until("all are indexed", func() bool {
		b.hint()
		return strings.Count(b.ask(Query{Text: "falcon"}), "target") == 3
	}, func() string { return b.ask(Query{Text: "falcon"}) })
	within := func(name string) catalogue.ID {
		t.Helper()
		entries, err := b.Query(t.Context(), Query{Text: name})
		if err != nil || len(entries) == 0 {
			t.Fatalf("%s: %d answers, error %v", name, len(entries), err)
		}
		return entries[0].ID
	}
	for folder, want := range map[string]string{
		"deep": "target one.txt", "b": "target two.txt", "Other": "target three.txt", "target one.txt": "",
	} {
		for _, question := range []string{"target", "falcon"} {
			if got := b.ask(Query{Text: question, Within: within(folder)}); got != want {
				t.Errorf("%q within %s: got %q, want %q", question, folder, got, want)
			}
		}
	}
	if _, err := b.Query(t.Context(), Query{Text: "target", Within: b.c.NewID()}); !errors.Is(err, catalogue.ErrNotFound) {
		t.Errorf("an unknown folder: error %v", err)
	}
}

func TestChanges(t *testing.T) {
	b := newBench(t, "Docs", "Other")
	path := b.write("Docs", "folder/first.txt", "alpha")
	b.finds("alpha", "first.txt")

	renamed := filepath.Join(filepath.Dir(path), "second.txt")
	must(t, os.Rename(path, renamed))
	b.finds("second", "second.txt")
	b.finds("alpha", "second.txt")
	b.finds("first", "")

	must(t, os.WriteFile(renamed, []byte("beta and more"), 0o644))
	b.finds("beta", "second.txt")
	b.finds("alpha", "")

	moved := filepath.Join(b.dirs["Other"], "moved folder")
	must(t, os.Rename(filepath.Dir(renamed), moved))
	b.finds("moved", "moved folder")
	b.answers(Query{Text: "beta", May: func(share string) bool { return share == "Other" }}, "second.txt")
	b.answers(Query{Text: "beta", May: func(share string) bool { return share == "Docs" }}, "")

	must(t, os.RemoveAll(moved))
	b.finds("beta", "")
	b.finds("second", "")
	b.finds("moved", "")
}

func TestChangeOfExtension(t *testing.T) {
	b := newBench(t, "Docs")
	path := b.write("Docs", "page.txt", "<p>visible</p><script>invisible</script>")
	b.finds("invisible", "page.txt")
	must(t, os.Rename(path, strings.TrimSuffix(path, "txt")+"html"))
	b.finds("visible", "page.html")
	b.finds("invisible", "")
}

func TestOfflineAndPausedShares(t *testing.T) {
	b := newBench(t, "Docs", "Drive")
	b.write("Docs", "here.txt", "falcon")
	b.write("Drive", "there.txt", "falcon")
	b.finds("there", "there.txt")
	b.until("both are indexed", func() bool { return strings.Count(b.ask(Query{Text: "falcon"}), "txt") == 2 },
		func() string { return b.ask(Query{Text: "falcon"}) })
	shares := []catalogue.Share{{Name: "Docs", Path: b.dirs["Docs"]}, {Name: "Drive", Path: b.dirs["Drive"], Paused: true}}
	must(t, b.c.SetShares(t.Context(), shares))
	b.finds("falcon", "here.txt")
	shares[1].Paused = false
	must(t, b.c.SetShares(t.Context(), shares))
	b.until("it is back", func() bool { return strings.Count(b.ask(Query{Text: "falcon"}), "txt") == 2 },
		func() string { return b.ask(Query{Text: "falcon"}) })
	must(t, b.c.SetShares(t.Context(), shares[:1]))
	b.finds("falcon", "here.txt")
	b.finds("there", "")
}

func TestQueryEndsWithItsContext(t *testing.T) {
	c, err := catalogue.Open(t.Context(), catalogue.Config{Path: filepath.Join(t.TempDir(), "catalogue.db")})
	must(t, err)
	defer c.Close()
	s, err := New(t.Context(), Config{Catalogue: c})
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Query(ctx, Query{Text: "names are not loaded"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
