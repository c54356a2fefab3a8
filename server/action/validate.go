package action

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"folderfront/server/action/message"
	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
)

// ErrInvalid is the kind of definitions that can't be in force; the error is a
// *Fault.
var ErrInvalid = errors.New("invalid action")

// DefaultPerFolder is how many actions may be for one shared folder when
// nothing else is set. An action for all folders counts in none.
const DefaultPerFolder = 3

// Fault is one thing wrong with a definition.
type Fault struct {
	Kind     string // connection, action or rule
	Name     string // of the definition
	Field    string // as the settings file spells it; "" is the whole
	Sentence string // for a person
}

func (f *Fault) Error() string { return f.Sentence }

// Is makes every Fault one of the kind ErrInvalid.
func (f *Fault) Is(kind error) bool { return kind == ErrInvalid }

// Validate tells the first thing wrong with the definitions, or nil.
func (d Definitions) Validate() error {
	if faults := d.Faults(); len(faults) > 0 {
		return &faults[0]
	}
	return nil
}

// Faults tells everything that is wrong with the definitions.
func (d Definitions) Faults() []Fault {
	var all faults
	for i, c := range d.Connections {
		all.of("connection", c.Name)
		c.check(&all)
		all.when(slices.ContainsFunc(d.Connections[:i], func(o Connection) bool { return o.Name == c.Name }), "name", "There is a connection of that name already.")
	}
	for i, a := range d.Actions {
		all.of("action", a.Name)
		a.check(&all, d)
		all.when(slices.ContainsFunc(d.Actions[:i], func(o Action) bool { return o.ID == a.ID }), "id", "Another action has that id.")
		all.when(slices.ContainsFunc(d.Actions[:i], func(o Action) bool { return o.Name == a.Name }), "name", "Another action has that name.")
	}
	for _, folder := range d.reach(d.perFolder() + 1) {
		all.of("action", folder.last)
		all.when(true, "folders", "The folder %q has %d actions already, which is all that it takes.", folder.name, d.perFolder())
	}
	for i, r := range d.Rules {
		all.of("rule", r.Name)
		r.check(&all, d)
		all.when(slices.ContainsFunc(d.Rules[:i], func(o Rule) bool { return o.Name == r.Name }), "name", "There is a rule of that name already.")
	}
	return all.list
}

// faults gathers what is wrong.
type faults struct {
	list       []Fault
	kind, name string
}

// of says what the faults to come are about.
func (f *faults) of(kind, name string) { f.kind, f.name = kind, name }

// when notes a fault if it is one.
func (f *faults) when(wrong bool, field, sentence string, args ...any) {
	if wrong {
		f.list = append(f.list, Fault{f.kind, f.name, field, fmt.Sprintf(sentence, args...)})
	}
}

// because notes an error's sentence as a fault.
func (f *faults) because(err error, field string) {
	if err != nil {
		f.when(true, field, "%s", sentenceOf(err))
	}
}

func (d Definitions) perFolder() int { return cmp.Or(d.PerFolder, DefaultPerFolder) }

// FullFolders lists the shared folders that take no further action.
func (d Definitions) FullFolders() []string {
	names := []string{}
	for _, f := range d.reach(d.perFolder()) {
		names = append(names, f.name)
	}
	return names
}

// fullFolder is a shared folder with the action that filled it.
type fullFolder struct{ name, last string }

// reach lists the folders that so many actions are for.
func (d Definitions) reach(many int) (full []fullFolder) {
	count := map[string]int{}
	for _, a := range d.Actions {
		for _, folder := range a.Folders {
			key := catalogue.Fold(folder)
			if count[key]++; count[key] == many {
				full = append(full, fullFolder{folder, a.Name})
			}
		}
	}
	return full
}

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func (a Action) check(f *faults, d Definitions) {
	f.when(a.ID <= 0, "id", "An action needs an id from 1 on.")
	f.when(!slug.MatchString(a.Name), "name", "The name %q of an action must be small letters, digits, - and _, at most 64.", a.Name)
	f.when(strings.TrimSpace(a.DisplayName) == "", "display_name", "Give the action a name that people see.")
	switch a.Kind {
	case Builtin:
		known := slices.ContainsFunc(Operations, func(o Operation) bool { return o.Name == a.Operation })
		f.when(!known, "operation", "There is no operation %q.", a.Operation)
		_, err := message.Parse(a.Argument, message.Plain)
		f.because(err, "argument")
	case Webhook:
		a.checkWebhook(f, d)
	case Command:
		a.checkCommand(f)
	default:
		f.when(true, "kind", "An action is builtin, webhook or command, not %q.", a.Kind)
	}
}

// methods are those that a webhook may use; empty is POST.
var methods = []string{"", "POST", "PUT", "PATCH", "GET", "DELETE"}

func (a Action) checkWebhook(f *faults, d Definitions) {
	connection, known := d.connection(a.Connection)
	f.when(!known, "connection", "There is no connection %q.", a.Connection)
	f.when(!slices.Contains(methods, a.Method), "method", "The method must be POST, PUT, PATCH, GET or DELETE, not %q.", a.Method)
	f.because(outgoing.CheckHeader("Content-Type", a.ContentType), "content_type")
	f.when(known && !joinable(connection.URL, a.Path), "path", "What follows the connection's URL must begin with / or ?.")
	_, err := message.Parse(a.Path, message.URL)
	f.because(err, "path")
	_, err = message.Parse(a.Body, a.escape())
	f.because(err, "body")
}

// joinable tells whether a path may follow a URL: directly after the host's name
// it could lengthen that name.
func joinable(url, path string) bool {
	_, rest, _ := strings.Cut(url, "://")
	return path == "" || strings.ContainsAny(rest, "/?") || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "?")
}

// checkCommand wants an absolute program and no shell's script: arguments that
// come from file names must not be read as commands.
func (a Action) checkCommand(f *faults) {
	ext := strings.ToLower(filepath.Ext(strings.TrimRight(a.Program, ". "))) // Windows drops dots and blanks at the end
	f.when(!filepath.IsAbs(a.Program), "program", "The program must be an absolute path.")
	f.when(ext == ".bat" || ext == ".cmd", "program", "The program can't be a batch file, whose arguments Windows reads as commands.")
	f.when(a.Workfront && !a.Confirm, "confirm", "A program that Workfront may ask for needs a confirmation at this computer for each run.")
	for _, argument := range a.Arguments {
		_, err := message.Parse(argument, message.Plain)
		f.because(err, "arguments")
	}
}

// escape is how values are written into the body.
func (a Action) escape() message.Escape {
	switch a.contentType() {
	case jsonType:
		return message.JSON
	case "application/x-www-form-urlencoded":
		return message.URL
	}
	return message.Plain
}

func (a Action) contentType() string { return cmp.Or(a.ContentType, jsonType) }

const jsonType = "application/json"

func (c Connection) check(f *faults) {
	f.when(strings.TrimSpace(c.Name) == "" || strings.ContainsAny(c.Name, "/\r\n\t\x00"), "name", "Give the connection a name, on one line and without a slash.")
	_, err := outgoing.Authority(c.URL)
	f.because(err, "url")
	f.when(!slices.Contains([]string{"", "none", "basic", "bearer"}, c.Auth), "auth", "A connection authenticates by none, basic or bearer, not %q.", c.Auth)
	f.when(c.Auth == "basic" && c.User == "", "user", "Basic authentication needs a user name.")
	f.when(!slices.Contains([]outgoing.Scheme{outgoing.Unsigned, outgoing.Standard, outgoing.Hub256}, c.Signing), "signing", "Messages are signed by standard or hub-256, not by %q.", c.Signing)
	f.when(!slices.Contains([]outgoing.Class{outgoing.Public, outgoing.Local, outgoing.Computer}, c.Class), "leads_to", "Say where the connection leads: to the internet, the local network or this computer.")
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		f.because(outgoing.CheckHeader(name, c.Headers[name]), "headers")
	}
}

func (r Rule) check(f *faults, d Definitions) {
	f.when(strings.TrimSpace(r.Name) == "", "name", "Give the rule a name.")
	f.when(!slices.Contains(happenings, r.On), "on", "A rule waits until a file is %s, not %q.", strings.Join(happenings, ", "), r.On)
	f.when(!slices.Contains([]string{"", OncePerFile, OncePerVersion, Always}, r.Once), "once", "A rule runs once for each file, once for each version, or always, not %q.", r.Once)
	f.when(r.PerMinute < 0, "per_minute", "At most so many runs a minute: give a number from 0 on.")
	f.when(len(r.Steps) == 0, "steps", "The rule does nothing yet: give it an action.")
	for _, step := range r.Steps {
		_, known := d.action(func(a Action) bool { return a.Name == step })
		f.when(!known, "steps", "There is no action %q.", step)
	}
	for _, c := range r.Conditions {
		c.check(f)
	}
}

func (c Condition) check(f *faults) {
	f.when(!slices.Contains(fields, c.Field), "conditions", "Files have no %q; compare their %s.", c.Field, strings.Join(fields, ", "))
	f.when(!slices.Contains(operators, c.Operator), "conditions", "Nothing can be compared by %q; use %s.", c.Operator, strings.Join(operators, ", "))
	_, pattern := path.Match(c.Value, "")
	f.when(c.Operator == "matches" && pattern != nil, "conditions", "The pattern %q can't be read: * stands for any characters, ? for one, and [ needs a ].", c.Value)
	_, number := strconv.ParseInt(c.Value, 10, 64)
	f.when(c.Field == "size" && number != nil, "conditions", "The size is compared with a number of bytes, and %q is none.", c.Value)
}
