package catalogue

import (
	"context"
	"database/sql/driver"
	"encoding/json"
)

// ByNumbers gives the entries of numbers, in their order, as the catalogue knows them: ByNumber for
// many at once. What is gone, out of reach or Root is left out.
func (c *Catalogue) ByNumbers(ctx context.Context, numbers []int64) ([]Entry, error) {
	known, err := c.store.withAncestors(ctx, numbers)
	if err != nil {
		return nil, c.storeError(err)
	}
	shares := map[int64]*share{}
	entries := make([]Entry, 0, len(numbers))
	for _, number := range numbers {
		n, ok := known[number]
		if s := c.shareAbove(number, known, shares); ok && s != nil {
			e := entryOf(n, s)
			e.Parent = Root
			if n.parent != 0 {
				e.Parent = known[n.parent].id
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// withAncestors reads the rows of numbers and of all folders above them, the dead left out.
func (s *store) withAncestors(ctx context.Context, numbers []int64) (map[int64]node, error) {
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	const query = `WITH RECURSIVE wanted (number) AS (
			SELECT value FROM json_each(?) UNION
			SELECT node.parent FROM wanted JOIN node USING (number) WHERE node.dead<=0)
		SELECT number, parent, id, name, folder, size, mtime, dead FROM wanted CROSS JOIN node USING (number) WHERE dead<=0`
	known := make(map[int64]node, 2*len(numbers))
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

// shareAbove finds the share in which a node lies, or nil when it isn't shared or something above
// it is dead. found takes what was found of the folders on the way.
func (c *Catalogue) shareAbove(number int64, known map[int64]node, found map[int64]*share) *share {
	if s, ok := found[number]; ok {
		return s
	}
	found[number] = nil // a circle ends here
	s := c.shareOf(number)
	if n, ok := known[number]; s == nil && ok && n.parent != 0 {
		s = c.shareAbove(n.parent, known, found)
	}
	found[number] = s
	return s
}
