package settings

// Connection is a receiver of webhooks; its secrets are in the keyring.
type Connection struct {
	Name     string            `toml:"name"`
	URL      string            `toml:"url"`
	LeadsTo  string            `toml:"leads_to" comment:"internet, network (the local one) or computer (this one); nothing else is ever called."`
	Auth     string            `toml:"auth,omitempty" comment:"none, basic or bearer."`
	User     string            `toml:"user,omitempty"`
	Headers  map[string]string `toml:"headers,omitempty" comment:"A value of the form secret:NAME is taken from the keyring."`
	Signing  string            `toml:"signing,omitempty" comment:"standard (Standard Webhooks) or hub-256 (X-Hub-Signature-256)."`
	Insecure bool              `toml:"insecure,omitempty" comment:"Don't verify the receiver's certificate."`
	Seconds  int               `toml:"seconds,omitempty" comment:"How long to wait for an answer; 10 when 0."`
	Paused   bool              `toml:"paused,omitempty"`
}

// Action is something that can be done to a file.
type Action struct {
	ID          int32    `toml:"id"`
	Name        string   `toml:"name" comment:"Small letters, digits, - and _; it never changes."`
	DisplayName string   `toml:"display_name"`
	Kind        string   `toml:"kind" comment:"builtin, webhook or command."`
	Folders     []string `toml:"folders,omitempty"`
	Workfront   bool     `toml:"workfront,omitempty" comment:"Offer it in Workfront's Document Actions."`
	Tray        bool     `toml:"tray,omitempty" comment:"Offer it in the tray, for the files of the last activities."`
	Confirm     bool     `toml:"confirm,omitempty" comment:"Ask at this computer before each run."`
	Paused      bool     `toml:"paused,omitempty"`

	Operation string `toml:"operation,omitempty" comment:"archive, move, copy, rename, zip, tag, untag, notify, open or reveal."`
	Argument  string `toml:"argument,omitempty"`

	Connection  string `toml:"connection,omitempty"`
	Method      string `toml:"method,omitempty"`
	Path        string `toml:"path,omitempty"`
	Body        string `toml:"body,omitempty,multiline"`
	ContentType string `toml:"content_type,omitempty"`
	Together    bool   `toml:"together,omitempty" comment:"One message for all chosen files."`
	Only200     bool   `toml:"only_200,omitempty" comment:"Success is status 200 alone."`
	RetryOnce   bool   `toml:"retry_once,omitempty" comment:"One more try instead of two days."`

	Program   string   `toml:"program,omitempty"`
	Arguments []string `toml:"arguments,omitempty"`
}

// Rule runs actions by itself.
type Rule struct {
	Name       string      `toml:"name"`
	On         string      `toml:"on" comment:"created, changed, uploaded, renamed, moved, deleted or tagged."`
	Folders    []string    `toml:"folders,omitempty"`
	Any        bool        `toml:"any,omitempty" comment:"One condition is enough."`
	Conditions []Condition `toml:"conditions,omitempty,inline"`
	Steps      []string    `toml:"steps"`
	Once       string      `toml:"once,omitempty" comment:"file, version or always."`
	PerMinute  int         `toml:"per_minute,omitempty"`
	Untag      string      `toml:"untag,omitempty" comment:"A tag to remove as the actions are queued."`
	Paused     bool        `toml:"paused,omitempty"`
}

// Condition compares a field of a file with a value.
type Condition struct {
	Field    string `toml:"field"`
	Operator string `toml:"operator"`
	Value    string `toml:"value"`
}
