package catalogue

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
)

// ByNumbers gives the entries of numbers, in their order, as the catalogue knows them: ByNumber for
// many at once. What is gone, out of reach or Root is left out.
func (c *Catalogue) ByNumbers(ctx context.Context, numbers []int64) ([]Entry, error) {
	known, err := c.store.byNumbers(ctx, numbers)
	if err != nil {
		return nil, c.storeError(err)
	}
	entries := make([]Entry, 0, len(numbers))
	for _, number := range numbers {
		n, ok := known[number]
		if !ok {
			continue
		}
		l, err := c.locate(n)
		if errors.Is(err, ErrNotFound) || errors.Is(err, errNoNode) {
			continue
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, c.storeError(err)
		}
		entries = append(entries, l.entry())
	}
	return entries, nil
}

// byNumbers reads the rows of numbers.
func (s *store) byNumbers(ctx context.Context, numbers []int64) (map[int64]node, error) {
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	const query = `SELECT number, parent, id, name, folder, size, mtime, dead FROM node WHERE number IN (SELECT value FROM json_each(?))`
	known := make(map[int64]node, len(numbers))
	err = s.eachRow(ctx, query, string(list), func(row []driver.Value) error {
		n := node{
			number: row[0].(int64), parent: row[1].(int64), id: idFrom(row[2].([]byte)), name: row[3].(string),
			folder: row[4].(int64) != 0, size: row[5].(int64), mtime: row[6].(int64), dead: row[7].(int64),
		}
		known[n.number] = n
		return nil
	})
	return known, err
}
