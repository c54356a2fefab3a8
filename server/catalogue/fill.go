package catalogue

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"
	"strings"
)

// allNew tells whether nothing of a folder can be known, neither by its place nor by its key nor
// from a grave: then no match needs looking for.
func (f *folderPass) allNew() (bool, error) {
	if !f.ch.initial || len(f.known) > 0 {
		return false, nil
	}
	if graves, err := f.ch.graves(); err != nil || graves {
		return false, err
	}
	if f.keyless {
		return true, nil
	}
	known, err := f.ch.knowsAny(f.listing.items)
	return !known, err
}

const keysAtOnce = 64

var selectKeys = `SELECT EXISTS (SELECT 1 FROM node WHERE low IN (?` + strings.Repeat(`,?`, keysAtOnce-1) + `))`

// knowsAny tells whether there may be a node with the key of one of the items; of the keys it looks
// at the halves that are indexed.
func (ch *change) knowsAny(items []info) (bool, error) {
	statement, err := ch.statement(selectKeys)
	if err != nil {
		return false, err
	}
	for some := range slices.Chunk(items, keysAtOnce) {
		keys := make([]any, keysAtOnce)
		for i := range keys {
			keys[i] = some[min(i, len(some)-1)].key.low
		}
		var known bool
		if err := statement.QueryRow(keys...).Scan(&known); err != nil || known {
			return known, err
		}
	}
	return false, nil
}

// fill inserts all that a new folder holds.
func (f *folderPass) fill() error {
	first, err := f.ch.nextNumber()
	if err != nil {
		return err
	}
	rows := make([]newRow, len(f.listing.items))
	for i, in := range f.listing.items {
		rows[i] = newRow{in, foldHash(in.name), f.key(in.key)}
	}
	slices.SortFunc(rows, func(a, b newRow) int { return cmp.Compare(a.fold, b.fold) }) // as the index is
	t := f.ch.delta[f.s]
	for i, r := range rows {
		number := first + int64(i)
		t = t.plus(r.info, +1)
		f.ch.fresh = append(f.ch.fresh, number)
		if r.folder {
			f.below = append(f.below, task{number: number, path: join(f.task.path, r.name), deep: true, fresh: true})
		}
	}
	f.ch.delta[f.s] = t
	return f.ch.insertRows(f.task.number, first, rows)
}

// newRow is a node to be.
type newRow struct {
	info
	fold int64
	key  storedKey
}

// nextNumber is the number that the next new node gets.
func (ch *change) nextNumber() (next int64, err error) {
	statement, err := ch.statement(`SELECT seq+1 FROM sqlite_sequence WHERE name='node'`)
	if err != nil {
		return 0, err
	}
	err = statement.QueryRow().Scan(&next)
	if errors.Is(err, sql.ErrNoRows) {
		return 1, nil
	}
	return next, err
}

// insertRows adds nodes to a folder, numbered from first on, many with one statement: each then
// costs half as much.
func (ch *change) insertRows(parent, first int64, rows []newRow) error {
	ch.stale[parent] = true
	for _, at := range batches {
		values := make([]any, 0, at.rows*rowValues)
		for len(rows) >= at.rows {
			values = values[:0]
			for i, r := range rows[:at.rows] {
				bits, _ := ch.newID().bits()
				values = append(values, first+int64(i), parent, bits, r.name, r.fold, r.folder, r.size, r.mtime,
					r.key.volume, r.key.low, r.key.high, ch.now)
			}
			if _, err := ch.exec(at.insert, values...); err != nil {
				return err
			}
			first, rows = first+int64(at.rows), rows[at.rows:]
		}
	}
	return nil
}

// batch is a statement that inserts some rows at once.
type batch struct {
	rows   int
	insert string
}

var batches = []batch{insertOf(64), insertOf(8), insertOf(1)}

const rowValues = 12

// insertOf makes the statement for n rows. FAIL saves SQLite a journal of the statement: a failure
// ends the whole transaction here.
func insertOf(n int) batch {
	const row = `(?,?,?,?,?,?,?,?,?,?,?,?)`
	return batch{n, `INSERT OR FAIL INTO node (number, parent, id, name, fold, folder, size, mtime, volume, low, high, made) VALUES ` +
		row + strings.Repeat(`,`+row, n-1)}
}
