package catalogue

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"testing"
)

// TestRememberedStatements asks the same query again in every state that its last run can leave.
func TestRememberedStatements(t *testing.T) {
	w := newWorld(t, nil)
	w.open()
	defer func() { w.stop() }()
	update := func(statement string) {
		t.Helper()
		err := w.c.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(statement); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	update(`CREATE TABLE test (a INTEGER, b TEXT)`)
	update(`INSERT INTO test VALUES (1, 'one'), (2, 'two'), (3, 'three')`)
	const query = `SELECT * FROM test WHERE a>=? ORDER BY a`
	enough := errors.New("enough")
	tests := []struct {
		name   string
		before func()
		from   any
		most   int // rows
		want   []int64
		err    error
	}{
		{"the first time", func() {}, int64(2), 9, []int64{2, 3}, nil},
		{"after a whole run", func() {}, int64(1), 9, []int64{1, 2, 3}, nil},
		{"ended early", func() {}, int64(1), 1, []int64{1}, enough},
		{"after an early end, and a change", func() { update(`INSERT INTO test VALUES (4, 'four')`) }, int64(3), 9, []int64{3, 4}, nil},
		{"after a text was asked for", func() { all(t, w.c, query, "four") }, int64(4), 9, []int64{4}, nil},
		{"without a row", func() {}, int64(9), 9, nil, nil},
		{"after the table changed", func() { update(`ALTER TABLE test ADD COLUMN c INTEGER`) }, int64(4), 9, []int64{4}, nil},
	}
	for _, test := range tests {
		test.before()
		var got []int64
		err := w.c.Each(t.Context(), query, test.from, func(row []driver.Value) error {
			if got = append(got, row[0].(int64)); len(got) == test.most {
				return enough
			}
			return nil
		})
		if !slices.Equal(got, test.want) || !errors.Is(err, test.err) {
			t.Errorf("%s: %v, %v; want %v, %v", test.name, got, err, test.want, test.err)
		}
	}
}

func all(t *testing.T, c *Catalogue, query string, arg driver.Value) {
	t.Helper()
	if err := c.Each(t.Context(), query, arg, func([]driver.Value) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// TestRemembererClosesItsStatements looks into one connection.
func TestRemembererClosesItsStatements(t *testing.T) {
	w := newWorld(t, nil)
	w.open()
	defer func() { w.stop() }()
	conn, err := w.c.store.reader.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := &closing{}
	err = conn.Raw(func(raw any) error {
		r := raw.(*rememberer)
		before := len(r.statements)
		if _, err := r.statement(`SELECT nonsense FROM nowhere`); err == nil || len(r.statements) != before {
			t.Errorf("a statement that can't be parsed: %v, %d kept", err, len(r.statements))
		}
		first, err := r.statement(`SELECT 1`)
		if err != nil {
			return err
		}
		again, err := r.statement(`SELECT 1`)
		if err != nil || first != again {
			t.Errorf("parsed again: %v", err)
		}
		seen.statement = first
		r.statements[`SELECT 1`] = seen
		if err := r.Close(); err != nil || !seen.closed {
			t.Errorf("closed: %v, its statement: %v", err, seen.closed)
		}
		return driver.ErrBadConn // it is none any more
	})
	if !errors.Is(err, driver.ErrBadConn) {
		t.Error(err)
	}
	conn.Close()
}

// closing is a statement that tells that it was closed.
type closing struct {
	statement
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return c.statement.Close()
}
