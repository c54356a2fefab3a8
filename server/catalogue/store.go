package catalogue

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// store is the SQLite file: one connection that writes, a pool of connections that read. Every
// commit is synced to the disk (synchronous=FULL), so what was answered survives a power loss.
type store struct {
	path    string
	address string // of the file, as SQLite wants it
	writer  *sql.DB
	reader  *sql.DB
	write   sync.Mutex // held for each write transaction: the others wait here, not in SQLite
	read    *queries
}

const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=temp_store(MEMORY)"

func openStore(ctx context.Context, path string) (*store, error) {
	address, err := fileAddress(path)
	if err != nil {
		return nil, err
	}
	writer, err := sql.Open("sqlite", address+"?_txlock=immediate&_pragma=page_size(8192)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(4000)&"+pragmas)
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := openRemembering(address + "?_pragma=query_only(1)&_pragma=cache_size(-8192)&" + pragmas)
	if err != nil {
		writer.Close()
		return nil, err
	}
	reader.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	s := &store{path: path, address: address, writer: writer, reader: reader, read: newQueries(reader)}
	if err := s.migrate(ctx, "catalogue", schema); err != nil {
		s.close()
		return nil, fmt.Errorf("open the catalogue: %w", err)
	}
	return s, nil
}

// fileAddress is a path as a URI (RFC 8089), so that no character of it has a meaning for SQLite.
func fileAddress(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(absolute)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String(), nil
}

func (s *store) close() error {
	s.read.close()
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// migrate runs the steps that a room has not run yet, each once, each in its own transaction.
func (s *store) migrate(ctx context.Context, room string, steps []string) error {
	const table = `CREATE TABLE IF NOT EXISTS migration (room TEXT PRIMARY KEY, steps INTEGER NOT NULL) WITHOUT ROWID`
	done := 0
	err := s.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, table); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `SELECT steps FROM migration WHERE room=?`, room).Scan(&done)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	for i := done; err == nil && i < len(steps); i++ {
		err = s.update(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, steps[i]); err != nil {
				return fmt.Errorf("%s, step %d: %w", room, i, err)
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO migration VALUES (?,?) ON CONFLICT (room) DO UPDATE SET steps=excluded.steps`, room, i+1)
			return err
		})
	}
	return err
}

// update runs one write transaction. It is on the disk when update returns nil.
func (s *store) update(ctx context.Context, fn func(*sql.Tx) error) error {
	s.write.Lock()
	defer s.write.Unlock()
	return inTx(ctx, s.writer, fn)
}

// exec runs one statement as a write transaction.
func (s *store) exec(ctx context.Context, statement string, args ...any) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
}

// view runs one read transaction: all its queries see the same moment.
func (s *store) view(ctx context.Context, fn func(*sql.Tx) error) error {
	return inTx(ctx, s.reader, fn)
}

func inTx(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	err = fn(tx)
	if err == nil {
		err = tx.Commit()
	}
	return ended(ctx, err)
}

// ended tells the end of ctx as that, whatever came of it: it takes a transaction back, which closes
// its rows and statements for whoever still reads. Troubles of the store, and what was worded
// already, stay what they are.
func ended(ctx context.Context, err error) error {
	var known *Error
	code, ofSQLite := sqliteCode(err)
	if err == nil || ctx.Err() == nil || errors.As(err, &known) || ofSQLite && code != sqlite3.SQLITE_INTERRUPT {
		return err
	}
	return ctx.Err()
}

// maxSparse is up to how many rows of the table a listing reads for each one that it wants: to go
// on to the next row costs a small part of finding one from the index.
const maxSparse = 4

// children reads what lies in a folder, in no particular order. What was found at once has numbers
// that follow on each other.
func (s *store) children(ctx context.Context, parent int64) (children []member, err error) {
	defer func() { err = ended(ctx, err) }()
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	moment, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer moment.Rollback()
	const extent = `SELECT coalesce(min(number), 0), coalesce(max(number), 0), count(*) FROM node INDEXED BY node_place WHERE parent=? AND dead=0`
	var first, last, count int64
	if err := moment.QueryRowContext(ctx, extent, parent).Scan(&first, &last, &count); err != nil {
		return nil, err
	}
	query, args := `SELECT number, id, name, folder, size, mtime FROM node WHERE parent=? AND dead=0`, []driver.Value{parent}
	if last-first < maxSparse*count {
		query = `SELECT number, id, name, folder, size, mtime FROM node NOT INDEXED
			WHERE parent=? AND number BETWEEN ? AND ? AND dead=0`
		args = append(args, first, last)
	}
	children = make([]member, 0, count)
	err = eachRowOf(ctx, conn, query, args, func(row []driver.Value) error {
		children = append(children, member{
			number: row[0].(int64), id: idFrom(row[1].([]byte)), name: row[2].(string),
			folder: row[3].(int64) != 0, size: row[4].(int64), mtime: row[5].(int64),
		})
		return nil
	})
	return children, err
}

// eachRow gives each row that a query finds to fn, which may keep the values but not the slice; an
// error of fn ends it and is returned. It speaks to the driver itself: for many rows database/sql's
// conversions cost more than the query. Each connection remembers the query, so there must be few
// different ones.
func (s *store) eachRow(ctx context.Context, query string, args []driver.Value, fn func([]driver.Value) error) error {
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return eachRowOf(ctx, conn, query, args, fn)
}

func eachRowOf(ctx context.Context, conn *sql.Conn, query string, args []driver.Value, fn func([]driver.Value) error) error {
	named := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return conn.Raw(func(raw any) error {
		statement, err := raw.(*rememberer).statement(query)
		if err != nil {
			return err
		}
		unwatched := context.WithoutCancel(ctx) // watching a context costs a third of each row
		rows, err := statement.QueryContext(unwatched, named)
		if err != nil {
			return err
		}
		defer rows.Close()
		row := make([]driver.Value, len(rows.Columns()))
		for {
			if err := rows.Next(row); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			if err := errors.Join(ctx.Err(), fn(row)); err != nil {
				return err
			}
		}
	})
}
