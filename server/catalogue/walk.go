package catalogue

import (
	"context"
	"database/sql"
	"time"
)

// Walk gives everything that exists to fn, in ascending order of Number, as one moment of the store
// knows it and without a look at the disk; what lies in folders that are offline or no longer
// shared too. For speed the entries have no ID, Parent, Share or ReadOnly. An error of fn ends the
// walk and is returned.
func (c *Catalogue) Walk(ctx context.Context, fn func(Entry) error) error {
	return c.storeError(c.store.view(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT number, parent, name, folder, size, mtime FROM node WHERE dead=0 ORDER BY number`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e Entry
			var mtime int64
			if err := rows.Scan(&e.Number, &e.ParentNumber, &e.Name, &e.Folder, &e.Size, &mtime); err != nil {
				return err
			}
			e.Modified = time.Unix(0, mtime)
			if err := fn(e); err != nil {
				return err
			}
		}
		return rows.Err()
	}))
}
