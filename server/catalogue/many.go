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
	known, missing, stamp := c.cache.many(numbers)
	read, err := c.readNumbers(ctx, missing)
	if err != nil {
		return nil, c.storeError(err)
	}
	c.cache.putNodes(read, stamp)
	entries := make([]Entry, 0, len(numbers))
	for i, number := range numbers {
		l := known[i]
		if l.node.number == 0 {
			l = read[number]
		}
		if l.node.number != 0 {
			entries = append(entries, l.entry())
		}
	}
	return entries, nil
}

// readNumbers reads from the store what lies under numbers and can be reached.
func (c *Catalogue) readNumbers(ctx context.Context, numbers []int64) (map[int64]located, error) {
	if len(numbers) == 0 {
		return nil, ctx.Err()
	}
	nodes, err := c.store.byNumbers(ctx, numbers)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]located, len(nodes))
	for number, n := range nodes {
		l, err := c.locate(n)
		switch err = errors.Join(err, ctx.Err()); {
		case err == nil:
			found[number] = l
		case !errors.Is(err, ErrNotFound) && !errors.Is(err, errNoNode):
			return nil, err
		}
	}
	return found, nil
}

// byNumbers reads the rows of numbers.
func (s *store) byNumbers(ctx context.Context, numbers []int64) (map[int64]node, error) {
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	const query = `SELECT ` + nodeColumns + ` FROM node WHERE number IN (SELECT value FROM json_each(?))`
	nodes := make(map[int64]node, len(numbers))
	err = s.eachRow(ctx, query, []driver.Value{string(list)}, func(row []driver.Value) error {
		whole := func(column int) int64 { return row[column].(int64) }
		nodes[whole(0)] = node{
			number: whole(0), parent: whole(1), id: idFrom(row[2].([]byte)), name: row[3].(string),
			folder: whole(4) != 0, size: whole(5), mtime: whole(6), key: storedKey{whole(7), whole(8), whole(9)},
			made: whole(10), dead: whole(11), listed: whole(12), digest: whole(13),
		}
		return nil
	})
	return nodes, err
}
