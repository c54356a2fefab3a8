// Package state holds what every face of Folderfront shows: one immutable
// value that the core publishes and that window, tray and command line each
// render whole. It serialises to JSON, holds no logic beyond wording and
// imports nothing of the project.
package state

import "time"

// Phase is what sharing is doing. It alone decides icon, tooltip and headline.
type Phase string

// The phases, from the person's point of view.
const (
	Off        Phase = "off"        // nothing is served
	Connecting Phase = "connecting" // started, not yet reached through the public address
	Live       Phase = "live"       // reached through the public address (or loopback when there is no tunnel)
	Paused     Phase = "paused"     // stopped for a while by the person
	Trouble    Phase = "trouble"    // wants the person's attention
)

// State is one whole picture of the program. Slices are never changed after
// publication; a reader may keep it as long as it likes.
type State struct {
	Version  string    `json:"version"`
	Time     time.Time `json:"time"` // when it was published
	Profile  string    `json:"profile"`
	Phase    Phase     `json:"phase"`
	Headline string    `json:"headline"`          // one line: what is the case
	Problem  *Problem  `json:"problem,omitempty"` // the one worth telling first
	Problems []Problem `json:"problems,omitempty"`

	BaseAPIURL string `json:"baseAPIURL,omitempty"` // to paste into Workfront
	Origin     string `json:"origin,omitempty"`     // public origin, without a slash at the end
	LocalURL   string `json:"localURL,omitempty"`   // the loopback Base API URL while it listens

	Waiting string `json:"waiting,omitempty"` // what the core waits for, such as the keyring's prompt
	Tray    bool   `json:"tray"`              // a tray icon can be seen; without one a closed window must not strand the person
	Summons int    `json:"summons"`           // counts ShowWindow: an open window comes to the front when it grows

	Folders   []Folder   `json:"folders"`
	Keys      []Key      `json:"keys"`
	Access    Access     `json:"access"`
	Tunnel    Tunnel     `json:"tunnel"`
	Transfers []Transfer `json:"transfers,omitempty"`
	Recent    []Activity `json:"recent,omitempty"` // newest first, at most 50
	Settings  Settings   `json:"settings"`
	Index     Index      `json:"index"`
	Actions   Actions    `json:"actions"`
}

// Problem is something wrong, said for a person: what happened and what it
// means, then what to do, and the command that does it when there is one.
type Problem struct {
	Area     string    `json:"area"` // server, keyring, settings, actions, window, login, tunnel, address
	Sentence string    `json:"sentence"`
	Advice   string    `json:"advice,omitempty"`
	Remedy   string    `json:"remedy,omitempty"` // name of the command that may help, such as "reconnect"
	Since    time.Time `json:"since,omitzero"`
}

// Folder is one shared folder.
type Folder struct {
	Name     string `json:"name"`
	Path     string `json:"path"`
	ID       string `json:"id,omitempty"`
	ReadOnly bool   `json:"readOnly"`
	Paused   bool   `json:"paused"`
	Links    bool   `json:"links"`  // people may make links that show a document without a sign-in
	Status   string `json:"status"` // ready, scanning, offline, paused
	Reason   string `json:"reason,omitempty"`
	Files    int64  `json:"files"`
	Bytes    int64  `json:"bytes"`
	ForRun   bool   `json:"forRun,omitempty"` // given on the command line; not in the settings
}

// Troubled tells that Reason says what is wrong; a paused folder is not followed anyway.
func (f Folder) Troubled() bool { return f.Reason != "" && !f.Paused }

// Key is an API key as lists show it; the secret is fetched on demand.
type Key struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"lastUsed,omitzero"`
	Expires  time.Time `json:"expires,omitzero"` // set on the predecessor of a rotated key
	Limit    []string  `json:"limit,omitempty"`  // the only things it is for: tags, notes
}

// Tunnel is the way in from the internet.
type Tunnel struct {
	Provider     string        `json:"provider"` // none, ngrok, ssh, external
	State        string        `json:"state"`    // off, connecting, live, reconnecting, failed
	Latency      time.Duration `json:"latency,omitempty"`
	Region       string        `json:"region,omitempty"`
	Plan         string        `json:"plan,omitempty"`
	HasToken     bool          `json:"hasToken"`
	SSH          SSH           `json:"ssh,omitzero"`
	Error        string        `json:"error,omitempty"`
	Advice       string        `json:"advice,omitempty"`
	Since        time.Time     `json:"since,omitzero"`
	OldOrigin    string        `json:"oldOrigin,omitempty"` // set when the address changed and Workfront must be told
	Requests     int64         `json:"requests"`            // this month, an estimate
	BytesOut     int64         `json:"bytesOut"`            // this month, an estimate
	RequestLimit int64         `json:"requestLimit,omitempty"`
	BytesLimit   int64         `json:"bytesLimit,omitempty"`
}

// SSH is the host of one's own that a tunnel by ssh goes through.
type SSH struct {
	Host       string `json:"host"`                 // USER@HOST:PORT
	Key        string `json:"key,omitempty"`        // path of the private key; "" asks the ssh agent
	KnownHosts string `json:"knownHosts,omitempty"` // file with the host's key; "" is ~/.ssh/known_hosts
	Remote     string `json:"remote,omitempty"`     // BIND:PORT that the host listens on
}

// Transfer is an upload or download under way.
type Transfer struct {
	Title   string    `json:"title"`
	Upload  bool      `json:"upload"`
	Person  string    `json:"person,omitempty"`
	Done    int64     `json:"done"`  // bytes
	Total   int64     `json:"total"` // bytes; -1 when unknown
	Started time.Time `json:"started"`
}

// Activity is one thing that was served or changed.
type Activity struct {
	Time   time.Time     `json:"time"`
	Person string        `json:"person,omitempty"`
	Verb   string        `json:"verb"`         // downloaded, viewed, uploaded, renamed, deleted, created, linked, searched, refused
	ID     string        `json:"id,omitempty"` // of the file or folder, for Thumbnail; "" when it was about none
	Title  string        `json:"title,omitempty"`
	Folder string        `json:"folder,omitempty"`
	Status int           `json:"status"` // HTTP
	Bytes  int64         `json:"bytes"`
	Took   time.Duration `json:"took"`
}

// Index tells how far the catalogue and the text index are.
type Index struct {
	Scanning bool          `json:"scanning"`
	Files    int64         `json:"files"`
	Done     int64         `json:"done"`
	Bytes    int64         `json:"bytes"`
	Left     time.Duration `json:"left,omitempty"` // estimated
	Paused   string        `json:"paused,omitempty"`
}

// Settings are the settings that screens show and change.
type Settings struct {
	File          string `json:"file"` // path of the settings file
	Error         string `json:"error,omitempty"`
	StartAtLogin  bool   `json:"startAtLogin"`
	StartSharing  bool   `json:"startSharing"`
	KeepRunning   bool   `json:"keepRunning"` // when the window is closed
	Theme         string `json:"theme"`       // system, light, dark
	Language      string `json:"language"`    // "" follows the system
	Notifications bool   `json:"notifications"`
	KeepDays      int    `json:"keepDays"`     // versions and trash
	KeepVersions  int    `json:"keepVersions"` // a file
	KeepPercent   int    `json:"keepPercent"`  // of the disk
	KeepBoth      bool   `json:"keepBoth"`     // an upload under a taken name becomes a second file
	UploadLimit   int64  `json:"uploadLimit"`  // MB; 0 is no limit
	MinimumFree   int64  `json:"minimumFree"`  // MB of the disk that an upload leaves free
	SizeAsNumber  bool   `json:"sizeAsNumber"` // sizes go to Workfront as numbers, not quoted
	SearchLimit   int    `json:"searchLimit"`  // results
	PerFolder     int    `json:"perFolder"`    // custom actions that name one shared folder
	ExpiresID     bool   `json:"expiresID"`    // tokens of OAuth2 come with expires_id, too
	Commands      bool   `json:"commands"`     // custom actions may run programs of this computer
	LibreOffice   bool   `json:"libreOffice"`  // draws thumbnails of office documents
	Listen        string `json:"listen"`
	PublicURL     string `json:"publicURL,omitempty"`

	Allow []string `json:"allow,omitempty"` // addresses and ranges whose calls are taken; none: all
}
