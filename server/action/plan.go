package action

import (
	"context"
	"fmt"
	"hash/fnv"
	"mime"
	"path"
	"slices"
	"strings"
	"time"

	"folderfront/server/action/message"
	"folderfront/server/catalogue"
)

// job is what a run does, frozen when it begins: a later change of the action
// or the file doesn't change it.
type job struct {
	Kind      Kind     `json:"kind"`
	Operation string   `json:"operation,omitempty"`
	Argument  string   `json:"argument,omitempty"`
	Program   string   `json:"program,omitempty"`
	Arguments []string `json:"arguments,omitempty"`

	Connection  string `json:"connection,omitempty"`
	Method      string `json:"method,omitempty"`
	URL         string `json:"url,omitempty"`
	Body        string `json:"body,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	Only200     bool   `json:"only200,omitempty"`
	RetryOnce   bool   `json:"retryOnce,omitempty"`
}

func refuse(kind error, format string, args ...any) error {
	return &catalogue.Error{Kind: kind, Sentence: fmt.Sprintf(format, args...)}
}

// plan turns an order into runs: every file is looked at and every template
// rendered before anything is queued.
func (a *Actions) plan(ctx context.Context, o Order) ([]Run, error) {
	if o.Action.Paused {
		return nil, refuse(catalogue.ErrInvalid, "The action %q is switched off at the moment.", o.Action.DisplayName)
	}
	if len(o.Files) == 0 {
		return nil, refuse(catalogue.ErrInvalid, "Choose a file for %q.", o.Action.DisplayName)
	}
	subjects, err := a.subjects(ctx, o)
	if err != nil {
		return nil, err
	}
	if o.Action.Together {
		r, err := a.planRun(ctx, o, subjects)
		return []Run{r}, err
	}
	var runs []Run
	for _, s := range subjects {
		r, err := a.planRun(ctx, o, []subject{s})
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// subjects reads the order's files, all before anything is done.
func (a *Actions) subjects(ctx context.Context, o Order) ([]subject, error) {
	subjects := o.subjects
	for _, id := range o.Files[len(subjects):] {
		s, err := a.subject(ctx, id)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, s)
	}
	for _, s := range subjects {
		if s.entry.Folder || s.entry.ID == catalogue.Root {
			return nil, refuse(catalogue.ErrInvalid, "Actions are for files, and %q is a folder.", s.entry.Title())
		}
		if !o.Action.covers(s.entry.Share) {
			return nil, refuse(catalogue.ErrInvalid, "The action %q is not for the folder %q.", o.Action.DisplayName, s.entry.Share)
		}
	}
	return subjects, nil
}

func (a *Actions) planRun(ctx context.Context, o Order, subjects []subject) (Run, error) {
	now := a.now()
	first := subjects[0].entry
	r := Run{
		ID: newRunID(now), Time: now, Trigger: o.Trigger, Person: o.Person, Action: o.Action.Name, Rule: o.Rule,
		State: Pending, due: now, Title: first.Title(), Share: first.Share, Depth: o.Depth,
	}
	var ids []string
	for _, s := range subjects {
		r.Files = append(r.Files, s.entry.ID)
		ids = append(ids, string(s.entry.ID))
	}
	r.serial = o.Action.Name + "\x00" + strings.Join(ids, " ")
	if o.asks() {
		r.State = Waiting
	}
	var err error
	r.job, err = a.freeze(ctx, o, a.variables(o, r, subjects))
	return r, err
}

// asks tells whether a person at this computer must say yes first. One who asks
// for the action there has said so; a program that others ask for always waits.
func (o Order) asks() bool {
	switch o.Trigger {
	case ByWorkfront, ByAPI:
		return o.Action.Confirm || o.Action.Kind == Command
	case ByRule:
		return o.Action.Confirm
	}
	return false
}

// freeze renders the action's templates.
func (a *Actions) freeze(ctx context.Context, o Order, variables map[string]any) (job, error) {
	act := o.Action
	j := job{Kind: act.Kind, Operation: act.Operation, Program: act.Program, Connection: act.Connection, Method: act.Method, Only200: act.Only200, RetryOnce: act.RetryOnce}
	var failed error
	render := func(template string, escape message.Escape) string {
		parsed, err := message.Parse(template, escape)
		if err == nil {
			var out string
			if out, err = parsed.Render(ctx, variables); err == nil {
				return out
			}
		}
		if failed == nil {
			failed = refuse(catalogue.ErrInvalid, "The message of %q can't be made: %v.", act.DisplayName, err)
		}
		return ""
	}
	switch act.Kind {
	case Builtin:
		j.Argument = render(act.Argument, message.Plain)
	case Command:
		for _, argument := range act.Arguments {
			j.Arguments = append(j.Arguments, render(argument, message.Plain))
		}
	case Webhook:
		connection := a.connectionOf(o)
		j.URL = connection.URL + render(act.Path, message.URL)
		j.Body, j.ContentType = render(act.Body, act.escape()), act.contentType()
		if failed == nil {
			failed = checkBody(act, j)
		}
	}
	return j, failed
}

func (a *Actions) connectionOf(o Order) Connection {
	if o.connection != nil {
		return *o.connection
	}
	connection, _ := a.definitions().connection(o.Action.Connection)
	return connection
}

// subject reads what rules and templates know of a file.
func (a *Actions) subject(ctx context.Context, id catalogue.ID) (subject, error) {
	entry, err := a.cfg.Catalogue.Lookup(ctx, id)
	if err != nil {
		return subject{}, err
	}
	return a.describe(ctx, entry)
}

func (a *Actions) describe(ctx context.Context, entry catalogue.Entry) (subject, error) {
	within, err := a.pathOf(ctx, entry)
	if err != nil {
		return subject{}, err
	}
	return a.marked(ctx, subject{entry: entry, path: within})
}

// pathOf is the entry's path within its shared folder.
func (a *Actions) pathOf(ctx context.Context, entry catalogue.Entry) (string, error) {
	names := []string{entry.Title()}
	for parent := entry.Parent; parent != catalogue.Root && parent != ""; {
		above, err := a.cfg.Catalogue.Lookup(ctx, parent)
		if err != nil {
			return "", err
		}
		if above.Parent == catalogue.Root {
			break
		}
		names = append(names, above.Title())
		parent = above.Parent
	}
	slices.Reverse(names)
	return path.Join(names...), nil
}

// Variables documents what templates may use, with an example each.
var Variables = [][2]string{
	{"file.id", "4xjyg43q4xdsupefawkdzjjqw4"},
	{"file.number", "12"},
	{"file.name", "Poster.pdf"},
	{"file.extension", "pdf"},
	{"file.path", "Campaign/Poster.pdf"},
	{"file.folder", "Brand"},
	{"file.size", "48211"},
	{"file.mime_type", "application/pdf"},
	{"file.modified", "2026-03-04T05:06:07Z"},
	{"file.modified_unix", "1772600767"},
	{"file.tags", "[\"approved\"]"},
	{"file.note", "Ready for print"},
	{"file.view_link", "https://files.example.com/view/4xjyg43q4xdsupefawkdzjjqw4"},
	{"file.download_link", "https://files.example.com/get/4xjyg43q4xdsupefawkdzjjqw4"},
	{"files", "all files of the run, as a list of the same"},
	{"case", "another name of file, with case.subject for its name and case.labels for its tags"},
	{"action.id", "1"},
	{"action.name", "archive"},
	{"action.display_name", "Archive"},
	{"event.type", "uploaded"},
	{"event.old_path", "Draft/Poster.pdf"},
	{"person.name", "ann@example.com"},
	{"person.email", "ann@example.com"},
	{"person.id", "1304895632"},
	{"run.id", "01jn8w3v7k2m4p6q8r0s2t4v6x"},
	{"run.time", "2026-03-04T05:06:08Z"},
	{"run.unix", "1772600768"},
	{"run.unix_ms", "1772600768000"},
}

func (a *Actions) variables(o Order, r Run, subjects []subject) map[string]any {
	files := make([]any, len(subjects))
	for i, s := range subjects {
		files[i] = a.fileVariables(s)
	}
	event := o.Event
	if event == "" {
		event = o.Trigger
	}
	return map[string]any{
		"file": files[0], "files": files, "case": files[0],
		"action": map[string]any{"id": o.Action.ID, "name": o.Action.Name, "display_name": o.Action.DisplayName},
		"event":  map[string]any{"type": event, "old_path": o.OldPath},
		"person": personVariables(o.Person),
		"run":    map[string]any{"id": r.ID, "time": r.Time.UTC().Format(time.RFC3339), "unix": r.Time.Unix(), "unix_ms": r.Time.UnixMilli()},
	}
}

func (a *Actions) fileVariables(s subject) map[string]any {
	origin := a.cfg.Origin()
	tags := make([]any, len(s.tags))
	for i, tag := range s.tags {
		tags[i] = tag
	}
	return map[string]any{
		"id": string(s.entry.ID), "number": s.entry.Number, "name": s.entry.Title(), "subject": s.entry.Title(),
		"extension": strings.TrimPrefix(path.Ext(s.entry.Title()), "."), "path": s.path, "folder": s.entry.Share,
		"size": s.entry.Size, "mime_type": mime.TypeByExtension(path.Ext(s.entry.Title())),
		"modified": s.entry.Modified.UTC().Format(time.RFC3339), "modified_unix": s.entry.Modified.Unix(),
		"tags": tags, "labels": tags, "note": s.note,
		"view_link":     origin + "/view/" + string(s.entry.ID),
		"download_link": origin + "/get/" + string(s.entry.ID),
	}
}

func personVariables(name string) map[string]any {
	email := ""
	if strings.Contains(name, "@") {
		email = name
	}
	return map[string]any{"name": name, "email": email, "id": PersonNumber(name)}
}

// PersonNumber numbers a person by name, the same at every call, for interfaces
// that want a number.
func PersonNumber(name string) int32 {
	sum := fnv.New32a()
	sum.Write([]byte(catalogue.Fold(name)))
	return int32(sum.Sum32() >> 1)
}
