package action

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"folderfront/server/catalogue"
)

// schema grows by steps; a step that was released never changes.
var schema = []string{`
CREATE TABLE action_run (
	id TEXT PRIMARY KEY,        -- sorts by time; the id of the message, too
	at INTEGER NOT NULL,        -- Unix milliseconds
	trigger TEXT NOT NULL,
	person TEXT NOT NULL,
	action TEXT NOT NULL,       -- its name
	rule TEXT NOT NULL,
	state TEXT NOT NULL,
	result INTEGER NOT NULL,    -- HTTP status of the last attempt; 0: none came
	error TEXT NOT NULL,        -- a sentence
	title TEXT NOT NULL,        -- of the first file
	share TEXT NOT NULL,
	files TEXT NOT NULL,        -- JSON array of ids
	depth INTEGER NOT NULL,     -- how many runs led to this one
	job TEXT NOT NULL,          -- JSON of a job
	serial TEXT NOT NULL,       -- runs of one serial are done one after the other
	tries INTEGER NOT NULL,
	next INTEGER NOT NULL       -- Unix milliseconds of the next attempt, while pending
);
CREATE INDEX action_run_due ON action_run (next) WHERE state = 'pending';
CREATE INDEX action_run_at ON action_run (at);
CREATE TABLE action_attempt (
	run TEXT NOT NULL REFERENCES action_run (id) ON DELETE CASCADE,
	at INTEGER NOT NULL,
	status INTEGER NOT NULL,
	took INTEGER NOT NULL,      -- milliseconds
	url TEXT NOT NULL,
	request TEXT NOT NULL,
	response TEXT NOT NULL,
	error TEXT NOT NULL
);
CREATE INDEX action_attempt_run ON action_attempt (run);
CREATE TABLE action_tag (file TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (file, tag)) WITHOUT ROWID;
CREATE TABLE action_fired (rule TEXT NOT NULL, file TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (rule, file)) WITHOUT ROWID;
`}

// States of a run.
const (
	Waiting = "waiting" // for a person's yes at this computer
	Pending = "pending"
	Done    = "done"
	Failed  = "failed"
)

// What triggers a run.
const (
	ByWorkfront = "workfront"
	ByHand      = "hand"
	ByRule      = "rule"
	ByAPI       = "api"
	ByTest      = "test"
	ByResend    = "resend"
)

// Run is one execution of an action, as the log shows it.
type Run struct {
	ID      string
	Time    time.Time
	Trigger string
	Person  string
	Action  string
	Rule    string
	State   string
	Result  int // HTTP status of the last attempt; 0 when nothing came back
	Error   string
	Title   string
	Share   string
	Files   []catalogue.ID
	Depth   int

	job    job
	serial string
	tries  int
	due    time.Time // of the first attempt
}

// Attempt is one try of a run.
type Attempt struct {
	Time     time.Time
	Status   int
	Took     time.Duration
	URL      string
	Request  string
	Response string
	Error    string
}

// alphabet is Crockford's base 32, which sorts like the numbers it stands for.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// newRunID is 48 bits of time in milliseconds and 80 random ones.
func newRunID(now time.Time) string {
	var random [16]byte
	rand.Read(random[:])
	id := make([]byte, 26)
	ms := uint64(now.UnixMilli())
	for i := 9; i >= 0; i-- {
		id[i] = alphabet[ms&31]
		ms >>= 5
	}
	for i := 10; i < 26; i++ {
		id[i] = alphabet[random[i-10]&31]
	}
	return string(id)
}

func insertRun(tx *sql.Tx, r Run) error {
	files, err := json.Marshal(r.Files)
	if err != nil {
		return err
	}
	work, err := json.Marshal(r.job)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO action_run (id, at, trigger, person, action, rule, state, result, error, title, share, files, depth, job, serial, tries, next)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?, ?, ?, ?, ?, 0, ?)`,
		r.ID, r.Time.UnixMilli(), r.Trigger, r.Person, r.Action, r.Rule, r.State, r.Title, r.Share, string(files), r.Depth, string(work), r.serial, r.due.UnixMilli())
	return err
}

const runColumns = `id, at, trigger, person, action, rule, state, result, error, title, share, files, depth, job, serial, tries`

func scanRun(row interface{ Scan(...any) error }) (Run, error) {
	var r Run
	var at int64
	var files, work string
	err := row.Scan(&r.ID, &at, &r.Trigger, &r.Person, &r.Action, &r.Rule, &r.State, &r.Result, &r.Error, &r.Title, &r.Share, &files, &r.Depth, &work, &r.serial, &r.tries)
	if err != nil {
		return Run{}, err
	}
	r.Time = time.UnixMilli(at)
	return r, errors.Join(json.Unmarshal([]byte(files), &r.Files), json.Unmarshal([]byte(work), &r.job))
}

// runs reads the runs that a condition selects.
func (a *Actions) runs(ctx context.Context, condition string, args ...any) (all []Run, err error) {
	err = a.cfg.Catalogue.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+runColumns+` FROM action_run `+condition, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scanRun(rows)
			if err != nil {
				return err
			}
			all = append(all, r)
		}
		return rows.Err()
	})
	return all, err
}

// Filter chooses runs of the log; empty fields choose all.
type Filter struct {
	Since, Until time.Time
	Action       string
	Text         string // in file, person or rule
	Trigger      string
	State        string
	Limit        int // at most so many; 0: 200
}

// Log returns the runs that the filter chooses, newest first.
func (a *Actions) Log(ctx context.Context, f Filter) ([]Run, error) {
	condition, args := "WHERE 1", []any{}
	where := func(sql string, arg any, given bool) {
		if given {
			condition += " AND " + sql
			args = append(args, arg)
		}
	}
	where("at >= ?", f.Since.UnixMilli(), !f.Since.IsZero())
	where("at < ?", f.Until.UnixMilli(), !f.Until.IsZero())
	where("action = ?", f.Action, f.Action != "")
	where("trigger = ?", f.Trigger, f.Trigger != "")
	where("state = ?", f.State, f.State != "")
	where(`title || ' ' || person || ' ' || rule LIKE '%' || ? || '%' ESCAPE '\'`, escapeLike(f.Text), f.Text != "")
	limit := f.Limit
	if limit <= 0 {
		limit = 200
	}
	return a.runs(ctx, condition+" ORDER BY id DESC LIMIT ?", append(args, limit)...)
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
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
