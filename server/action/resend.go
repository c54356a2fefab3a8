package action

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
)

// Resend runs a run of the log again, as it was, under a new id.
func (a *Actions) Resend(ctx context.Context, id, person string) (string, error) {
	old, _, err := a.Detail(ctx, id)
	if err != nil {
		return "", err
	}
	ids, err := a.resend(ctx, []Run{old}, person)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// ResendFailed runs every failed run that the filter chooses again, unless that
// was done before, and tells how many.
func (a *Actions) ResendFailed(ctx context.Context, f Filter, person string) (int, error) {
	f.State = Failed
	condition, args := f.condition()
	failed, err := a.runs(ctx, logged(condition)+") AND resent = '' ORDER BY id", args...)
	failed = slices.DeleteFunc(failed, func(r Run) bool { return !f.fits(r) })
	if err != nil || len(failed) == 0 {
		return 0, err
	}
	ids, err := a.resend(ctx, failed, person)
	return len(ids), err
}

func (a *Actions) resend(ctx context.Context, old []Run, person string) ([]string, error) {
	var again []Run
	for _, r := range old {
		if r.job.Kind == Webhook && r.job.URL == "" || r.job.Kind == "" {
			return nil, refuse(catalogue.ErrInvalid, "This run never began, so there is nothing to send again. Run the action anew.")
		}
		now := a.now()
		r.ID, r.Time, r.due = newRunID(now), now, now
		r.Trigger, r.Person, r.State, r.Error = ByResend, person, Pending, ""
		again = append(again, r)
	}
	return a.enqueue(ctx, again, func(tx *sql.Tx) error {
		for i, r := range old {
			if _, err := tx.ExecContext(ctx, `UPDATE action_run SET resent = ? WHERE id = ?`, again[i].ID, r.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Decide answers a run that waits for a person's yes.
func (a *Actions) Decide(ctx context.Context, id string, yes bool) error {
	state, sentence := Pending, ""
	if !yes {
		state, sentence = Failed, "The person at the computer declined."
	}
	var changed int64
	err := a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE action_run SET state = ?, error = ? WHERE id = ? AND state = ?`, state, sentence, id, Waiting)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return err
	}
	a.noteDecided(id)
	if changed == 0 {
		return refuse(catalogue.ErrNotFound, "This run no longer waits for an answer.")
	}
	if r, _, err := a.Detail(ctx, id); err == nil && !yes {
		a.tell(r)
	}
	a.arrivals.look()
	a.poke()
	return nil
}

const testTime = 4500 * time.Millisecond // with all around it, an answer within 5 s

// Test does what an action would do with a file, saved or not, and returns the
// run with its attempt. A message is waited for no longer than testTime. secret answers as Config.Secret
// does.
func (a *Actions) Test(ctx context.Context, act Action, c Connection, file catalogue.ID, secret func(string) (string, error)) (Run, []Attempt, error) {
	ctx = context.WithoutCancel(ctx) // what was sent is recorded, whoever still looks
	c.Timeout = min(cmp.Or(c.Timeout, testTime), testTime)
	r, err := a.trial(ctx, act, c, file)
	if err != nil {
		return Run{}, nil, err
	}
	r.due = r.due.Add(time.Hour) // the dispatcher leaves it alone
	if _, err := a.enqueue(ctx, []Run{r}, nil); err != nil {
		return Run{}, nil, err
	}
	a.attempt(ctx, r, func(ctx context.Context, r Run) (Attempt, error) {
		if r.job.Kind == Webhook {
			return a.deliver(ctx, r, c, secret)
		}
		return a.carryOut(ctx, r)
	})
	return a.Detail(ctx, r.ID)
}

// Preview is what an action with that connection would send for a file: of a
// builtin the body is its argument, of a command the command line.
type Preview struct {
	Method, URL, Body, ContentType string
}

// Preview renders what an action would do, without doing it.
func (a *Actions) Preview(ctx context.Context, act Action, c Connection, file catalogue.ID) (Preview, error) {
	j, err := a.trial(ctx, act, c, file)
	if err != nil {
		return Preview{}, err
	}
	switch job := j.job; job.Kind {
	case Builtin:
		return Preview{Body: job.Argument}, nil
	case Command:
		return Preview{Body: commandLine(append(append([]string{job.Program}, job.Arguments...), j.Title))}, nil
	default:
		return Preview{job.Method, outgoing.MaskURL(job.URL), job.Body, job.ContentType}, nil
	}
}

// commandLine quotes what needs it, for a person to read.
func commandLine(words []string) string {
	for i, word := range words {
		if word == "" || strings.ContainsAny(word, " \t\n\"'$\\`;&|<>()*?") {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// trial plans a run of an action as it stands in a form.
func (a *Actions) trial(ctx context.Context, act Action, c Connection, file catalogue.ID) (Run, error) {
	act.Paused, act.Folders = false, nil
	runs, err := a.plan(ctx, Order{Action: act, Files: []catalogue.ID{file}, Trigger: ByTest, connection: &c})
	if err != nil {
		return Run{}, err
	}
	return runs[0], nil
}
