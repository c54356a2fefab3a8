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
	"slices"
	"time"

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
	Tray        bool     // offered in the tray
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
	RetryOnce   bool // one more try and no schedule, whoever asked

	Program   string   // of a command: an absolute path
	Arguments []string // templates
}

// Definitions are all that is configured. They are given whole.
type Definitions struct {
	Connections []Connection
	Actions     []Action
	Rules       []Rule
	PerFolder   int // how many actions may be for one shared folder; 0: DefaultPerFolder
}

// Operation is a built-in one, with what its argument means; "" takes none.
type Operation struct{ Name, Argument string }

// Operations are the built-in ones.
var Operations = []Operation{
	{"archive", "the folder beside the file that archived files go to"},
	{"move", "the folder below the shared folder to move to"},
	{"copy", "the folder below the shared folder to copy to"},
	{"rename", "the new name"},
	{"zip", "the name of the archive beside the file"},
	{"tag", "the tag to add"},
	{"untag", "the tag to remove"},
	{"notify", "the text of the notification"},
	{"open", ""},
	{"reveal", ""},
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
