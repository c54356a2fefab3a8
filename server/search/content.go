package search

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math"
	"slices"
	"strconv"

	"folderfront/server/search/text"
)

// schema, step by step; a step that was released is never changed. The second lets
// FTS5 keep what a transaction adds in memory until its end, and merge less often
// (SQLite, "FTS5 Extension", 6.1 and 6.7).
//
// search_text: the words of each file in the spaced form, by its number. It
// keeps no text, so it can't be read back.
//
// search_file: what is known of a file's content: its size in bytes and time in
// Unix nanoseconds when it was read, the text.Recipe it was read by, and the
// text.Outcome. A file whose row agrees with the catalogue needs no reading.
var schema = []string{`
CREATE VIRTUAL TABLE search_text USING fts5(t, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
INSERT INTO search_text (search_text, rank) VALUES ('pgsz', 8050);
CREATE TABLE search_file (
	number   INTEGER PRIMARY KEY,
	size     INTEGER NOT NULL,
	modified INTEGER NOT NULL,
	recipe   INTEGER NOT NULL,
	outcome  INTEGER NOT NULL
);
`, `
INSERT INTO search_text (search_text, rank) VALUES ('hashsize', 16777216);
INSERT INTO search_text (search_text, rank) VALUES ('automerge', 8);
`}

// stamp is a file's content as far as it can be told without reading it.
type stamp struct{ size, modified, recipe int64 }

// kept is what the index keeps of a file, zero if it was never read.
type kept struct {
	stamp   stamp
	outcome text.Outcome
}

// A reading is what became of one file. Its number alone, without an outcome,
// means that the file is gone.
type reading struct {
	number int64
	kept
	text   string
	before kept // what the index keeps until the reading is written
}

// write puts readings into the index, in one transaction.
func (s *Search) write(ctx context.Context, readings []reading) error {
	return s.c.Update(ctx, func(tx *sql.Tx) error {
		w, err := newWriter(ctx, tx)
		for i := 0; i < len(readings) && err == nil; i++ {
			err = w.write(ctx, readings[i])
		}
		return err
	})
}

// A writer holds the statements of one transaction, parsed once. They end with it.
type writer struct{ removeText, removeFile, text, file *sql.Stmt }

func newWriter(ctx context.Context, tx *sql.Tx) (w writer, err error) {
	for _, s := range []struct {
		statement **sql.Stmt
		query     string
	}{
		{&w.removeText, `DELETE FROM search_text WHERE rowid=?`},
		{&w.removeFile, `DELETE FROM search_file WHERE number=?`},
		{&w.text, `INSERT INTO search_text (rowid, t) VALUES (?,?)`},
		{&w.file, `INSERT INTO search_file VALUES (?,?,?,?,?) ON CONFLICT (number) DO UPDATE SET
			size=excluded.size, modified=excluded.modified, recipe=excluded.recipe, outcome=excluded.outcome`},
	} {
		if *s.statement, err = tx.PrepareContext(ctx, s.query); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w writer) write(ctx context.Context, r reading) error {
	if r.before.outcome == text.Found {
		if _, err := w.removeText.ExecContext(ctx, r.number); err != nil {
			return err
		}
	}
	if r.outcome == 0 {
		_, err := w.removeFile.ExecContext(ctx, r.number)
		return err
	}
	if r.outcome == text.Found {
		if _, err := w.text.ExecContext(ctx, r.number, r.text); err != nil {
			return err
		}
	}
	_, err := w.file.ExecContext(ctx, r.number, r.stamp.size, r.stamp.modified, r.stamp.recipe, r.outcome)
	return err
}

// keptOf is what the index keeps of files, by their numbers.
func (s *Search) keptOf(ctx context.Context, tasks []task) (map[int64]kept, error) {
	list := []byte{'['}
	for i, t := range tasks {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, t.number, 10)
	}
	known := map[int64]kept{}
	const query = `SELECT number, size, modified, recipe, outcome FROM search_file WHERE number IN (SELECT value FROM json_each(?))`
	err := s.c.Each(ctx, query, string(append(list, ']')), func(row []driver.Value) error {
		whole := func(column int) int64 { return row[column].(int64) }
		known[whole(0)] = kept{stamp{whole(1), whole(2), whole(3)}, text.Outcome(whole(4))}
		return nil
	})
	return known, err
}

// found is a file found by content; rank is lower for the better (BM25), 0 for all
// when they are too many to be told apart by it.
type found struct {
	number   int64
	modified uint32
	rank     float64
}

// telling is among how many hits the rank says which ones are meant. Among more, a
// word is so common that it says little, and ranks are dear: to begin with, FTS5 looks
// the word up twice more (a tenth of a millisecond in an index of five segments), then
// each takes 1.2 µs at best, as much as finding eight files. With 50 a question stays
// below what it may take, a thousandth of ripgrep's time, on a busy computer too; with
// 100 it passes that there, with 2,000 it takes seven times as much.
const telling = 50

// errEnough ends a query whose further rows aren't wanted.
var errEnough = errors.New("enough")

// contents gives the numbers of files whose text holds all words and that the
// filter lets through, best first: of few by their rank, of many those that the
// catalogue met last, at least enough of them, by their time.
func (s *Search) contents(ctx context.Context, words []string, f filter, enough int) ([]int64, error) {
	expression := match(words)
	if expression == "" {
		return nil, nil
	}
	all, hits, err := s.latest(ctx, expression, f, enough)
	if err == nil && len(all) > 1 && hits <= telling {
		err = s.rank(ctx, expression, all)
	}
	if err != nil {
		return nil, err
	}
	return byRelevance(all), nil
}

// latest gives at least enough files, if there are that many; hits is how many were
// looked at for it.
func (s *Search) latest(ctx context.Context, expression string, f filter, enough int) (all []found, hits int, err error) {
	const query = `SELECT rowid FROM search_text WHERE search_text MATCH ? ORDER BY rowid DESC`
	some := make([]found, 0, 500) // are let through the filter in one go
	err = s.c.Each(ctx, query, expression, func(row []driver.Value) error {
		hits++
		if some = append(some, found{number: row[0].(int64)}); len(some) < min(cap(some), max(100, enough-len(all))) {
			return nil
		}
		all, some = s.names.visible(all, some, f), some[:0]
		if len(all) >= enough {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, hits, err
	}
	return s.names.visible(all, some, f), hits, nil
}

// rank fills in the ranks of all files that an expression finds, given as latest
// gives them. What the index has learnt or lost meanwhile is passed over.
func (s *Search) rank(ctx context.Context, expression string, all []found) error {
	const query = `SELECT rowid, rank FROM search_text WHERE search_text MATCH ? ORDER BY rowid DESC`
	return s.c.Each(ctx, query, expression, func(row []driver.Value) error {
		number := row[0].(int64)
		for len(all) > 0 && all[0].number > number {
			all = all[1:]
		}
		if len(all) > 0 && all[0].number == number {
			all[0].rank = row[1].(float64)
		}
		return nil
	})
}

// byRelevance sorts by rank, in tenths of the best one's: files that answer
// nearly as well are equals, of which the newer comes first.
func byRelevance(all []found) []int64 {
	best := 0.0
	for _, one := range all {
		best = min(best, one.rank)
	}
	if best != 0 {
		for i := range all {
			all[i].rank = -math.Floor(all[i].rank / best * 10)
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		switch {
		case a.rank != b.rank:
			return cmp.Compare(a.rank, b.rank)
		case a.modified != b.modified:
			return cmp.Compare(b.modified, a.modified)
		}
		return cmp.Compare(b.number, a.number)
	})
	numbers := make([]int64, len(all))
	for i, one := range all {
		numbers[i] = one.number
	}
	return numbers
}
