package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"
)

// TestEndOfAContextIsToldAsThat ends a context within a transaction, in every way in which somebody
// can come upon it.
func TestEndOfAContextIsToldAsThat(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/f")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	tests := map[string]struct {
		fn   func(tx *sql.Tx, end context.CancelFunc) error
		want error
	}{
		"writing goes on": {func(tx *sql.Tx, end context.CancelFunc) error {
			end()
			return untilRefused(func() error { _, err := tx.Exec(`UPDATE node SET mtime=mtime`); return err })
		}, context.Canceled},
		"a row is read": {func(tx *sql.Tx, end context.CancelFunc) error {
			rows, err := tx.Query(`SELECT number FROM node`)
			if err != nil {
				return err
			}
			defer rows.Close()
			if !rows.Next() {
				return errors.New("no row")
			}
			end()
			var number int64
			return untilRefused(func() error { return rows.Scan(&number) })
		}, context.Canceled},
		"a kept statement is asked": {func(tx *sql.Tx, end context.CancelFunc) error {
			q := newQueries(tx)
			defer q.close()
			if _, err := q.byNumber(1); err != nil {
				return err
			}
			end()
			return untilRefused(func() error { _, err := q.byNumber(1); return err })
		}, context.Canceled},
		"all rows are read": {func(tx *sql.Tx, end context.CancelFunc) error {
			q := newQueries(tx)
			defer q.close()
			end()
			return untilRefused(func() error { _, err := q.many(`dead=0`); return err })
		}, context.Canceled},
		"nothing fails":       {func(_ *sql.Tx, end context.CancelFunc) error { end(); return nil }, context.Canceled},
		"the answer is known": {func(_ *sql.Tx, end context.CancelFunc) error { end(); return notFound(nil) }, ErrNotFound},
		"the store is full": {func(tx *sql.Tx, end context.CancelFunc) error {
			if _, err := tx.Exec(`PRAGMA max_page_count=1`); err != nil { // means: as many as there are
				return err
			}
			_, err := tx.Exec(`INSERT INTO alias VALUES (zeroblob(1000000), 1)`)
			_, unlimited := tx.Exec(`PRAGMA max_page_count=1000000000`)
			end()
			return errors.Join(err, unlimited)
		}, ErrNoSpace},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := w.c.Update(ctx, func(tx *sql.Tx) error { return test.fn(tx, cancel) })
			if !errors.Is(err, test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// untilRefused calls fn until it fails.
func untilRefused(fn func() error) error {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if err := fn(); err != nil {
			return err
		}
	}
	return errors.New("never failed")
}
