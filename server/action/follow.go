package action

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"folderfront/server/catalogue"
)

const (
	settleTime = time.Second           // a file that didn't change for so long is whole
	settleLook = 50 * time.Millisecond // how often that is looked at
	maxDepth   = 3                     // runs that led to a change that still counts as news
)

// happening is something that happened to a file and isn't judged yet.
type happening struct {
	on      string
	oldPath string
	entry   catalogue.Entry // as it was when last looked at
	since   time.Time       // when it was seen to be different for the last time
}

// follow turns the catalogue's events into runs. A file that is being written
// is waited for; what was there before the program knew the folder is no news.
func (a *Actions) follow(ctx context.Context) error {
	events := a.cfg.Catalogue.Subscribe(ctx)
	settling := map[catalogue.ID]happening{}
	look, looking := time.NewTicker(settleLook), true
	defer look.Stop()
	for {
		if waits := len(settling) > 0; waits != looking { // a clock that ticks for nothing keeps the processor from its rest
			looking = waits
			if look.Stop(); waits {
				look.Reset(settleLook)
			}
		}
		select {
		case event, open := <-events:
			if !open {
				return nil
			}
			if !event.Initial && !event.Entry.Folder && !event.Entry.Pending {
				a.hear(ctx, event, settling)
			}
		case now := <-look.C:
			a.settle(ctx, settling, now)
		}
	}
}

// hear takes one event. What is whole by its nature is judged at once.
func (a *Actions) hear(ctx context.Context, e catalogue.Event, settling map[catalogue.ID]happening) {
	id := e.Entry.ID
	depth := a.depthOf(id)
	before, waits := settling[id]
	switch {
	case e.Kind == catalogue.Deleted:
		delete(settling, id)
		a.judgeEvent(ctx, OnDeleted, subject{entry: e.Entry, path: e.OldPath}, e.OldPath, depth)
	case waits: // still being written: it stays what it was, under its newest name
		before.entry, before.since = e.Entry, restingSince(e.Entry, time.Now())
		settling[id] = before
	case e.Kind == catalogue.Renamed:
		a.judgeEvent(ctx, OnRenamed, subject{entry: e.Entry, path: e.Path}, e.OldPath, depth)
	case e.Kind == catalogue.Moved:
		a.judgeEvent(ctx, OnMoved, subject{entry: e.Entry, path: e.Path}, e.OldPath, depth)
	case e.Own && depth == 0:
		a.judgeEvent(ctx, OnUploaded, subject{entry: e.Entry, path: e.Path}, "", 0)
		a.judgeEvent(ctx, onOf(e.Kind), subject{entry: e.Entry, path: e.Path}, "", 0)
	default:
		settling[id] = happening{on: onOf(e.Kind), entry: e.Entry, since: restingSince(e.Entry, time.Now())}
	}
}

func onOf(kind catalogue.Kind) string {
	if kind == catalogue.Created {
		return OnCreated
	}
	return OnChanged
}

// restingSince is when a file was seen to change for the last time: a little
// before now, when its own time says so. A time far in the past was set by the
// program that wrote it, and says nothing.
func restingSince(entry catalogue.Entry, now time.Time) time.Time {
	if lag := now.Sub(entry.Modified); lag > 0 && lag < settleTime {
		return entry.Modified
	}
	return now
}

// settle judges the files that have come to rest, several at a time, so that
// they share the disk's syncs.
func (a *Actions) settle(ctx context.Context, settling map[catalogue.ID]happening, now time.Time) {
	var judging errgroup.Group
	judging.SetLimit(atOnce)
	defer judging.Wait()
	for id, h := range settling {
		switch age := now.Sub(h.since); {
		case age < 0: // the clock was set back
			h.since = now
			settling[id] = h
			continue
		case age < settleTime:
			continue
		}
		entry, err := a.cfg.Catalogue.Lookup(ctx, id)
		switch {
		case errors.Is(err, catalogue.ErrNotFound):
			delete(settling, id)
		case err != nil:
		case entry.Size != h.entry.Size || !entry.Modified.Equal(h.entry.Modified):
			h.entry, h.since = entry, restingSince(entry, now)
			settling[id] = h
		default:
			delete(settling, id)
			judging.Go(func() error {
				if within, err := a.pathOf(ctx, entry); err == nil {
					a.judgeEvent(ctx, h.on, subject{entry: entry, path: within}, h.oldPath, a.depthOf(id))
				}
				return nil
			})
		}
	}
}

// depthOf tells how many runs led to a change of a file: 0 when nobody of ours
// made it.
func (a *Actions) depthOf(id catalogue.ID) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ours := a.caused[id]
	if !ours || time.Since(c.at) > causeLife {
		return 0
	}
	return c.depth
}

// happened judges what the room itself did to a file.
func (a *Actions) happened(ctx context.Context, on string, id catalogue.ID, oldPath string) error {
	s, err := a.subject(ctx, id)
	if err != nil {
		return err
	}
	a.judgeEvent(ctx, on, s, oldPath, a.depthOf(id))
	return nil
}

// judgeEvent asks every rule.
func (a *Actions) judgeEvent(ctx context.Context, on string, s subject, oldPath string, depth int) {
	if depth >= maxDepth {
		a.cfg.Logger.Warn("rules set each other off; this change starts none", "file", s.entry.ID)
		return
	}
	defined := a.definitions()
	for _, rule := range defined.Rules {
		if rule.On != on {
			continue
		}
		if s.tags == nil {
			var err error
			if s, err = a.marked(ctx, s); err != nil {
				a.cfg.Logger.Error("tags can't be read", "error", err)
				return
			}
		}
		if !rule.matches(s) {
			continue
		}
		if err := a.fire(ctx, defined, rule, s, oldPath, depth); err != nil {
			a.cfg.Logger.Warn("a rule could not run", "rule", rule.Name, "file", s.entry.ID, "error", err)
		}
	}
}

// marked adds what people marked a file with.
func (a *Actions) marked(ctx context.Context, s subject) (subject, error) {
	tags, err := a.Tags(ctx, s.entry.ID)
	if err != nil {
		return s, err
	}
	s.tags = append([]string{}, tags...)
	s.note, err = a.Note(ctx, s.entry.ID)
	return s, err
}

// fire queues a rule's actions for a file, with its memory and its tag in the
// same transaction.
func (a *Actions) fire(ctx context.Context, d Definitions, rule Rule, s subject, oldPath string, depth int) error {
	if a.stopped(rule, s.entry.ID) {
		return nil
	}
	var runs []Run
	for _, step := range rule.Steps {
		act, _ := d.action(func(act Action) bool { return act.Name == step })
		order := Order{
			Action: act, Files: []catalogue.ID{s.entry.ID}, Trigger: ByRule, Rule: rule.Name,
			Event: rule.On, OldPath: oldPath, Depth: depth, subjects: []subject{s},
		}
		planned, err := a.plan(ctx, order)
		if err != nil {
			a.refused(ctx, order, err)
			return err
		}
		runs = append(runs, planned...)
	}
	wait := a.spacing(rule)
	for i := range runs {
		runs[i].due = runs[i].Time.Add(wait)
		runs[i].serial = string(s.entry.ID) // a rule's steps on a file go in order
	}
	_, err := a.enqueue(ctx, runs, func(tx *sql.Tx) error { return remember(ctx, tx, rule, s.entry) })
	if errors.Is(err, errFired) {
		return nil
	}
	return err
}

// errFired rolls back: the rule ran for this file already.
var errFired = errors.New("the rule ran already")

// remember notes that the rule ran for this file, and removes its tag.
func remember(ctx context.Context, tx *sql.Tx, rule Rule, entry catalogue.Entry) error {
	if rule.Untag != "" {
		if err := untag(ctx, tx, entry.ID, rule.Untag); err != nil {
			return err
		}
	}
	if rule.Once == Always || rule.Once == "" {
		return nil
	}
	version := ""
	if rule.Once == OncePerVersion {
		version = fmt.Sprintf("%d %d", entry.Size, entry.Modified.UnixNano())
	}
	var before string
	err := tx.QueryRowContext(ctx, `SELECT version FROM action_fired WHERE rule = ? AND file = ?`, rule.Name, string(entry.ID)).Scan(&before)
	switch {
	case err == nil && before == version:
		return errFired
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO action_fired (rule, file, version) VALUES (?, ?, ?)
		ON CONFLICT (rule, file) DO UPDATE SET version = excluded.version`, rule.Name, string(entry.ID), version)
	return err
}

// stopped counts a run of a rule for a file and stops a rule that runs in
// circles, until the definitions are set anew.
func (a *Actions) stopped(rule Rule, id catalogue.ID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.blown[rule.Name] && a.fuse.blows(rule.Name+"\x00"+string(id), time.Now()) {
		a.blown[rule.Name] = true
		a.cfg.Logger.Error("a rule ran in circles and was stopped", "rule", rule.Name, "file", id)
	}
	return a.blown[rule.Name]
}

// Stopped lists the rules that were stopped because they ran in circles.
func (a *Actions) Stopped() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for _, r := range a.defined.Rules {
		if a.blown[r.Name] {
			names = append(names, r.Name)
		}
	}
	return names
}

// spacing is how long the next run of a rule with a limit has to wait.
func (a *Actions) spacing(rule Rule) time.Duration {
	if rule.PerMinute <= 0 {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Since(a.began)
	due := max(a.next[rule.Name], now)
	a.next[rule.Name] = due + time.Minute/time.Duration(rule.PerMinute)
	return due - now
}
