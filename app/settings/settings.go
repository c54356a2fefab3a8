// Package settings is the one file in which a person's decisions are kept:
// settings.toml in the profile folder, edited by the window and by hand alike.
//
// A Settings value is a plain copy; Store owns the file. A change goes the way
// copy → verify → write → notify, so a value that reaches anyone is valid and
// is already on disk. Secrets never enter the file.
package settings

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Version is the layout of the file that this program writes.
const Version = 1

// Settings is everything the file says.
type Settings struct {
	Version     int          `toml:"version" comment:"Folderfront's settings. Edit this file while Folderfront runs or not; a change counts as\nsoon as it is saved, and your comments are kept. Secrets are in the system's keyring.\n\nEach shared folder has a table such as\n\n  [[folder]]\n  name = \"Brand\"\n  path = \"/srv/brand\"\n  read_only = true\n\nThe layout of this file; leave it as it is."`
	Sharing     Sharing      `toml:"sharing"`
	Tunnel      Tunnel       `toml:"tunnel" comment:"The way in from the internet."`
	Uploads     Uploads      `toml:"uploads"`
	History     History      `toml:"history" comment:"Old versions and deleted files are kept in a hidden folder of each shared folder."`
	Workfront   Workfront    `toml:"workfront" comment:"Where Workfront's own documents disagree, both answers can be had."`
	Desktop     Desktop      `toml:"desktop"`
	Folders     []Folder     `toml:"folder,omitempty" comment:"A shared folder; its name is what Workfront shows."`
	People      []Person     `toml:"person,omitempty" comment:"A person who may come in, by Workfront username. As soon as there is one, all other\nusernames are refused. read and write name shared folders; \"*\" is every folder."`
	Connections []Connection `toml:"connection,omitempty" comment:"A receiver of webhooks."`
	Actions     []Action     `toml:"action,omitempty" comment:"Something that can be done to a file."`
	Rules       []Rule       `toml:"rule,omitempty" comment:"Runs actions by itself."`
	Developer   Developer    `toml:"developer,omitempty" comment:"For the people who build Folderfront."`
}

// Sharing says whether and where the program listens.
type Sharing struct {
	Start  bool   `toml:"start" comment:"Start sharing when Folderfront starts."`
	Listen string `toml:"listen" comment:"Address on this computer, HOST:PORT. Keep the host 127.0.0.1 unless you know why not."`
}

// Tunnel chooses the provider of the public address and holds what each needs.
type Tunnel struct {
	Provider  string   `toml:"provider" comment:"none, ngrok, ssh or external."`
	PublicURL string   `toml:"public_url" comment:"The public origin for ssh and external, such as https://files.example.com."`
	Allow     []string `toml:"allow" comment:"When not empty, API calls are taken from these addresses alone, such as [\"203.0.113.0/24\"]."`
	Ngrok     Ngrok    `toml:"ngrok"`
	SSH       SSH      `toml:"ssh"`
}

// Ngrok is for the provider ngrok; its token is in the keyring.
type Ngrok struct {
	URL string `toml:"url" comment:"The address ngrok gave; asked for again at each start."`
}

// SSH is for the provider ssh; the key's passphrase is in the keyring.
type SSH struct {
	Host       string `toml:"host" comment:"USER@HOST:PORT"`
	Key        string `toml:"key" comment:"Path of the private key; empty asks the ssh agent."`
	KnownHosts string `toml:"known_hosts" comment:"File with the server's host key; empty means ~/.ssh/known_hosts."`
	Remote     string `toml:"remote" comment:"BIND:PORT that the server listens on."`
}

// Uploads bounds what may come in.
type Uploads struct {
	Limit       int64  `toml:"limit_mb" comment:"Largest upload in MB; 0 means no limit."`
	MinimumFree int64  `toml:"minimum_free_mb" comment:"MB of the disk that an upload must leave free."`
	NameTaken   string `toml:"name_taken" comment:"An upload under a name that exists: \"version\" makes a new version, \"both\" keeps both files."`
}

// History bounds the versions and the trash.
type History struct {
	Days     int `toml:"days" comment:"Kept for so many days."`
	Versions int `toml:"versions" comment:"At most so many old versions of a file."`
	Percent  int `toml:"percent" comment:"At most so many percent of the disk."`
}

// Workfront holds the switches for what Workfront's documents leave open.
type Workfront struct {
	Size        string `toml:"size" comment:"How the size of a file is sent: \"quoted\", as in the published examples, or \"number\"."`
	ExpiresID   bool   `toml:"expires_id" comment:"Also send expires_id, as the published OAuth2 example spells it."`
	SearchLimit int    `toml:"search_limit" comment:"At most so many results of a search."`
	PerFolder   int    `toml:"actions_per_folder" comment:"At most so many custom actions that name a shared folder."`
}

// Desktop is how the program behaves on this computer.
type Desktop struct {
	StartAtLogin  bool   `toml:"start_at_login" comment:"Start with the computer, hidden in the tray."`
	KeepRunning   bool   `toml:"keep_running" comment:"Go on sharing when the window is closed."`
	Theme         string `toml:"theme" comment:"system, light or dark."`
	Language      string `toml:"language" comment:"en, de, fr, es or ja; empty follows the system."`
	Notifications bool   `toml:"notifications"`
	Commands      bool   `toml:"commands" comment:"Let custom actions run programs of this computer."`
	LibreOffice   bool   `toml:"libreoffice" comment:"Let an installed LibreOffice draw thumbnails of office documents that hold none."`
}

// Folder is one shared folder. Its name identifies it in rights and lists.
type Folder struct {
	Name     string `toml:"name"`
	Path     string `toml:"path"`
	ReadOnly bool   `toml:"read_only"`
	Paused   bool   `toml:"paused"`
	Links    bool   `toml:"links"` // people may make links that show a document without a sign-in
}

// Developer lets the built program meet a loopback ngrok edge.
type Developer struct {
	NgrokEdge   string `toml:"ngrok_edge,omitempty"`
	NgrokEdgeCA string `toml:"ngrok_edge_ca,omitempty"`
}

// Default is what a new profile starts with.
func Default() Settings {
	return Settings{
		Version:   Version,
		Sharing:   Sharing{Start: true, Listen: "127.0.0.1:8437"},
		Tunnel:    Tunnel{Provider: "none", Allow: []string{}},
		Uploads:   Uploads{MinimumFree: 1024, NameTaken: "version"},
		History:   History{Days: 30, Versions: 20, Percent: 10},
		Workfront: Workfront{Size: "quoted", SearchLimit: 500, PerFolder: 3},
		Desktop:   Desktop{KeepRunning: true, Theme: "system", Notifications: true},
		Folders:   []Folder{},
	}
}

// Invalid is a setting that can't be in force: where it stands and why.
type Invalid struct {
	Table  string // such as "tunnel" or "folder"
	Index  int    // among the tables of that name, from 0
	Key    string
	Reason string // a clause: "must be …"
}

func (e *Invalid) Error() string {
	return fmt.Sprintf("%s in [%s] %s", e.Key, e.Table, e.Reason)
}

// Validate tells the first thing wrong with s, as *Invalid, or nil.
func (s Settings) Validate() error {
	if s.Version != Version {
		return &Invalid{"", 0, "version", fmt.Sprintf("must be %d: this file was written by another version of Folderfront", Version)}
	}
	if err := ValidListen(s.Sharing.Listen); err != nil {
		return &Invalid{"sharing", 0, "listen", err.Error()}
	}
	if err := s.Tunnel.validate(); err != nil {
		return err
	}
	if err := s.validateChoices(); err != nil {
		return err
	}
	if err := validateFolders(s.Folders); err != nil {
		return err
	}
	if err := validatePeople(s.People); err != nil {
		return err
	}
	for i, c := range s.Connections {
		if err := oneOf(c.LeadsTo, "", "internet", "network", "computer"); err != nil {
			return &Invalid{"connection", i, "leads_to", err.Error()}
		}
	}
	return nil
}

// ValidListen checks a HOST:PORT to listen on.
func ValidListen(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("must be HOST:PORT, such as 127.0.0.1:8437")
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("must end in a port from 0 to 65535")
	}
	return nil
}

// ValidOrigin checks a public origin: scheme and host, nothing else.
func ValidOrigin(origin string) error {
	u, err := url.Parse(origin)
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("must be an origin such as https://files.example.com")
	case strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "", u.User != nil:
		return fmt.Errorf("must be scheme and host alone, such as https://files.example.com")
	}
	return nil
}

func (t Tunnel) validate() error {
	if err := oneOf(t.Provider, "none", "ngrok", "ssh", "external"); err != nil {
		return &Invalid{"tunnel", 0, "provider", err.Error()}
	}
	if t.PublicURL != "" {
		if err := ValidOrigin(t.PublicURL); err != nil {
			return &Invalid{"tunnel", 0, "public_url", err.Error()}
		}
	}
	if t.PublicURL == "" && t.Provider == "external" {
		return &Invalid{"tunnel", 0, "public_url", "must be given for the provider external"}
	}
	for _, entry := range t.Allow {
		_, notRange := netip.ParsePrefix(entry)
		address, notAddress := netip.ParseAddr(entry)
		if notRange != nil && (notAddress != nil || address.Zone() != "") {
			return &Invalid{"tunnel", 0, "allow", fmt.Sprintf("must hold IP addresses or ranges, such as 192.0.2.7 or 192.0.2.0/24; %q is neither", entry)}
		}
	}
	if t.Provider == "ssh" && t.SSH.Host == "" {
		return &Invalid{"tunnel.ssh", 0, "host", "must be given for the provider ssh, as USER@HOST:PORT"}
	}
	return nil
}

func (s Settings) validateChoices() error {
	for _, c := range []struct {
		table, key, value string
		allowed           []string
	}{
		{"uploads", "name_taken", s.Uploads.NameTaken, []string{"version", "both"}},
		{"workfront", "size", s.Workfront.Size, []string{"quoted", "number"}},
		{"desktop", "theme", s.Desktop.Theme, []string{"system", "light", "dark"}},
		{"desktop", "language", s.Desktop.Language, []string{"", "en", "de", "fr", "es", "ja"}},
	} {
		if err := oneOf(c.value, c.allowed...); err != nil {
			return &Invalid{c.table, 0, c.key, err.Error()}
		}
	}
	for _, n := range []struct {
		table, key         string
		value, least, most int64
	}{
		{"uploads", "limit_mb", s.Uploads.Limit, 0, 1 << 40},
		{"uploads", "minimum_free_mb", s.Uploads.MinimumFree, 0, 1 << 40},
		{"history", "days", int64(s.History.Days), 1, 3650},
		{"history", "versions", int64(s.History.Versions), 1, 10000},
		{"history", "percent", int64(s.History.Percent), 1, 90},
		{"workfront", "search_limit", int64(s.Workfront.SearchLimit), 1, 100000},
		{"workfront", "actions_per_folder", int64(s.Workfront.PerFolder), 1, 1000},
	} {
		if n.value < n.least || n.value > n.most {
			return &Invalid{n.table, 0, n.key, fmt.Sprintf("must be a number from %d to %d", n.least, n.most)}
		}
	}
	return nil
}

func oneOf(value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	quoted := make([]string, len(allowed))
	for i, a := range allowed {
		quoted[i] = fmt.Sprintf("%q", a)
	}
	return fmt.Errorf("must be one of %s", strings.Join(quoted, ", "))
}

// validateFolders wants unique names and absolute paths of which none lies in
// another: a nested share would give one file two ids.
func validateFolders(folders []Folder) error {
	for i, f := range folders {
		bad := func(key, reason string) error { return &Invalid{"folder", i, key, reason} }
		if reason := badShareName(f.Name); reason != "" {
			return bad("name", reason)
		}
		if !filepath.IsAbs(f.Path) {
			return bad("path", "must be an absolute path")
		}
		for _, earlier := range folders[:i] {
			if Fold(earlier.Name) == Fold(f.Name) {
				return bad("name", fmt.Sprintf("must differ from the other folders' names; %q is there twice", f.Name))
			}
			if within(earlier.Path, f.Path) || within(f.Path, earlier.Path) {
				return bad("path", fmt.Sprintf("must not overlap with the shared folder %q", earlier.Name))
			}
		}
	}
	return nil
}

func badShareName(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "must not be empty"
	case len(name) > 255:
		return "must be at most 255 bytes long"
	case strings.ContainsAny(name, "/\\\x00\n\r\t="):
		return "must not contain / \\ = or control characters"
	case strings.HasPrefix(name, "."):
		return "must not begin with a dot"
	}
	return ""
}

// Fold brings a name into the form in which names are compared.
func Fold(name string) string {
	return cases.Fold().String(norm.NFC.String(strings.TrimSpace(name)))
}

func within(outer, inner string) bool {
	rel, err := filepath.Rel(outer, inner)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
