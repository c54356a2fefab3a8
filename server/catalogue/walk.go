package catalogue

import (
	"context"
	"database/sql/driver"
	"time"
)

// Walk gives everything that exists to fn, in ascending order of Number, as one moment of the store
// knows it and without a look at the disk; what lies in folders that are offline or no longer
// shared too. For speed the entries have no ID, Parent, Share or ReadOnly. An error of fn ends the
// walk and is returned.
func (c *Catalogue) Walk(ctx context.Context, fn func(Entry) error) error {
	const query = `SELECT number, parent, name, folder, size, mtime FROM node WHERE dead=? ORDER BY number`
	return c.storeError(c.store.eachRow(ctx, query, int64(alive), func(row []driver.Value) error {
		return fn(Entry{
			Number: row[0].(int64), ParentNumber: row[1].(int64), Name: row[2].(string), Folder: row[3].(int64) != 0,
			Size: row[4].(int64), Modified: time.Unix(0, row[5].(int64)),
		})
	}))
}
