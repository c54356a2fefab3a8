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
	if tag == "" || len(tag) > 100 || strings.ContainsAny(tag, "\x00\r\n\t,") {
		return refuse(catalogue.ErrInvalid, "A tag is a text of at most 100 bytes on one line, without commas.")
	}
	err := a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO action_tag (file, tag) VALUES (?, ?)`, string(id), tag)
		return err
	})
	if err != nil {
		return err
	}
	return a.happened(ctx, OnTagged, id, "")
}

// Untag removes a tag from a file; one that isn't there is no error.
func (a *Actions) Untag(ctx context.Context, id catalogue.ID, tag string) error {
	return a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error { return untag(ctx, tx, id, tag) })
}

func untag(ctx context.Context, tx *sql.Tx, id catalogue.ID, tag string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM action_tag WHERE file = ? AND tag = ?`, string(id), tag)
	return err
}

// SetTags replaces a file's tags.
func (a *Actions) SetTags(ctx context.Context, id catalogue.ID, tags []string) error {
	now, err := a.Tags(ctx, id)
	if err != nil {
		return err
	}
	for _, tag := range now {
		if !slices.Contains(tags, tag) {
			if err := a.Untag(ctx, id, tag); err != nil {
				return err
			}
		}
	}
	for _, tag := range tags {
		if slices.Contains(now, tag) {
			continue
		}
		if err := a.Tag(ctx, id, tag); err != nil {
			return err
		}
	}
	return nil
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
