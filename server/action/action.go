// Package action does things to shared files: by hand, for Workfront, through
// the API, or by rules when a file appears or changes.
//
// Its terms:
//
//   - An action is a built-in operation (move, tag, zip …), an outgoing webhook,
//     or a local command.
//   - A connection is where webhooks go and how they authenticate there.
//   - A rule runs actions by itself when something happens to a file.
//   - A run is one execution of an action on one file, or on several at once. Its
//     id sorts by time and travels with the webhook, in every attempt.
//   - A job is what a run does, frozen when the run begins; attempts are its
//     tries.
//
// A run and its job enter the store in one transaction and are worked off from
// there, at least once: nothing that was acknowledged is lost by a crash.
package action

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"folderfront/server/action/message"
	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
)

// Kind is what an action does.
type Kind string

// The kinds.
const (
	Builtin Kind = "builtin"
	Webhook Kind = "webhook"
	Command Kind = "command"
)

// Connection is a receiver of webhooks. Its secrets are asked for by name when
// something is sent: its password and signing secret as PasswordOf and
// SigningOf name them, and header values of the form secret:NAME.
type Connection struct {
	Name     string
	URL      string // what an action's URL begins with; the host is literal
	Auth     string // none, basic or bearer
	User     string // for basic
	Headers  map[string]string
	Signing  outgoing.Scheme
	Insecure bool // don't verify the certificate
	Timeout  time.Duration
	Class    outgoing.Class // fixed when it was saved
	Paused   bool
}

// PasswordOf and SigningOf name a connection's secrets.
func PasswordOf(connection string) string { return "connection/" + connection + "/password" }

// SigningOf names the secret that signs a connection's messages.
func SigningOf(connection string) string { return "connection/" + connection + "/signing" }

// Action is something that can be done to a file.
type Action struct {
	ID          int32
	Name        string // a slug that never changes
	DisplayName string
	Kind        Kind
	Folders     []string // shared folders it is for; empty: all
	Workfront   bool     // offered in Workfront's Document Actions
	Confirm     bool     // asks at this computer before each run
	Paused      bool

	Operation string // of a builtin: one of Operations
	Argument  string // template of what the operation needs: a folder, a name, a tag, a text

	Connection  string // of a webhook
	Method      string
	Path        string // template of what follows the connection's URL
	Body        string // template
	ContentType string
	Together    bool // one message for all files, not one for each
	Only200     bool // success is 200 alone, not every 2xx

	Program   string   // of a command: an absolute path
	Arguments []string // templates
}

// Definitions are all that is configured. They are given whole.
type Definitions struct {
	Connections []Connection
	Actions     []Action
	Rules       []Rule
}

// Operations are the built-in ones, with what the argument of each means.
var Operations = map[string]string{
	"archive": "the folder beside the file that archived files go to",
	"move":    "the folder below the shared folder to move to",
	"copy":    "the folder below the shared folder to copy to",
	"rename":  "the new name",
	"zip":     "the name of the archive beside the file",
	"tag":     "the tag to add",
	"untag":   "the tag to remove",
	"notify":  "the text of the notification",
	"open":    "",
	"reveal":  "",
}

// ErrInvalid is the kind of definitions that can't be in force; the error is a
// sentence.
var ErrInvalid = errors.New("invalid action")

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// MaxPerFolder is how many actions one shared folder may have.
const MaxPerFolder = 3

// Validate tells the first thing wrong with the definitions, or nil.
func (d Definitions) Validate() error {
	ids, names := map[int32]bool{}, map[string]bool{}
	perFolder := map[string]int{}
	for _, a := range d.Actions {
		if err := a.validate(d); err != nil {
			return err
		}
		if ids[a.ID] || names[a.Name] {
			return invalid("two actions have the id %d or the name %q", a.ID, a.Name)
		}
		ids[a.ID], names[a.Name] = true, true
		for _, folder := range a.Folders {
			if perFolder[catalogue.Fold(folder)]++; perFolder[catalogue.Fold(folder)] > MaxPerFolder {
				return invalid("the folder %q has more than %d actions", folder, MaxPerFolder)
			}
		}
	}
	for _, c := range d.Connections {
		if err := c.validate(); err != nil {
			return err
		}
	}
	for _, r := range d.Rules {
		if err := r.validate(d); err != nil {
			return err
		}
	}
	return nil
}

func (a Action) validate(d Definitions) error {
	switch {
	case a.ID <= 0:
		return invalid("the action %q needs an id from 1 on", a.Name)
	case !slug.MatchString(a.Name):
		return invalid("the name %q of an action must be small letters, digits, - and _", a.Name)
	case a.DisplayName == "":
		return invalid("the action %q needs a display name", a.Name)
	}
	switch a.Kind {
	case Builtin:
		if _, known := Operations[a.Operation]; !known {
			return invalid("the action %q has no operation %q", a.Name, a.Operation)
		}
		_, err := message.Parse(a.Argument, message.Plain)
		return named(a.Name, err)
	case Webhook:
		return a.validateWebhook(d)
	case Command:
		return a.validateCommand()
	}
	return invalid("the action %q is of no known kind", a.Name)
}

func (a Action) validateWebhook(d Definitions) error {
	if _, known := d.connection(a.Connection); !known {
		return invalid("the action %q uses the connection %q, which isn't there", a.Name, a.Connection)
	}
	if a.Method != "" && !slices.Contains([]string{"POST", "PUT", "PATCH", "GET", "DELETE"}, a.Method) {
		return invalid("the action %q can't use the method %q", a.Name, a.Method)
	}
	if _, err := message.Parse(a.Path, message.URL); err != nil {
		return named(a.Name, err)
	}
	_, err := message.Parse(a.Body, a.escape())
	return named(a.Name, err)
}

func named(action string, err error) error {
	if err == nil {
		return nil
	}
	return invalid("the action %q: %v", action, err)
}

// escape is how values are written into the body.
func (a Action) escape() message.Escape {
	switch a.ContentType {
	case "", jsonType:
		return message.JSON
	case "application/x-www-form-urlencoded":
		return message.URL
	}
	return message.Plain
}

const jsonType = "application/json"

func (c Connection) validate() error {
	if c.Name == "" {
		return invalid("a connection needs a name")
	}
	if _, err := outgoing.Authority(c.URL); err != nil {
		return invalid("the connection %q: %v", c.Name, err)
	}
	if !slices.Contains([]string{"", "none", "basic", "bearer"}, c.Auth) {
		return invalid("the connection %q can't authenticate by %q", c.Name, c.Auth)
	}
	if !slices.Contains([]outgoing.Scheme{outgoing.Unsigned, outgoing.Standard, outgoing.Hub256}, c.Signing) {
		return invalid("the connection %q can't sign by %q", c.Name, c.Signing)
	}
	if !slices.Contains([]outgoing.Class{outgoing.Public, outgoing.Local, outgoing.Computer}, c.Class) {
		return invalid("the connection %q does not say where it leads", c.Name)
	}
	for name, value := range c.Headers {
		if err := outgoing.CheckHeader(name, value); err != nil {
			return invalid("the connection %q: %v", c.Name, err)
		}
	}
	return nil
}

func (d Definitions) connection(name string) (Connection, bool) {
	i := slices.IndexFunc(d.Connections, func(c Connection) bool { return c.Name == name })
	if i < 0 {
		return Connection{}, false
	}
	return d.Connections[i], true
}

func (d Definitions) action(match func(Action) bool) (Action, bool) {
	i := slices.IndexFunc(d.Actions, match)
	if i < 0 {
		return Action{}, false
	}
	return d.Actions[i], true
}

// covers tells whether an action is for files of a shared folder.
func (a Action) covers(share string) bool {
	return len(a.Folders) == 0 || slices.ContainsFunc(a.Folders, func(f string) bool {
		return catalogue.Fold(f) == catalogue.Fold(share)
	})
}
