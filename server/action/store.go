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
`, `
ALTER TABLE action_run ADD COLUMN resent TEXT NOT NULL DEFAULT ''; -- the run that does it again
CREATE TABLE action_note (file TEXT PRIMARY KEY, note TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE action_unknown ( -- documents of Workfront that nobody knows
	document TEXT PRIMARY KEY,
	person TEXT NOT NULL,
	action TEXT NOT NULL,
	at INTEGER NOT NULL         -- Unix milliseconds
) WITHOUT ROWID;
CREATE TABLE action_served (one INTEGER PRIMARY KEY CHECK (one = 1), list TEXT NOT NULL); -- what Workfront was told
`, `
ALTER TABLE action_run ADD COLUMN receiver TEXT NOT NULL DEFAULT ''; -- the connection of its job
UPDATE action_run SET receiver = ifnull(json_extract(job, '$.connection'), '');
CREATE INDEX action_run_queue ON action_run (id, next, receiver) WHERE state = 'pending';
`, `
ALTER TABLE action_run ADD COLUMN words TEXT NOT NULL DEFAULT ''; -- all that is searched, folded
UPDATE action_run SET words = lower(action || ' ' || title || ' ' || person || ' ' || rule);
CREATE INDEX action_run_log ON action_run (id, action, trigger, state, words); -- all that the log is filtered by
CREATE TABLE action_file (file TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (file, run)) WITHOUT ROWID;
INSERT OR IGNORE INTO action_file SELECT j.value, r.id FROM action_run r, json_each(r.files) j;
`, `
ALTER TABLE action_run ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- Unix milliseconds from which the wait for next counts
CREATE INDEX action_run_since ON action_run (since) WHERE state = 'pending';
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
	for i := range random {
		random[i] = alphabet[random[i]&31]
	}
	return firstID(now) + string(random[:])
}

// firstID is where the ids of a millisecond begin.
func firstID(at time.Time) string {
	var id [10]byte
	ms := uint64(max(at.UnixMilli(), 0))
	for i := len(id) - 1; i >= 0; i-- {
		id[i] = alphabet[ms&31]
		ms >>= 5
	}
	return string(id[:])
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
	_, err = tx.Exec(`INSERT INTO action_run (id, at, trigger, person, action, rule, state, result, error, title, share, files, depth, job, serial, tries, next, since, receiver, words)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
		r.ID, r.Time.UnixMilli(), r.Trigger, r.Person, r.Action, r.Rule, r.State, r.Error, r.Title, r.Share, string(files), r.Depth, string(work), r.serial, r.due.UnixMilli(), r.Time.UnixMilli(), r.job.Connection, words(r))
	for _, file := range r.Files {
		if err == nil {
			_, err = tx.Exec(`INSERT OR IGNORE INTO action_file (file, run) VALUES (?, ?)`, string(file), r.ID)
		}
	}
	return err
}

// words is what a run is found by, each field on a line of its own so that no
// text matches across two.
func words(r Run) string {
	return catalogue.Fold(strings.Join([]string{r.Action, r.Title, r.Person, r.Rule}, "\n"))
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
