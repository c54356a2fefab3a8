package action

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"

	"folderfront/server/catalogue"
)

// Attention is what the room wants of the person at this computer. It is kept
// in memory, so that asking for it costs nothing.
type Attention struct {
	Waiting []Run     // for a yes or no; oldest first, at most maxWaiting
	Unknown []Unknown // "which file is this?"; newest first, at most maxUnknown
	Failure Failure
	Refresh bool     // Workfront was told another list of actions
	Tray    []Action // offered in the tray
	Changes int64    // grows with each change of log, definitions and questions
}

// Unknown is a document of Workfront that an action was asked for and that is
// no file known here.
type Unknown struct {
	Document, Person, Action string
	Time                     time.Time
}

// Failure is news of failed runs: at most one a minute, so that a receiver that
// is down is one notification and not hundreds.
type Failure struct {
	Number int // grows with each news; 0: none yet
	Count  int // how many runs failed since the news before
	Run    Run // the last of them
}

const (
	maxWaiting  = 50
	maxUnknown  = 20
	newsAtLeast = time.Minute // apart
)

// notice is what Attention is made of. The lock of Actions guards it.
type notice struct {
	waiting map[string]Run
	unknown []Unknown
	failure Failure
	told    time.Time // of failure
	untold  int
	served  *string // the list that Workfront was told last; nil: none
	changes atomic.Int64
}

// changed tells that log, definitions or questions are others.
func (a *Actions) changed() {
	a.notice.changes.Add(1)
	a.cfg.Changed()
}

// Attention returns what wants the person now.
func (a *Actions) Attention() Attention {
	offered := a.offeredList()
	a.mu.Lock()
	defer a.mu.Unlock()
	now := Attention{Unknown: slices.Clone(a.notice.unknown), Failure: a.notice.failure, Changes: a.notice.changes.Load()}
	for _, act := range a.defined.Actions {
		if act.Tray && !act.Paused {
			now.Tray = append(now.Tray, act)
		}
	}
	for _, r := range a.notice.waiting {
		now.Waiting = append(now.Waiting, r)
	}
	slices.SortFunc(now.Waiting, func(x, y Run) int { return cmp.Compare(x.ID, y.ID) })
	now.Waiting = now.Waiting[:min(len(now.Waiting), maxWaiting)]
	now.Refresh = a.notice.served != nil && *a.notice.served != offered
	return now
}

// loadNotice reads what waited when the program ended.
func (a *Actions) loadNotice(ctx context.Context) error {
	waiting, err := a.runs(ctx, "WHERE state = 'waiting'")
	if err != nil {
		return err
	}
	a.notice.waiting = map[string]Run{}
	for _, r := range waiting {
		a.notice.waiting[r.ID] = r
	}
	return a.cfg.Catalogue.View(ctx, func(tx *sql.Tx) error {
		var list string
		switch err := tx.QueryRowContext(ctx, `SELECT list FROM action_served`).Scan(&list); err {
		case nil:
			a.notice.served = &list
		case sql.ErrNoRows:
		default:
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT document, person, action, at FROM action_unknown ORDER BY at DESC LIMIT ?`, maxUnknown)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var u Unknown
			var at int64
			if err := rows.Scan(&u.Document, &u.Person, &u.Action, &at); err != nil {
				return err
			}
			u.Time = time.UnixMilli(at)
			a.notice.unknown = append(a.notice.unknown, u)
		}
		return rows.Err()
	})
}

// noteQueued keeps those that wait for a yes.
func (a *Actions) noteQueued(runs []Run) {
	a.mu.Lock()
	for _, r := range runs {
		switch r.State {
		case Waiting:
			a.notice.waiting[r.ID] = r
		case Failed:
			a.noteFailure(r)
		}
	}
	a.mu.Unlock()
	a.changed()
}

func (a *Actions) noteDecided(id string) {
	a.mu.Lock()
	delete(a.notice.waiting, id)
	a.mu.Unlock()
	a.changed()
}

// noteAttempt makes a failure that nobody was looking at into news.
func (a *Actions) noteAttempt(r Run) {
	if r.State == Failed {
		a.mu.Lock()
		a.noteFailure(r)
		a.mu.Unlock()
	}
	a.changed()
}

// noteFailure counts a failure, which may become news. The caller holds the
// lock.
func (a *Actions) noteFailure(r Run) {
	if r.Trigger == ByHand || r.Trigger == ByTest {
		return // its person sees the result
	}
	n, now := &a.notice, time.Now()
	if n.untold++; now.Sub(n.told) < newsAtLeast {
		return
	}
	n.failure = Failure{n.failure.Number + 1, n.untold, r}
	n.told, n.untold = now, 0
}

// noteUnknown remembers to ask which file a document is.
func (a *Actions) noteUnknown(ctx context.Context, u Unknown) error {
	err := a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		// The last to come is the newest, whatever the clock says.
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO action_unknown (document, person, action, at)
			VALUES (?, ?, ?, max(?, (SELECT coalesce(max(at), 0) + 1 FROM action_unknown)))`,
			u.Document, u.Person, u.Action, u.Time.UnixMilli())
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM action_unknown WHERE document NOT IN (SELECT document FROM action_unknown ORDER BY at DESC LIMIT ?)`, maxUnknown)
		}
		return err
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	rest := slices.DeleteFunc(slices.Clone(a.notice.unknown), func(o Unknown) bool { return o.Document == u.Document })
	a.notice.unknown = append([]Unknown{u}, rest[:min(len(rest), maxUnknown-1)]...)
	a.mu.Unlock()
	a.changed()
	return nil
}

// Know remembers the person's answer to which file a document of Workfront is;
// with "" the question is dropped unanswered.
func (a *Actions) Know(ctx context.Context, document string, file catalogue.ID) error {
	document = stripBlanks(document)
	if file != "" {
		if err := a.cfg.Uploads.Remember(ctx, document, "", file); err != nil {
			return err
		}
	}
	err := a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM action_unknown WHERE document = ?`, document)
		return err
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.notice.unknown = slices.DeleteFunc(slices.Clone(a.notice.unknown), func(u Unknown) bool { return u.Document == document })
	a.mu.Unlock()
	a.changed()
	return nil
}

func (a *Actions) offeredList() string {
	list, _ := json.Marshal(a.Offered()) // strings always marshal
	return string(list)
}

// Served notes that Workfront was just told what is offered: until that changes
// its list is fresh. It writes only when the list is another one.
func (a *Actions) Served(ctx context.Context) {
	list := a.offeredList()
	a.mu.Lock()
	same := a.notice.served != nil && *a.notice.served == list
	a.notice.served = &list
	a.mu.Unlock()
	if same {
		return
	}
	err := a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO action_served (one, list) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET list = excluded.list`, list)
		return err
	})
	if err != nil && ctx.Err() == nil {
		a.cfg.Logger.Warn("which actions Workfront knows could not be kept", "error", err)
	}
	a.changed()
}
