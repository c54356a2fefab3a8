package state

import "time"

// Commands that make custom actions. What is saved is in the settings file, and
// in force, before a command returns.
type (
	// SaveConnection makes or changes a connection and answers Saved. The secrets
	// go to the keyring; nil leaves one as it is, "" forgets it.
	SaveConnection struct {
		Before     string     `json:"before,omitempty"` // its name until now; "" makes a new one
		Connection Connection `json:"connection"`
		Password   *string    `json:"password,omitempty"` // of basic, or the token of bearer
		Signing    *string    `json:"signing,omitempty"`  // the secret that signs
		Check      bool       `json:"check,omitempty"`    // only tell what would be wrong
	}
	// SaveAction makes or changes an action and answers Saved. A new one gets its
	// id, and its name from the display name when it has none; neither changes
	// later.
	SaveAction struct {
		Before string `json:"before,omitempty"`
		Action Action `json:"action"`
		Check  bool   `json:"check,omitempty"`
	}
	// SaveRule makes or changes a rule and answers Saved.
	SaveRule struct {
		Before string `json:"before,omitempty"`
		Rule   Rule   `json:"rule"`
		Check  bool   `json:"check,omitempty"`
	}
	// RemoveDefinition removes a connection, an action or a rule that nothing else
	// uses. A connection's secrets go, too.
	RemoveDefinition struct {
		Kind string `json:"kind"` // connection, action, rule
		Name string `json:"name"`
	}
	// PauseDefinition switches one off, or on again.
	PauseDefinition struct {
		Kind   string `json:"kind"` // connection, action, rule
		Name   string `json:"name"`
		Paused bool   `json:"paused"`
	}
	// MoveRule changes the order of the rules, in which they are asked.
	MoveRule struct {
		Name string `json:"name"`
		To   int    `json:"to"` // its index afterwards
	}
	// SetSecret stores a secret of a connection in the keyring; "" forgets it.
	SetSecret struct {
		Name   string `json:"name"`
		Secret string `json:"secret"`
	}

	// ListPresets answers []Preset.
	ListPresets struct{}
	// GuessAction makes of a pasted URL what it can and answers ActionDraft.
	GuessAction struct {
		URL    string `json:"url"`
		Preset string `json:"preset,omitempty"` // its name; "" guesses that, too
	}
	// PreviewAction renders what an action would do with a file, without doing it,
	// and answers Preview: of a builtin the body is its argument, of a command the
	// command line.
	PreviewAction struct {
		Draft ActionDraft `json:"draft"`
		File  string      `json:"file,omitempty"` // an id or an absolute path; "" picks one
	}
	// TestAction really does what PreviewAction shows, saved or not, and answers
	// the ActionRun with its attempt, within 5 seconds. Secrets that are nil are
	// those of the saved connection of that name.
	TestAction struct {
		Draft    ActionDraft `json:"draft"`
		File     string      `json:"file,omitempty"`
		Password *string     `json:"password,omitempty"`
		Signing  *string     `json:"signing,omitempty"`
	}
	// PreviewRule tells what a rule says and what it would match; it answers
	// RulePreview.
	PreviewRule struct {
		Rule Rule `json:"rule"`
	}
	// FindFiles answers []FileRef: shared files whose name or content matches; an
	// empty text answers some recent ones.
	FindFiles struct {
		Text  string `json:"text,omitempty"`
		Limit int    `json:"limit,omitempty"` // 20 when 0
	}

	// StartBin starts the loopback receiver to try against, if it isn't running,
	// and answers Bin; ShowBin answers Bin; EmptyBin forgets what arrived.
	StartBin struct{}
	ShowBin  struct{}
	EmptyBin struct{}
)

// Commands that use custom actions.
type (
	// ListActions answers ActionList.
	ListActions struct{}
	// RunAction carries out an action and answers []ActionRun. Files are ids or
	// absolute paths of this computer.
	RunAction struct {
		Name  string   `json:"name"`
		Files []string `json:"files"`
	}
	// ActionLog answers []ActionRun, newest first. Empty fields choose all.
	ActionLog struct {
		Since   time.Time `json:"since,omitzero"`
		Until   time.Time `json:"until,omitzero"`
		Action  string    `json:"action,omitempty"`
		File    string    `json:"file,omitempty"`    // an id, or a piece of the name
		Trigger string    `json:"trigger,omitempty"` // workfront, hand, rule, api, test, resend
		Person  string    `json:"person,omitempty"`  // a piece of the username
		State   string    `json:"state,omitempty"`   // waiting, pending, done, failed
		Text    string    `json:"text,omitempty"`    // in action, file, person or rule
		Limit   int       `json:"limit,omitempty"`   // 200 when 0
	}
	// ActionDetail answers ActionRun with its attempts.
	ActionDetail struct {
		Run string `json:"run"`
	}
	// ResendRun carries out a run of the log again, under a new id.
	ResendRun struct {
		Run string `json:"run"`
	}
	// ResendFailed carries out again every failed run that the filter chooses and
	// that wasn't resent yet; it answers Resent.
	ResendFailed struct {
		Filter ActionLog `json:"filter,omitzero"`
	}
	// DecideRun answers a run that waits for a person's yes.
	DecideRun struct {
		Run string `json:"run"`
		Yes bool   `json:"yes"`
	}
	// NameDocument says which file a document of Workfront is; it is remembered.
	NameDocument struct {
		DocumentID string `json:"documentId"`
		File       string `json:"file"` // an id or an absolute path; "" drops the question
	}
)

// ForgetDocument takes the answer to "which file is this?" back.
type ForgetDocument struct {
	DocumentID string `json:"documentId"`
}

// Saved tells what a Save did: it is saved when there are no problems.
type Saved struct {
	Name     string         `json:"name"` // under which it is saved
	Problems []FieldProblem `json:"problems,omitempty"`
}

// FieldProblem is a sentence on what is wrong with a field of a form, named as
// in JSON; "" is the whole.
type FieldProblem struct {
	Field    string `json:"field"`
	Sentence string `json:"sentence"`
}

// ActionList is all that is configured, and what can be chosen from.
type ActionList struct {
	Connections []Connection `json:"connections"`
	Actions     []Action     `json:"actions"`
	Rules       []Rule       `json:"rules"`
	Operations  []Choice     `json:"operations"` // of built-in actions
	Variables   []Choice     `json:"variables"`  // of templates, each with an example
	Full        []string     `json:"full"`       // shared folders that take no further action
	PerFolder   int          `json:"perFolder"`  // how many actions a folder takes
	Commands    bool         `json:"commands"`   // local commands are allowed
}

// Choice is a value with its meaning.
type Choice struct {
	Value   string `json:"value"`
	Meaning string `json:"meaning,omitempty"`
}

// Connection is a receiver of webhooks.
type Connection struct {
	Name     string            `json:"name"`
	URL      string            `json:"url"`
	LeadsTo  string            `json:"leadsTo"`        // internet, network, computer
	Auth     string            `json:"auth,omitempty"` // none, basic, bearer
	User     string            `json:"user,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"` // secret:NAME stands for a secret of the keyring
	Signing  string            `json:"signing,omitempty"` // standard, hub-256
	Insecure bool              `json:"insecure,omitempty"`
	Seconds  int               `json:"seconds,omitempty"` // for an answer; 10 when 0
	Paused   bool              `json:"paused,omitempty"`

	HasPassword bool `json:"hasPassword,omitempty"` // in the keyring; of answers alone
	HasSigning  bool `json:"hasSigning,omitempty"`
}

// Action is something that can be done to a file.
type Action struct {
	ID          int32    `json:"id"`
	Name        string   `json:"name"`
	DisplayName string   `json:"displayName"`
	Kind        string   `json:"kind"`              // builtin, webhook, command
	Folders     []string `json:"folders,omitempty"` // empty: all
	Workfront   bool     `json:"workfront"`         // offered in Workfront's Document Actions
	Tray        bool     `json:"tray,omitempty"`    // offered in the tray, for the files of the last activities
	Confirm     bool     `json:"confirm,omitempty"` // asks at this computer
	Paused      bool     `json:"paused"`

	Operation string `json:"operation,omitempty"` // of a builtin
	Argument  string `json:"argument,omitempty"`

	Connection  string `json:"connection,omitempty"` // of a webhook
	Method      string `json:"method,omitempty"`     // POST when empty
	Path        string `json:"path,omitempty"`       // template of what follows the connection's URL
	Body        string `json:"body,omitempty"`       // template
	ContentType string `json:"contentType,omitempty"`
	Together    bool   `json:"together,omitempty"`  // one message for all files
	Only200     bool   `json:"only200,omitempty"`   // success is status 200 alone
	RetryOnce   bool   `json:"retryOnce,omitempty"` // one more try instead of two days

	Program   string   `json:"program,omitempty"` // of a command
	Arguments []string `json:"arguments,omitempty"`
}

// Rule runs actions by itself.
type Rule struct {
	Name       string      `json:"name"`
	On         string      `json:"on"` // created, changed, uploaded, renamed, moved, deleted, tagged
	Folders    []string    `json:"folders,omitempty"`
	Any        bool        `json:"any,omitempty"` // one condition is enough
	Conditions []Condition `json:"conditions,omitempty"`
	Steps      []string    `json:"steps"`          // names of actions
	Once       string      `json:"once,omitempty"` // file, version, always
	PerMinute  int         `json:"perMinute,omitempty"`
	Untag      string      `json:"untag,omitempty"` // a tag that goes as the actions are queued
	Paused     bool        `json:"paused"`

	Sentence string `json:"sentence,omitempty"` // the rule in words
	Matches  int    `json:"matches"`            // files that its conditions hold for now
	Stopped  bool   `json:"stopped"`            // it ran in circles
}

// Condition compares a field of the file with a value.
type Condition struct {
	Field    string `json:"field"`    // name, extension, path, folder, size, tag
	Operator string `json:"operator"` // is, is not, contains, begins with, ends with, matches, greater than, less than
	Value    string `json:"value"`
}

// ActionDraft is a webhook action with its connection, saved or not.
type ActionDraft struct {
	Connection Connection `json:"connection"`
	Action     Action     `json:"action"`
	Preset     string     `json:"preset,omitempty"` // that it was made from
}

// Preset is a known form of message.
type Preset struct {
	Name    string      `json:"name"` // json, flashduty, energycap, desk, blank
	Title   string      `json:"title"`
	Meaning string      `json:"meaning"`
	Draft   ActionDraft `json:"draft"`
}

// Preview is a message as it would be sent. Secrets aren't in it.
type Preview struct {
	File     FileRef        `json:"file"`
	Method   string         `json:"method,omitempty"`
	URL      string         `json:"url,omitempty"`
	Headers  []string       `json:"headers,omitempty"`
	Body     string         `json:"body,omitempty"`
	LeadsTo  string         `json:"leadsTo,omitempty"` // where the URL leads now
	Problems []FieldProblem `json:"problems,omitempty"`
}

// RulePreview is a rule in words, with how many files it holds for now.
type RulePreview struct {
	Sentence string         `json:"sentence"`
	Matches  int            `json:"matches"`
	Examples []string       `json:"examples,omitempty"` // names of some of them
	Problems []FieldProblem `json:"problems,omitempty"`
}

// FileRef is a shared file.
type FileRef struct {
	ID     string `json:"id"`
	Number int64  `json:"number"` // for the API
	Name   string `json:"name"`
	Folder string `json:"folder"`         // the shared folder's name
	Path   string `json:"path,omitempty"` // on this computer
}

// Bin is the loopback receiver: what arrived, newest first, at most 100.
type Bin struct {
	URL     string    `json:"url,omitempty"` // "" while it isn't running
	Arrived []Arrival `json:"arrived"`
}

// Arrival is one message that the bin received.
type Arrival struct {
	Time    time.Time `json:"time"`
	Method  string    `json:"method"`
	URL     string    `json:"url"` // path and query
	Headers []string  `json:"headers"`
	Body    string    `json:"body"`
	Cut     bool      `json:"cut,omitempty"` // the body was longer
}

// Resent tells how many runs were queued again.
type Resent struct {
	Count int `json:"count"`
}

// Actions is what custom actions want of the person now.
type Actions struct {
	Waiting []ActionRun       `json:"waiting,omitempty"` // for a yes or no; oldest first
	Unknown []UnknownDocument `json:"unknown,omitempty"` // "which file is this?"; newest first, at most 20
	Failure *ActionFailure    `json:"failure,omitempty"` // to be notified of
	Refresh bool              `json:"refresh,omitempty"` // Workfront knows another list of actions: ask the administrator to refresh
	Tray    []TrayAction      `json:"tray,omitempty"`    // offered in the tray
	Changes int64             `json:"changes"`           // grows with each change of log, definitions, questions and bin
}

// TrayAction is an action that the tray offers.
type TrayAction struct {
	Name        string   `json:"name"`
	DisplayName string   `json:"displayName"`
	Folders     []string `json:"folders,omitempty"` // empty: all
}

// UnknownDocument is a document of Workfront that an action was asked for and
// that is no file known here.
type UnknownDocument struct {
	DocumentID string    `json:"documentId"`
	Person     string    `json:"person,omitempty"`
	Action     string    `json:"action"`
	Time       time.Time `json:"time"`
}

// ActionFailure is news of failed runs, at most once a minute.
type ActionFailure struct {
	Number int       `json:"number"` // grows with each news
	Count  int       `json:"count"`  // how many failed since the news before
	Run    ActionRun `json:"run"`    // the last of them
}

// ActionRun is one execution of an action.
type ActionRun struct {
	ID          string          `json:"id"`
	Time        time.Time       `json:"time"`
	Trigger     string          `json:"trigger"`
	Person      string          `json:"person,omitempty"`
	Action      string          `json:"action"`
	DisplayName string          `json:"displayName,omitempty"` // of the action, while it is defined
	Rule        string          `json:"rule,omitempty"`
	State       string          `json:"state"`  // waiting, pending, done, failed
	Result      int             `json:"result"` // HTTP status; 0: nothing came back
	Error       string          `json:"error,omitempty"`
	Title       string          `json:"title"`
	Folder      string          `json:"folder"`
	Files       []string        `json:"files,omitempty"` // ids
	Attempts    []ActionAttempt `json:"attempts,omitempty"`
}

// ActionAttempt is one try, with every secret hidden.
type ActionAttempt struct {
	Time     time.Time     `json:"time"`
	Status   int           `json:"status"`
	Took     time.Duration `json:"took"`
	Request  string        `json:"request,omitempty"`
	Response string        `json:"response,omitempty"`
	Error    string        `json:"error,omitempty"`
	Curl     string        `json:"curl,omitempty"`
}
