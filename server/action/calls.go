package action

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"folderfront/server/catalogue"
)

// Caller is who asks through the API.
type Caller struct {
	Name string
	May  func(share string, write bool) bool
}

const (
	answerTime  = 5 * time.Second  // a person looks at a spinner meanwhile
	doubleClick = 10 * time.Second // the same call within this gets the first one's result
)

// Custom carries out an action for Workfront (specification, "Perform a Custom
// Action"). Workfront's ids are not ours: uploads tell which file they mean, or
// the person at this computer does. nil is success; an error's sentence is
// shown to the user.
func (a *Actions) Custom(ctx context.Context, caller Caller, name, documentID, versionID string) error {
	name, documentID, versionID = stripBlanks(name), stripBlanks(documentID), stripBlanks(versionID)
	act, known := a.definitions().action(func(act Action) bool { return act.Name == name && act.Workfront })
	if !known {
		return refuse(catalogue.ErrInvalid, "There is no action %q here. Ask your administrator to refresh the integration in Workfront.", name)
	}
	id, err := a.cfg.Uploads.FileOf(ctx, documentID, versionID)
	if err != nil {
		return a.unknownDocument(ctx, err, Unknown{documentID, caller.Name, act.Name, a.now()})
	}
	entry, err := a.visible(ctx, caller, act, id)
	if err != nil {
		return err
	}
	run, err := a.once(ctx, caller, act, entry, documentID+"\x00"+versionID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	ended, err := a.Wait(ctx, run)
	if err != nil {
		return err
	}
	return verdict(act, ended)
}

// verdict is what the user of Workfront is told of a run.
func verdict(act Action, r Run) error {
	switch r.State {
	case Failed:
		return refuse(catalogue.ErrRefused, "%q did not succeed. %s", act.DisplayName, r.Error)
	case Waiting:
		return refuse(catalogue.ErrBusy, "%q waits for a confirmation at the computer that shares the file.", act.DisplayName)
	}
	return nil
}

// unknownDocument says what to do about a document that nobody sent here, and
// has the person at this computer asked which file it is.
func (a *Actions) unknownDocument(ctx context.Context, err error, u Unknown) error {
	if !errors.Is(err, catalogue.ErrNotFound) {
		return err
	}
	if u.Document != "" && len(u.Document) <= maxDocumentID {
		if err := a.noteUnknown(ctx, u); err != nil {
			return err
		}
	}
	return refuse(catalogue.ErrNotFound, "Folderfront does not know which file this document is. Send the document to the folder once, or name the file at the computer that shares it.")
}

// maxDocumentID is far above the 32 characters that Workfront's ids have.
const maxDocumentID = 100

// visible looks at a file with the caller's eyes.
func (a *Actions) visible(ctx context.Context, caller Caller, act Action, id catalogue.ID) (catalogue.Entry, error) {
	entry, err := a.cfg.Catalogue.Lookup(ctx, id)
	if err == nil && !caller.May(entry.Share, false) {
		err = refuse(catalogue.ErrNotFound, "This file is not shared with you.")
	}
	if err == nil && act.changes() && (entry.ReadOnly || !caller.May(entry.Share, true)) {
		err = refuse(catalogue.ErrForbidden, "You may look at the folder %q but not change it.", entry.Share)
	}
	return entry, err
}

// changes tells whether an action changes files.
func (a Action) changes() bool {
	switch a.Operation {
	case "tag", "untag", "notify", "open", "reveal", "":
		return a.Kind == Command
	}
	return a.Kind == Builtin || a.Kind == Command
}

// once queues an action, or finds the run that the same call began just now.
func (a *Actions) once(ctx context.Context, caller Caller, act Action, entry catalogue.Entry, document string) (string, error) {
	key := strings.Join([]string{caller.Name, act.Name, document}, "\x00")
	a.calls.Lock()
	defer a.calls.Unlock()
	now := time.Now()
	if run, again := a.justAsked(key, now); again {
		return run, nil
	}
	ids, err := a.Perform(ctx, Order{Action: act, Files: []catalogue.ID{entry.ID}, Trigger: ByWorkfront, Person: caller.Name})
	if err != nil {
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.recent[key] = recentCall{now, ids[0]}
	return ids[0], nil
}

func (a *Actions) justAsked(key string, now time.Time) (run string, again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for other, call := range a.recent {
		if now.Sub(call.at) > doubleClick {
			delete(a.recent, other)
		}
	}
	call, again := a.recent[key]
	return call.run, again
}

// stripBlanks removes the blanks that copied ids carry.
func stripBlanks(id string) string {
	return strings.Join(strings.Fields(id), "")
}

// Fired is what a webhook fired through the API did: the request and the
// response with headers and body, and the status as text, "0" when no response
// came.
type Fired struct {
	Request, Response, Result, URL string
}

// maxAtOnce bounds the files of one call.
const maxAtOnce = 1000

// Fire carries out an action on files by their numbers. All of them are looked
// at first; when one is not the caller's to see, nothing is sent at all. No
// numbers at all fire nothing.
func (a *Actions) Fire(ctx context.Context, caller Caller, actionID int32, numbers []int64) (*Fired, error) {
	act, known := a.definitions().action(func(act Action) bool { return act.ID == actionID })
	if !known {
		return nil, refuse(catalogue.ErrInvalid, "There is no action with the id %d.", actionID)
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	if len(numbers) > maxAtOnce {
		return nil, refuse(catalogue.ErrInvalid, "At most %d files can be used at once. Nothing was sent.", maxAtOnce)
	}
	var files []catalogue.ID
	for _, number := range numbers {
		known, err := a.cfg.Catalogue.ByNumber(ctx, number)
		if err == nil {
			known, err = a.visible(ctx, caller, act, known.ID)
		}
		if err != nil {
			return nil, refuse(catalogue.ErrForbidden, "The file with the id %d is not yours to use, so nothing was sent.", number)
		}
		files = append(files, known.ID)
	}
	ids, err := a.Perform(ctx, Order{Action: act, Files: files, Trigger: ByAPI, Person: caller.Name})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return a.fired(ctx, ids)
}

// fired gathers what the runs sent and received.
func (a *Actions) fired(ctx context.Context, ids []string) (*Fired, error) {
	var all Fired
	for i, id := range ids {
		if _, err := a.Wait(ctx, id); err != nil {
			return nil, err
		}
		run, attempts, err := a.Detail(context.WithoutCancel(ctx), id)
		if err != nil {
			return nil, err
		}
		separator := ""
		if i > 0 {
			separator = "\n\n"
		}
		all.Result = strconv.Itoa(run.Result)
		for _, t := range attempts {
			all.Request += separator + t.Request
			all.Response += separator + t.Response
			all.URL = t.URL
		}
	}
	return &all, nil
}

// RunByName carries out an action by hand and waits for its end.
func (a *Actions) RunByName(ctx context.Context, name, person string, files []catalogue.ID) ([]Run, error) {
	act, known := a.definitions().action(func(act Action) bool { return act.Name == name })
	if !known {
		return nil, refuse(catalogue.ErrNotFound, "There is no action %q.", name)
	}
	ids, err := a.Perform(ctx, Order{Action: act, Files: files, Trigger: ByHand, Person: person})
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, id := range ids {
		r, err := a.Wait(ctx, id)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// String makes a run readable in logs.
func (r Run) String() string { return fmt.Sprintf("%s %s %s", r.ID, r.Action, r.State) }
