package auth

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// steps bring the file to its present form; each runs once, in order. Times
// are Unix milliseconds; ran, ends and rotated are milliseconds of running
// time. member tells that the person was one of the owner's
// people and not merely any username while none were defined. Columns named hash hold SHA-256 of a random token.
var steps = []string{
	`CREATE TABLE client (id TEXT PRIMARY KEY, secret BLOB NOT NULL, redirect TEXT NOT NULL, created INTEGER NOT NULL) STRICT;
	 CREATE TABLE grants (id TEXT PRIMARY KEY, client TEXT NOT NULL REFERENCES client ON DELETE CASCADE, person TEXT NOT NULL,
		member INTEGER NOT NULL, created INTEGER NOT NULL, used INTEGER NOT NULL) STRICT;
	 CREATE TABLE code (hash BLOB PRIMARY KEY, client TEXT NOT NULL REFERENCES client ON DELETE CASCADE, person TEXT NOT NULL,
		member INTEGER NOT NULL, challenge TEXT NOT NULL, expires INTEGER NOT NULL,
		grant_id TEXT) STRICT;
	 CREATE TABLE token (hash BLOB PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants ON DELETE CASCADE, kind TEXT NOT NULL,
		expires INTEGER NOT NULL, rotated INTEGER, salt BLOB) STRICT;
	 CREATE INDEX token_grant ON token (grant_id);
	 CREATE INDEX token_expires ON token (expires);
	 CREATE TABLE session (id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, person TEXT NOT NULL, member INTEGER NOT NULL, way TEXT NOT NULL,
		created INTEGER NOT NULL, used INTEGER NOT NULL, expires INTEGER NOT NULL, agent TEXT NOT NULL, address TEXT NOT NULL) STRICT;
	 CREATE TABLE password (person TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT;
	 CREATE TABLE device (hash BLOB PRIMARY KEY, person TEXT NOT NULL, expires INTEGER NOT NULL) STRICT;
	 CREATE TABLE approval (id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, number INTEGER NOT NULL, person TEXT NOT NULL,
		back TEXT NOT NULL, agent TEXT NOT NULL, address TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
		approved INTEGER NOT NULL DEFAULT 0) STRICT;
	 CREATE TABLE link_key (id TEXT PRIMARY KEY, secret BLOB NOT NULL, created INTEGER NOT NULL) STRICT;`,
	`CREATE TABLE clock (ran INTEGER NOT NULL) STRICT;
	 INSERT INTO clock VALUES (0);
	 ALTER TABLE code ADD COLUMN ends INTEGER NOT NULL DEFAULT 300000;
	 ALTER TABLE approval ADD COLUMN ends INTEGER NOT NULL DEFAULT 180000;
	 ALTER TABLE session ADD COLUMN ends INTEGER NOT NULL DEFAULT 2592000000;
	 ALTER TABLE device ADD COLUMN ends INTEGER NOT NULL DEFAULT 31536000000;
	 ALTER TABLE link_key ADD COLUMN ends INTEGER NOT NULL DEFAULT 5184000000;
	 ALTER TABLE token ADD COLUMN ends INTEGER NOT NULL DEFAULT 3600000;
	 UPDATE token SET ends = 15552000000 WHERE kind = 'refresh';
	 UPDATE token SET rotated = -60000, salt = NULL WHERE rotated IS NOT NULL;`,
}

// store is the SQLite file: one connection that writes, a few that read.
type store struct {
	writer *sql.DB
	reader *sql.DB

	before  time.Duration        // running time of the earlier runs
	lived   func() time.Duration // and of this one
	written time.Duration        // what of it is in the file; belongs to the transaction under way
}

func openStore(ctx context.Context, path string) (*store, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the sign-in database: %w", err)
	}
	f.Close()
	s := &store{lived: func() time.Duration { return 0 }} // until the file was read
	if s.writer, err = openPool(path, 1); err == nil {
		s.reader, err = openPool(path, 4)
	}
	if err == nil {
		err = s.migrate(ctx)
	}
	if err == nil {
		err = s.loadRan(ctx)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("open the sign-in database: %w", err)
	}
	return s, nil
}

func openPool(path string, size int) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := filepath.ToSlash(path)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	dsn := url.URL{Scheme: "file", Path: name, RawQuery: url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

func (s *store) close() error {
	var errs []error
	if s.ran()-s.written >= runStep {
		errs = append(errs, s.update(context.Background(), func(*sql.Tx) error { return nil }))
	}
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

func (s *store) migrate(ctx context.Context) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		var done int
		if err := tx.QueryRow("PRAGMA user_version").Scan(&done); err != nil {
			return err
		}
		if done > len(steps) {
			return fmt.Errorf("made by a newer version (form %d, this one knows %d)", done, len(steps))
		}
		if done == len(steps) {
			return nil // what writes nothing waits for no disk
		}
		for _, step := range steps[done:] {
			if _, err := tx.Exec(step); err != nil {
				return err
			}
		}
		_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", len(steps)))
		return err
	})
}

// update runs f in one durable transaction; nothing of it stays when f fails.
func (s *store) update(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	if err := s.keepRan(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// hashToken is the form in which a token is stored. Tokens are random, so a
// plain hash can't be searched backwards.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
