package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// A clock may be wrong for a while: years ahead after a flat battery, or back. So age is not
// measured by the clock alone, but also by the days on which Folderfront ran: each counts once,
// whatever date it claims to be.

const day = 24 * time.Hour

// seenDays is how many days are remembered; nothing is kept longer by its age.
const seenDays = 400

// noteDay remembers that the program ran on this day.
func (c *Catalogue) noteDay(ctx context.Context, now time.Time) error {
	number := now.Unix() / int64(day/time.Second)
	var known bool
	row := c.store.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM seen WHERE day=?)`, number)
	if err := row.Scan(&known); err != nil || known {
		return c.storeError(err)
	}
	return c.storeError(c.store.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO seen (day) VALUES (?)`, number); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM seen WHERE number <= (SELECT max(number) FROM seen) - ?`, seenDays)
		return err
	}))
}

// DaysAgo gives a time that is at least n days ago, by the clock and by the days on which the
// program ran since. It is the zero time when the program did not run on so many days yet.
func (c *Catalogue) DaysAgo(ctx context.Context, n int) (time.Time, error) {
	return c.daysBefore(ctx, n, time.Now())
}

func (c *Catalogue) daysBefore(ctx context.Context, n int, now time.Time) (time.Time, error) {
	var last int64
	row := c.store.reader.QueryRowContext(ctx, `SELECT day FROM seen ORDER BY day DESC LIMIT 1 OFFSET ?`, n)
	err := row.Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, c.storeError(err)
	}
	ran := time.Unix(last*int64(day/time.Second), 0).Add(day)
	if ago := now.Add(-time.Duration(n) * day); ago.Before(ran) {
		return ago, nil
	}
	return ran, nil
}

// DaysRun is on how many days the program ran so far.
func (c *Catalogue) DaysRun(ctx context.Context) (n int64, err error) {
	err = c.store.reader.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM seen`).Scan(&n)
	return n, c.storeError(err)
}

// presentDead gives what died at a time that is yet to come, by a clock that was wrong, this moment
// as its time of death.
func (c *Catalogue) presentDead(ctx context.Context, now time.Time) error {
	latest := now.Add(day).UnixMilli()
	return c.storeError(c.store.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE node SET dead=? WHERE dead>0 AND dead>?`, now.UnixMilli(), latest); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE share SET removed=? WHERE removed>?`, now.UnixMilli(), latest)
		return err
	}))
}
