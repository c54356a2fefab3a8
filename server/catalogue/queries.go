package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// node is one row of the table of that name; see schema.
type node struct {
	number, parent int64
	id             ID
	name           string
	folder         bool
	size, mtime    int64
	key            storedKey
	made, dead     int64
	listed, digest int64
}

// storedKey is a fileKey whose device became a number that holds across restarts; zero: none.
type storedKey struct{ volume, low, high int64 }

func (n node) info() info {
	return info{name: n.name, folder: n.folder, size: n.size, mtime: n.mtime}
}

const (
	alive     = 0
	announced = -1
)

const nodeColumns = `number, parent, id, name, folder, size, mtime, volume, low, high, made, dead, listed, digest`

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(...any) error }

func scanNode(row scanner) (node, error) {
	var n node
	var bits []byte
	err := row.Scan(&n.number, &n.parent, &bits, &n.name, &n.folder, &n.size, &n.mtime,
		&n.key.volume, &n.key.low, &n.key.high, &n.made, &n.dead, &n.listed, &n.digest)
	n.id = idFrom(bits)
	return n, err
}

// preparer is a *sql.DB or *sql.Tx.
type preparer interface {
	PrepareContext(context.Context, string) (*sql.Stmt, error)
}

// queries asks the store, each statement being parsed once. Safe for concurrent use when its
// preparer is.
type queries struct {
	on         preparer
	mu         sync.Mutex
	statements map[string]*sql.Stmt
}

func newQueries(on preparer) *queries {
	return &queries{on: on, statements: map[string]*sql.Stmt{}}
}

func (q *queries) close() {
	for _, statement := range q.statements {
		statement.Close()
	}
}

// statement runs without the caller's context: these queries take microseconds, and watching a
// context costs more.
func (q *queries) statement(query string) (*sql.Stmt, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if statement := q.statements[query]; statement != nil {
		return statement, nil
	}
	statement, err := q.on.PrepareContext(context.Background(), query)
	if err == nil {
		q.statements[query] = statement
	}
	return statement, err
}

func (q *queries) exec(query string, args ...any) (sql.Result, error) {
	statement, err := q.statement(query)
	if err != nil {
		return nil, err
	}
	return statement.Exec(args...)
}

// one gives the node that a query finds, or errNoNode.
func (q *queries) one(where string, args ...any) (node, error) {
	statement, err := q.statement(`SELECT ` + nodeColumns + ` FROM node WHERE ` + where)
	if err != nil {
		return node{}, err
	}
	n, err := scanNode(statement.QueryRow(args...))
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoNode
	}
	return n, err
}

var errNoNode = errors.New("not in the catalogue")

// many gives the nodes that a query finds.
func (q *queries) many(where string, args ...any) ([]node, error) {
	statement, err := q.statement(`SELECT ` + nodeColumns + ` FROM node WHERE ` + where)
	if err != nil {
		return nil, err
	}
	rows, err := statement.Query(args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var nodes []node
	for rows.Next() {
		n, err := scanNode(rows)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, rows.Err()
}

func (q *queries) byNumber(number int64) (node, error) { return q.one(`number=?`, number) }

func (q *queries) byID(id ID) (node, error) {
	bits, ok := id.bits()
	if !ok {
		return node{}, errNoNode
	}
	n, err := q.one(`id=?`, bits)
	if errors.Is(err, errNoNode) {
		return q.one(`number=(SELECT number FROM alias WHERE id=?)`, bits)
	}
	return n, err
}

func (q *queries) byPlace(parent int64, name string) (node, error) {
	return q.one(`parent=? AND fold=? AND name=? AND dead=0`, parent, foldHash(name), name)
}

// byFold gives what has the same folded name, the exact name first.
func (q *queries) byFold(parent int64, name string) ([]node, error) {
	candidates, err := q.many(`parent=? AND fold=? AND dead=0`, parent, foldHash(name))
	folded := Fold(name)
	var same []node
	for _, n := range candidates {
		switch {
		case n.name == name:
			same = append([]node{n}, same...)
		case Fold(n.name) == folded:
			same = append(same, n)
		}
	}
	return same, err
}

func (q *queries) children(parent int64) ([]node, error) {
	return q.many(`parent=? AND dead=0`, parent)
}

// byKey gives what has or had the file key, the living first.
func (q *queries) byKey(key storedKey) ([]node, error) {
	return q.many(`low=? AND high=? AND volume=? AND dead>=0 ORDER BY dead`, key.low, key.high, key.volume)
}
