package activity

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"folderfront/app/state"
)

// schema is the file's only form. Times are Unix nanoseconds, took is in
// nanoseconds. words is what the columns that a person sees say, in lower case.
// Ids count up without gaps, for rows only go from the oldest on.
const schema = `CREATE TABLE IF NOT EXISTS event (
	id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, person TEXT NOT NULL, verb TEXT NOT NULL,
	document TEXT NOT NULL, title TEXT NOT NULL, folder TEXT NOT NULL, status INTEGER NOT NULL,
	bytes INTEGER NOT NULL, took INTEGER NOT NULL, words TEXT NOT NULL) STRICT`

// openFile opens the file with one connection and sees that it works. A commit
// isn't synced by itself: what a power cut takes is the last rows, never the
// file (SQLite, "WAL mode is always consistent with synchronous=NORMAL").
func openFile(ctx context.Context, path string) (*sql.DB, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	name := filepath.ToSlash(path)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name // a drive of Windows
	}
	dsn := url.URL{Scheme: "file", Path: name, RawQuery: url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "secure_delete(1)", "cache_size(-1024)"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openAnew puts a damaged file aside and begins another.
func openAnew(ctx context.Context, path string) (*sql.DB, error) {
	if err := os.Rename(path, path+".damaged-"+time.Now().UTC().Format("20060102T150405")); err != nil {
		return nil, err
	}
	for _, companion := range []string{path + "-wal", path + "-shm"} {
		if err := os.Remove(companion); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return openFile(ctx, path)
}

func (l *Log) insert(ctx context.Context, batch []state.Activity) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	put, err := tx.PrepareContext(ctx, `INSERT INTO event (time, person, verb, document, title, folder, status, bytes, took, words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, a := range batch {
		if _, err := put.ExecContext(ctx, a.Time.UnixNano(), a.Person, a.Verb, a.ID, a.Title, a.Folder, a.Status, a.Bytes, int64(a.Took), words(a)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// words is what a filter looks through.
func words(a state.Activity) string {
	return strings.ToLower(strings.Join([]string{a.Person, a.Verb, a.Title, a.Folder}, "\n"))
}

// tidy forgets all but the newest rows, and what happened before
// oldest, unless that is the zero time.
func (l *Log) tidy(ctx context.Context, rows int, oldest time.Time) error {
	var since int64
	if !oldest.IsZero() {
		since = oldest.UnixNano()
	}
	_, err := l.db.ExecContext(ctx, `DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?
		OR id < coalesce((SELECT id FROM event WHERE time >= ? ORDER BY id LIMIT 1), (SELECT max(id) FROM event) + 1)`,
		rows, since)
	return err
}

// Page answers a piece of the list: see state.Activities.
func (l *Log) Page(ctx context.Context, q state.Activities) (state.ActivityPage, error) {
	if err := l.flush(ctx); err != nil {
		return state.ActivityPage{}, err
	}
	page := state.ActivityPage{Anchor: q.Anchor}
	if page.Anchor == 0 {
		if err := l.db.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM event`).Scan(&page.Anchor); err != nil {
			return page, err
		}
	}
	where, args := `WHERE id <= ?`, []any{page.Anchor}
	for _, word := range strings.Fields(strings.ToLower(q.Text)) {
		where, args = where+` AND instr(words, ?) > 0`, append(args, word)
	}
	if err := l.db.QueryRowContext(ctx, `SELECT count(*) FROM event `+where, args...).Scan(&page.Total); err != nil {
		return page, err
	}
	var err error
	args = append(args, min(max(q.Limit, 0), maxPage), max(q.Offset, 0))
	page.Rows, err = l.rows(ctx, where+` ORDER BY id DESC LIMIT ? OFFSET ?`, args...)
	return page, err
}

// rows reads the rows that the rest of a query names.
func (l *Log) rows(ctx context.Context, rest string, args ...any) ([]state.Activity, error) {
	found, err := l.db.QueryContext(ctx, `SELECT time, person, verb, document, title, folder, status, bytes, took FROM event `+rest, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	all := []state.Activity{}
	for found.Next() {
		var a state.Activity
		var at, took int64
		if err := found.Scan(&at, &a.Person, &a.Verb, &a.ID, &a.Title, &a.Folder, &a.Status, &a.Bytes, &took); err != nil {
			return nil, err
		}
		a.Time, a.Took = time.Unix(0, at), time.Duration(took)
		all = append(all, a)
	}
	return all, found.Err()
}
