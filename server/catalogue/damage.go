package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A damaged store is kept aside, under a name that tells when, and replaced by the copy of the last
// day. The scans then find what is new since; only ids that were given out after the copy was made
// are lost. Damage that shows while running is noted in a file beside the store, and dealt with at
// the next start.

// damaged tells whether an error says that the store's file is no good.
func damaged(err error) bool {
	code, ok := sqliteCode(err)
	return errors.Is(err, errUnsound) || ok && (code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB)
}

// sqliteCode is the primary result code of SQLite behind an error.
func sqliteCode(err error) (int, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code() & 0xff, true
}

func suspectPath(path string) string { return path + ".suspect" }

// openSound opens the store, putting it right first when it is damaged.
func openSound(ctx context.Context, path string, log *slog.Logger) (*store, error) {
	s, err := openStore(ctx, path)
	if err == nil {
		err = errors.Join(s.probe(ctx), s.checkSuspect(ctx))
	}
	if err == nil {
		return s, nil
	}
	if s != nil {
		s.close()
	}
	if !damaged(err) {
		return nil, err
	}
	log.Error("the catalogue is damaged; it is kept aside and replaced by its last copy", "error", err)
	if err := replaceDamaged(ctx, path, time.Now(), log); err != nil {
		return nil, fmt.Errorf("replace the damaged catalogue: %w", err)
	}
	return openStore(ctx, path)
}

// probe writes and reads what every start needs, so that its damage shows while it can be mended.
// What it writes it takes back, and of a large root it reads the beginning: the start waits for it.
func (s *store) probe(ctx context.Context) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `UPDATE node SET mtime=mtime WHERE number IN (SELECT number FROM share)`); err != nil {
		return err
	}
	const children = `SELECT count(*) FROM (SELECT 1 FROM node WHERE parent IN (SELECT number FROM share) AND dead=0 LIMIT 10000)`
	var n int64
	return s.reader.QueryRowContext(ctx, children).Scan(&n)
}

var errUnsound = errors.New("the check of the whole file found faults")

// checkSuspect reads the whole store, if damage was noted.
func (s *store) checkSuspect(ctx context.Context) error {
	if _, err := os.Stat(suspectPath(s.path)); err != nil {
		return nil
	}
	err := s.check(ctx)
	if err == nil {
		return os.Remove(suspectPath(s.path))
	}
	return err
}

// check reads the whole store.
func (s *store) check(ctx context.Context) error {
	var verdict string
	if err := s.reader.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", errUnsound, verdict)
	}
	return nil
}

// replaceDamaged moves the store aside and puts a sound copy in its place, or nothing.
func replaceDamaged(ctx context.Context, path string, now time.Time, log *slog.Logger) error {
	aside := path + ".damaged-" + now.UTC().Format("20060102-150405")
	for _, end := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+end, aside+end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	os.Remove(suspectPath(path)) // it spoke of the file that is gone
	fresh := path + ".new"
	err := copyContent(copyPath(path), fresh)
	if errors.Is(err, os.ErrNotExist) {
		log.Warn("there is no copy of the catalogue yet; it begins anew")
		return nil
	}
	if err == nil {
		err = checkFile(ctx, fresh)
	}
	if err != nil {
		os.Remove(fresh)
		log.Error("the copy of the catalogue is no good either; it begins anew", "error", err)
		return nil
	}
	return os.Rename(fresh, path)
}

func copyContent(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}

func checkFile(ctx context.Context, path string) error {
	address, err := fileAddress(path)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", address+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	return (&store{reader: db}).check(ctx)
}

// noteDamage leaves word for the next start.
func (c *Catalogue) noteDamage(err error) {
	c.log.Error("the catalogue is damaged; it will be put right at the next start", "error", err)
	if err := os.WriteFile(suspectPath(c.store.path), nil, 0o600); err != nil {
		c.log.Error("can't note the damage", "error", err)
	}
	for _, s := range c.all() {
		s.explain("Folderfront's own records are damaged. Restart Folderfront: it puts them right from yesterday's copy; your files are not affected.")
	}
}

// storeError passes what is an *Error already, and words the failures of the store.
func (c *Catalogue) storeError(err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if damaged(err) {
		c.noteDamage(err)
	}
	if code, ok := sqliteCode(err); ok && code == sqlite3.SQLITE_FULL || isNoSpace(err) {
		return &Error{ErrNoSpace, "The disk with Folderfront's own records is full, so this may be only half done; no file is lost. The person who shares this folder must free some space, then look again.", err}
	}
	return &Error{ErrRefused, "Folderfront could not read or write its own records on the computer that shares this folder. Try again; if it stays so, its disk may be full or damaged.", err}
}
