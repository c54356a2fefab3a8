package catalogue

import (
	"context"
	"database/sql/driver"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Walk gives everything that exists to fn, in ascending order of Number, as one moment of the store
// knows it and without a look at the disk; what lies in folders that are offline or no longer
// shared too. For speed the entries have no ID, Parent, Share or ReadOnly. An error of fn ends the
// walk and is returned.
func (c *Catalogue) Walk(ctx context.Context, fn func(Entry) error) error {
	const query = `SELECT number, parent, name, folder, size, mtime FROM node WHERE dead=? ORDER BY number`
	return c.storeError(c.store.eachRow(ctx, query, []driver.Value{int64(alive)}, func(row []driver.Value) error {
		return fn(Entry{
			Number: row[0].(int64), ParentNumber: row[1].(int64), Name: row[2].(string), Folder: row[3].(int64) != 0,
			Size: row[4].(int64), Modified: time.Unix(0, row[5].(int64)),
		})
	}))
}

// WalkNames gives everything that exists to fn, as Walk does but sooner: on several processors, in
// no order, not as of one moment. fn is called from several goroutines at once, with some entries
// that have nothing but Number, ParentNumber, Name and Modified; it may not keep the slice.
func (c *Catalogue) WalkNames(ctx context.Context, fn func([]Entry) error) error {
	last := int64(0)
	err := c.Each(ctx, `SELECT coalesce(max(number), 0) FROM node WHERE number>=?`, int64(0), func(row []driver.Value) error {
		last = row[0].(int64)
		return nil
	})
	if err != nil {
		return err
	}
	part := max(1000, last/2000) // numbers, of which few may be left
	var taken atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(4, runtime.GOMAXPROCS(0)) {
		group.Go(func() error {
			var entries []Entry
			for {
				end := taken.Add(part)
				var err error
				entries, err = c.store.namesOf(ctx, entries[:0], end-part, end)
				if err == nil {
					err = fn(entries)
				}
				if err != nil || end > last {
					return err
				}
			}
		})
	}
	return c.storeError(group.Wait())
}

// namesOf appends what exists with numbers from first up to, not including, end.
func (s *store) namesOf(ctx context.Context, to []Entry, first, end int64) ([]Entry, error) {
	const query = `SELECT number, parent, name, mtime FROM node WHERE number>=? AND number<? AND dead=0`
	err := s.eachRow(ctx, query, []driver.Value{first, end}, func(row []driver.Value) error {
		to = append(to, Entry{
			Number: row[0].(int64), ParentNumber: row[1].(int64), Name: row[2].(string), Modified: time.Unix(0, row[3].(int64)),
		})
		return nil
	})
	return to, err
}
