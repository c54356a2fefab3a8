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
	where(!f.Since.IsZero(), "id >= ?", firstID(f.Since)) // ids sort by time
	where(!f.Until.IsZero(), "id < ?", firstID(f.Until))
	where(f.Action != "", "action = ?", f.Action)
	where(f.Trigger != "", "trigger = ?", f.Trigger)
	where(f.State != "", "state = ?", f.State)
	where(f.Person != "", "instr(words, ?) > 0", catalogue.Fold(f.Person))
	where(f.Text != "", "instr(words, ?) > 0", catalogue.Fold(f.Text))
	if id, err := catalogue.ParseID(f.File); err == nil && id != catalogue.Root {
		where(true, "id IN (SELECT run FROM action_file WHERE file = ?)", f.File)
	} else {
		where(f.File != "", "instr(words, ?) > 0", catalogue.Fold(f.File))
	}
	return condition, args
}

// fits tells whether a run has the texts in the fields that they are asked for
// in: the index doesn't part them.
func (f Filter) fits(r Run) bool {
	file, person := catalogue.Fold(f.File), catalogue.Fold(f.Person)
	if _, err := catalogue.ParseID(f.File); err == nil {
		file = ""
	}
	return strings.Contains(catalogue.Fold(r.Title), file) && strings.Contains(catalogue.Fold(r.Person), person)
}

const defaultLimit = 200

// Log returns the runs that the filter chooses, newest first.
func (a *Actions) Log(ctx context.Context, f Filter) (chosen []Run, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	for before := ""; len(chosen) < limit; {
		condition, args := f.condition()
		if before != "" {
			condition, args = condition+" AND id < ?", append(args, before)
		}
		page, err := a.runs(ctx, logged(condition)+" ORDER BY id DESC LIMIT ?) ORDER BY id DESC", append(args, limit)...)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if f.fits(r) && len(chosen) < limit {
				chosen = append(chosen, r)
			}
		}
		if len(page) < limit {
			break
		}
		before = page[len(page)-1].ID
	}
	return chosen, nil
}

// logged looks the condition up in the index that holds all that it asks for, a
// tenth of the table.
func logged(condition string) string {
	return "WHERE id IN (SELECT id FROM action_run INDEXED BY action_run_log " + condition
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

// tidy drops what is too old, by the days on which the program ran too, or too much.
func (a *Actions) tidy(ctx context.Context) error {
	before, err := a.cfg.Catalogue.DaysAgo(ctx, keepDays)
	if err != nil {
		return err
	}
	oldest := before.UnixMilli()
	return a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		ended := ` FROM action_run WHERE state IN ('done', 'failed') AND (at < ? OR id NOT IN (SELECT id FROM action_run ORDER BY id DESC LIMIT ?))`
		if _, err := tx.ExecContext(ctx, `DELETE FROM action_attempt WHERE run IN (SELECT id`+ended+`)`, oldest, keepRuns); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE`+ended, oldest, keepRuns); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM action_file WHERE run NOT IN (SELECT id FROM action_run)`)
		return err
	})
}
