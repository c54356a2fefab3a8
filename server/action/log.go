package action

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"folderfront/server/catalogue"
)

// Filter chooses runs of the log; empty fields choose all.
type Filter struct {
	Since, Until time.Time
	Action       string
	File         string // an id, or a piece of the first file's name
	Person       string // a piece of it
	Trigger      string
	State        string
	Text         string // in action, file, person or rule
	Limit        int    // at most so many; 0: 200
}

// condition is the filter as SQL.
func (f Filter) condition() (condition string, args []any) {
	condition = "WHERE 1"
	where := func(given bool, sql string, values ...any) {
		if given {
			condition += " AND " + sql
			args = append(args, values...)
		}
	}
	where(!f.Since.IsZero(), "at >= ?", f.Since.UnixMilli())
	where(!f.Until.IsZero(), "at < ?", f.Until.UnixMilli())
	where(f.Action != "", "action = ?", f.Action)
	where(f.Trigger != "", "trigger = ?", f.Trigger)
	where(f.State != "", "state = ?", f.State)
	where(f.Person != "", holds("person"), escapeLike(f.Person))
	if id, err := catalogue.ParseID(f.File); err == nil && id != catalogue.Root {
		where(true, holds("files"), escapeLike(f.File))
	} else {
		where(f.File != "", holds("title"), escapeLike(f.File))
	}
	where(f.Text != "", holds(`action || ' ' || title || ' ' || person || ' ' || rule`), escapeLike(f.Text))
	return condition, args
}

func holds(column string) string { return "(" + column + `) LIKE '%' || ? || '%' ESCAPE '\'` }

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

const defaultLimit = 200

// Log returns the runs that the filter chooses, newest first.
func (a *Actions) Log(ctx context.Context, f Filter) ([]Run, error) {
	condition, args := f.condition()
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	return a.runs(ctx, condition+" ORDER BY id DESC LIMIT ?", append(args, limit)...)
}

// Detail returns a run with its attempts, oldest first.
func (a *Actions) Detail(ctx context.Context, id string) (Run, []Attempt, error) {
	found, err := a.runs(ctx, "WHERE id = ?", id)
	if err != nil {
		return Run{}, nil, err
	}
	if len(found) == 0 {
		return Run{}, nil, &catalogue.Error{Kind: catalogue.ErrNotFound, Sentence: "This run is no longer in the log."}
	}
	var attempts []Attempt
	err = a.cfg.Catalogue.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT at, status, took, url, request, response, error FROM action_attempt WHERE run = ? ORDER BY rowid`, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var t Attempt
			var at, took int64
			if err := rows.Scan(&at, &t.Status, &took, &t.URL, &t.Request, &t.Response, &t.Error); err != nil {
				return err
			}
			t.Time, t.Took = time.UnixMilli(at), time.Duration(took)*time.Millisecond
			attempts = append(attempts, t)
		}
		return rows.Err()
	})
	return found[0], attempts, err
}

// What the log keeps.
const (
	keepRuns = 10000
	keepDays = 30
)

// tidy drops what is too old or too much.
func (a *Actions) tidy(ctx context.Context) error {
	oldest := time.Now().AddDate(0, 0, -keepDays).UnixMilli()
	return a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		ended := ` FROM action_run WHERE state IN ('done', 'failed') AND (at < ? OR id NOT IN (SELECT id FROM action_run ORDER BY id DESC LIMIT ?))`
		if _, err := tx.ExecContext(ctx, `DELETE FROM action_attempt WHERE run IN (SELECT id`+ended+`)`, oldest, keepRuns); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE`+ended, oldest, keepRuns)
		return err
	})
}
