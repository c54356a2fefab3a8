package upload

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"folderfront/server/catalogue"
)

// The journal: four tables in the catalogue's database. Times are Unix nanoseconds, by a clock that
// may be wrong; day is how many days the program had run on, and turn orders items as they came.
var schema = []string{
	// An upload from its Init on. hash is set once content was published.
	`CREATE TABLE upload_row (
		id TEXT PRIMARY KEY, parent TEXT NOT NULL, name TEXT NOT NULL, both INTEGER NOT NULL,
		expires INTEGER NOT NULL, hash BLOB
	) WITHOUT ROWID`,
	// A publication from before its first change on disk until its commit.
	`CREATE TABLE upload_publication (
		id TEXT PRIMARY KEY, folder TEXT NOT NULL, name BLOB NOT NULL, file TEXT NOT NULL,
		item TEXT NOT NULL, copied INTEGER NOT NULL, keep TEXT NOT NULL,
		other TEXT NOT NULL, size INTEGER NOT NULL, hash BLOB
	) WITHOUT ROWID`,
	`CREATE TABLE upload_item (
		id TEXT PRIMARY KEY, kind TEXT NOT NULL, stage INTEGER NOT NULL, share TEXT NOT NULL,
		file TEXT NOT NULL, parent TEXT NOT NULL, name BLOB NOT NULL, path BLOB NOT NULL,
		folder INTEGER NOT NULL, size INTEGER NOT NULL, time INTEGER NOT NULL, person TEXT NOT NULL
	) WITHOUT ROWID;
	CREATE INDEX upload_item_file ON upload_item (file);`,
	// Which file a document of Workfront is.
	`CREATE TABLE upload_document (
		document TEXT NOT NULL, version TEXT NOT NULL, file TEXT NOT NULL, time INTEGER NOT NULL,
		PRIMARY KEY (document, version)
	) WITHOUT ROWID;
	CREATE INDEX upload_document_version ON upload_document (version);
	CREATE INDEX upload_document_file ON upload_document (file);`,
	`ALTER TABLE upload_row ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE upload_item ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE upload_item ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
	UPDATE upload_item SET turn = time, day = (SELECT coalesce(max(number), 0) FROM seen);
	CREATE INDEX upload_item_turn ON upload_item (turn);`,
}

// row is an announced upload.
type row struct {
	id      catalogue.ID
	parent  catalogue.ID
	name    string
	both    bool // keep both when the name is taken by then
	expires time.Time
	day     int64
	hash    []byte // SHA-256 of what was published; nil before
}

const rowColumns = `id, parent, name, both, expires, day, hash`

func scanRow(s interface{ Scan(...any) error }) (row, error) {
	var r row
	var expires int64
	err := s.Scan(&r.id, &r.parent, &r.name, &r.both, &expires, &r.day, &r.hash)
	r.expires = time.Unix(0, expires)
	return r, err
}

func (r row) insert(tx *sql.Tx) error {
	_, err := tx.Exec(`INSERT INTO upload_row (`+rowColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name,
			both = excluded.both, expires = excluded.expires, day = excluded.day`,
		r.id, r.parent, r.name, r.both, r.expires.UnixNano(), r.day, r.hash)
	return err
}

// row finds an announced upload; sql.ErrNoRows when there is none.
func (u *Uploads) row(ctx context.Context, id catalogue.ID) (r row, err error) {
	err = u.catalogue.View(ctx, func(tx *sql.Tx) error {
		r, err = scanRow(tx.QueryRow(`SELECT `+rowColumns+` FROM upload_row WHERE id = ?`, id))
		return err
	})
	return r, err
}

// rows are the announced uploads.
func (u *Uploads) rows(ctx context.Context) ([]row, error) {
	return query(ctx, u, scanRow, `SELECT `+rowColumns+` FROM upload_row`)
}

// stage is how far an item is.
type stage int

const (
	moving stage = iota // being kept; its content may lie here, there or in both places
	kept
	gone // given up; its content may be there still
)

// item is the row of an Item.
type item struct {
	Item
	stage stage
	share catalogue.ID // of the shared folder whose hidden folder holds it
	day   int64        // on which it was kept
}

const itemColumns = `id, kind, stage, share, file, parent, name, path, folder, size, time, person, day`

func scanItem(s interface{ Scan(...any) error }) (item, error) {
	var i item
	var at int64
	var name, path []byte
	err := s.Scan(&i.ID, &i.Kind, &i.stage, &i.share, &i.File, &i.Parent, &name, &path, &i.Folder, &i.Size, &at, &i.By, &i.day)
	i.Name, i.Path, i.Time = string(name), string(path), time.Unix(0, at)
	return i, err
}

// insert writes the item. What is kept now comes after all others, whatever the clock says.
func (i item) insert(tx *sql.Tx) error {
	return i.insertAt(tx, `max(?, (SELECT coalesce(max(turn), 0) + 1 FROM upload_item))`)
}

// insertOld writes an item that was kept long ago: its time orders it among the others.
func (i item) insertOld(tx *sql.Tx) error { return i.insertAt(tx, `?`) }

// insertAt writes the item in its turn; name and path are bytes, since a name on Linux may be no
// text.
func (i item) insertAt(tx *sql.Tx, turn string) error {
	_, err := tx.Exec(`INSERT INTO upload_item (`+itemColumns+`, turn) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, `+turn+`)`,
		i.ID, i.Kind, i.stage, i.share, i.File, i.Parent, []byte(i.Name), []byte(i.Path), i.Folder, i.Size, i.Time.UnixNano(), i.By, i.day, i.Time.UnixNano())
	return err
}

func setStage(tx *sql.Tx, id ItemID, s stage) error {
	_, err := tx.Exec(`UPDATE upload_item SET stage = ? WHERE id = ?`, s, id)
	return err
}

func (u *Uploads) items(ctx context.Context, where string, args ...any) ([]item, error) {
	return query(ctx, u, scanItem, `SELECT `+itemColumns+` FROM upload_item WHERE `+where, args...)
}

func (u *Uploads) item(ctx context.Context, id ItemID) (item, error) {
	found, err := u.items(ctx, `id = ?`, id)
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return item{}, err
	}
	return found[0], nil
}

func (u *Uploads) deleteItem(ctx context.Context, id ItemID) error {
	return u.exec(ctx, `DELETE FROM upload_item WHERE id = ?`, id)
}

const publicationColumns = `id, folder, name, file, item, copied, keep, other, size, hash`

func scanPublication(s interface{ Scan(...any) error }) (publication, error) {
	var p publication
	var name []byte
	err := s.Scan(&p.id, &p.folder, &name, &p.file, &p.item, &p.copied, &p.keep, &p.other, &p.size, &p.hash)
	p.name = string(name)
	return p, err
}

func (p publication) insert(tx *sql.Tx) error {
	_, err := tx.Exec(`INSERT INTO upload_publication (`+publicationColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.id, p.folder, []byte(p.name), p.file, p.item, p.copied, p.keep, p.other, p.size, p.hash)
	return err
}

func (p publication) delete(tx *sql.Tx) error {
	_, err := tx.Exec(`DELETE FROM upload_publication WHERE id = ?`, p.id)
	return err
}

// publications are those that were begun and not committed.
func (u *Uploads) publications(ctx context.Context, where string, args ...any) ([]publication, error) {
	return query(ctx, u, scanPublication, `SELECT `+publicationColumns+` FROM upload_publication WHERE `+where, args...)
}

func (u *Uploads) exec(ctx context.Context, statement string, args ...any) error {
	return u.catalogue.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
}

// query reads all rows of a statement.
func query[T any](ctx context.Context, u *Uploads, scan func(interface{ Scan(...any) error }) (T, error), statement string, args ...any) (all []T, err error) {
	err = u.catalogue.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(statement, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			one, err := scan(rows)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return rows.Err()
	})
	return all, err
}

// missing tells that the database has no such row.
func missing(err error) bool { return errors.Is(err, sql.ErrNoRows) }
