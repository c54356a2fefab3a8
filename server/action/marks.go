package action

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"folderfront/server/catalogue"
)

// Tags returns a file's tags, sorted.
func (a *Actions) Tags(ctx context.Context, id catalogue.ID) (tags []string, err error) {
	err = a.cfg.Catalogue.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT tag FROM action_tag WHERE file = ? ORDER BY tag`, string(id))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var tag string
			if err := rows.Scan(&tag); err != nil {
				return err
			}
			tags = append(tags, tag)
		}
		return rows.Err()
	})
	return tags, err
}

// Tag adds a tag to a file; Untag removes it.
func (a *Actions) Tag(ctx context.Context, id catalogue.ID, tag string) error {
	tag = strings.TrimSpace(tag)
	if !goodTag(tag) {
		return errTag
	}
	added := false
	err := a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) (err error) {
		added, err = addTag(ctx, tx, id, tag)
		return err
	})
	if err != nil || !added {
		return err
	}
	return a.happened(ctx, OnTagged, id, "")
}

// maxTags bounds the tags of one file.
const maxTags = 100

var errTag = refuse(catalogue.ErrInvalid, "A tag is a text of at most 100 bytes on one line, without commas, and a file has at most %d.", maxTags)

func goodTag(tag string) bool {
	return tag != "" && len(tag) <= 100 && utf8.ValidString(tag) && !strings.ContainsAny(tag, "\x00\r\n\t,")
}

// addTag tells whether the tag is new to the file.
func addTag(ctx context.Context, tx *sql.Tx, id catalogue.ID, tag string) (bool, error) {
	result, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO action_tag (file, tag) VALUES (?, ?)`, string(id), tag)
	if err != nil {
		return false, err
	}
	added, err := result.RowsAffected()
	return added > 0, err
}

// Untag removes a tag from a file; one that isn't there is no error.
func (a *Actions) Untag(ctx context.Context, id catalogue.ID, tag string) error {
	return a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error { return untag(ctx, tx, id, tag) })
}

func untag(ctx context.Context, tx *sql.Tx, id catalogue.ID, tag string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM action_tag WHERE file = ? AND tag = ?`, string(id), tag)
	return err
}

// SetTags replaces a file's tags: all of them or, when one can't be, none.
func (a *Actions) SetTags(ctx context.Context, id catalogue.ID, tags []string) error {
	if len(tags) > maxTags {
		return errTag
	}
	for i := range tags {
		if tags[i] = strings.TrimSpace(tags[i]); !goodTag(tags[i]) {
			return errTag
		}
	}
	before, err := a.Tags(ctx, id)
	if err != nil {
		return err
	}
	news := false
	err = a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM action_tag WHERE file = ?`, string(id)); err != nil {
			return err
		}
		for _, tag := range tags {
			if _, err := addTag(ctx, tx, id, tag); err != nil {
				return err
			}
			news = news || !slices.Contains(before, tag)
		}
		return nil
	})
	if err != nil || !news {
		return err
	}
	return a.happened(ctx, OnTagged, id, "")
}

// maxNote bounds a note, in bytes.
const maxNote = 4 << 10

// Note returns a file's note, "" when it has none.
func (a *Actions) Note(ctx context.Context, id catalogue.ID) (note string, err error) {
	err = a.cfg.Catalogue.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT note FROM action_note WHERE file = ?`, string(id)).Scan(&note)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return note, err
}

// SetNote replaces a file's note; "" removes it.
func (a *Actions) SetNote(ctx context.Context, id catalogue.ID, note string) error {
	if len(note) > maxNote || !utf8.ValidString(note) || strings.ContainsRune(note, 0) {
		return refuse(catalogue.ErrInvalid, "A note is a text of at most %d bytes.", maxNote)
	}
	return a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		if note == "" {
			_, err := tx.ExecContext(ctx, `DELETE FROM action_note WHERE file = ?`, string(id))
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO action_note (file, note) VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET note = excluded.note`, string(id), note)
		return err
	})
}
