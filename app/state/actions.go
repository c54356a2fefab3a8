package state

import "time"

// Commands of custom actions.
type (
	// ListActions answers ActionList.
	ListActions struct{}
	// RunAction carries out an action and answers []ActionRun. Files are ids or
	// absolute paths of this computer.
	RunAction struct {
		Name  string   `json:"name"`
		Files []string `json:"files"`
	}
	// ActionLog answers []ActionRun, newest first.
	ActionLog struct {
		Action string `json:"action,omitempty"`
		State  string `json:"state,omitempty"` // waiting, pending, done, failed
		Text   string `json:"text,omitempty"`  // in file, person or rule
		Limit  int    `json:"limit,omitempty"`
	}
	// ActionDetail answers ActionRun with its attempts.
	ActionDetail struct {
		Run string `json:"run"`
	}
	// ResendRun carries out a run of the log again, under a new id.
	ResendRun struct {
		Run string `json:"run"`
	}
	// DecideRun answers a run that waits for a person's yes.
	DecideRun struct {
		Run string `json:"run"`
		Yes bool   `json:"yes"`
	}
	// SetSecret stores a secret of a connection in the keyring; "" forgets it.
	SetSecret struct {
		Name   string `json:"name"`
		Secret string `json:"secret"`
	}
	// NameDocument says which file a document of Workfront is.
	NameDocument struct {
		DocumentID string `json:"documentId"`
		File       string `json:"file"` // an id or an absolute path
	}
)

// ActionList is all that is configured.
type ActionList struct {
	Actions []Action `json:"actions"`
	Rules   []Rule   `json:"rules"`
}

// Action is something that can be done to a file.
type Action struct {
	ID          int32    `json:"id"`
	Name        string   `json:"name"`
	DisplayName string   `json:"displayName"`
	Kind        string   `json:"kind"`
	Folders     []string `json:"folders,omitempty"` // empty: all
	Workfront   bool     `json:"workfront"`
	Paused      bool     `json:"paused"`
}

// Rule runs actions by itself.
type Rule struct {
	Name     string `json:"name"`
	Sentence string `json:"sentence"` // the rule in words
	Matches  int    `json:"matches"`  // files that its conditions hold for now
	Stopped  bool   `json:"stopped"`  // it ran in circles
	Paused   bool   `json:"paused"`
}

// ActionRun is one execution of an action.
type ActionRun struct {
	ID       string          `json:"id"`
	Time     time.Time       `json:"time"`
	Trigger  string          `json:"trigger"`
	Person   string          `json:"person,omitempty"`
	Action   string          `json:"action"`
	Rule     string          `json:"rule,omitempty"`
	State    string          `json:"state"`
	Result   int             `json:"result"` // HTTP status; 0: nothing came back
	Error    string          `json:"error,omitempty"`
	Title    string          `json:"title"`
	Folder   string          `json:"folder"`
	Attempts []ActionAttempt `json:"attempts,omitempty"`
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
