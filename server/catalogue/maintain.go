package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"time"
)

const (
	tombstonesFor = 90 // days
	copyEvery     = 24 * time.Hour
	maintainEvery = time.Hour
)

// maintain keeps the store in order until ctx ends: old tombstones go, and once a day a copy is
// made.
func (c *Catalogue) maintain(ctx context.Context) {
	for {
		if err := c.noteDay(ctx, time.Now()); err != nil && ctx.Err() == nil {
			c.log.Error("can't note the day", "error", err)
		}
		timer := time.NewTimer(maintainEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if err := c.forgetOld(ctx, time.Now()); err != nil && ctx.Err() == nil {
			c.log.Error("can't remove old records", "error", err)
		}
		if c.store.copiedLately(time.Now()) {
			continue
		}
		if err := c.store.copy(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("can't copy the catalogue", "error", c.storeError(err))
		}
	}
}

// copiedLately tells whether the daily copy is not due. One that claims to be of the future tells
// nothing.
func (s *store) copiedLately(now time.Time) bool {
	st, err := os.Stat(copyPath(s.path))
	if err != nil {
		return false
	}
	age := now.Sub(st.ModTime())
	return age > -copyEvery && age < copyEvery
}

// forgetOld removes tombstones that are old, however wrong the clock is or was.
func (c *Catalogue) forgetOld(ctx context.Context, now time.Time) error {
	if err := c.presentDead(ctx, now); err != nil {
		return err
	}
	before, err := c.daysBefore(ctx, tombstonesFor, now)
	if err != nil || before.IsZero() {
		return err
	}
	return c.purge(ctx, before)
}

// purge removes what died before a time, and shares that were given up before it, for ever.
func (c *Catalogue) purge(ctx context.Context, before time.Time) error {
	return c.storeError(c.store.update(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`WITH RECURSIVE gone (number) AS (
				SELECT number FROM share WHERE removed>0 AND removed<?1
				UNION ALL SELECT node.number FROM node JOIN gone ON node.parent=gone.number)
			 DELETE FROM node WHERE number IN gone`,
			`DELETE FROM share WHERE removed>0 AND removed<?1`,
			`DELETE FROM node WHERE dead>0 AND dead<?1`,
			`DELETE FROM roster WHERE ?1>0 AND folder NOT IN (SELECT number FROM node)`,
			`DELETE FROM head WHERE ?1>0 AND number NOT IN (SELECT number FROM node)`,
			`DELETE FROM alias WHERE ?1>0 AND number NOT IN (SELECT number FROM node)`,
		} {
			if _, err := tx.ExecContext(ctx, statement, before.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	}))
}

func copyPath(path string) string { return path + ".copy" }

// copy writes a compact copy of the store beside it. It reads everything, so it fails on a damaged
// store, and then the last good copy stays.
func (s *store) copy(ctx context.Context) error {
	target := copyPath(s.path)
	fresh := target + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := sql.Open("sqlite", s.address+"?"+pragmas)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, fresh); err != nil {
		os.Remove(fresh)
		return err
	}
	if err := syncFile(fresh); err != nil {
		return err
	}
	return os.Rename(fresh, target)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
