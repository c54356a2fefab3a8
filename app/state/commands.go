package state

import "encoding/json"

// A command is a plain value that a face sends to the core; its type decides
// the verb. Answers are named beside each; a command without one answers
// nothing. Every failure is one sentence for a person.
type (
	// Start begins sharing, Stop ends it, Pause stops it until Start or the
	// program's next start. Quit ends the core.
	Start struct{}
	Stop  struct{}
	Pause struct{}
	Quit  struct{}

	// Reset ends the core, which then removes everything that Folderfront keeps
	// on this computer. Nothing in the shared folders is touched.
	Reset struct{}

	// ShowWindow brings the window up, opening it when there is none.
	ShowWindow struct{}

	// AddFolder shares a folder; an empty name becomes the folder's own.
	AddFolder struct {
		Name     string `json:"name"`
		Path     string `json:"path"`
		ReadOnly bool   `json:"readOnly"`
	}
	// ChangeFolder renames a shared folder or changes how it is shared; nil
	// leaves a thing as it is.
	ChangeFolder struct {
		Name     string  `json:"name"`
		NewName  *string `json:"newName,omitempty"`
		ReadOnly *bool   `json:"readOnly,omitempty"`
		Paused   *bool   `json:"paused,omitempty"`
		Links    *bool   `json:"links,omitempty"`
	}
	// RemoveFolder ends the sharing of a folder; no file is touched.
	RemoveFolder struct {
		Name string `json:"name"`
	}

	// NewKey makes an API key and answers NewKeyAnswer.
	NewKey struct {
		Name  string   `json:"name"`
		Limit []string `json:"limit,omitempty"` // the only things it is for: tags, notes; empty: everything
	}
	// ListKeys answers []Key, waiting for the keyring when need be.
	ListKeys struct{}
	// ShowKey answers NewKeyAnswer with the secret of an existing key.
	ShowKey struct {
		ID string `json:"id"`
	}
	// RotateKey makes a successor and lets the old key live on for a while; it
	// answers NewKeyAnswer.
	RotateKey struct {
		ID string `json:"id"`
	}
	// RevokeKey ends a key at once.
	RevokeKey struct {
		ID string `json:"id"`
	}

	// SetTunnel chooses the provider; what is empty leaves the rest as it is.
	SetTunnel struct {
		Provider  string `json:"provider"`
		PublicURL string `json:"publicURL,omitempty"`
		SSH       *SSH   `json:"ssh,omitempty"`
	}
	// SetToken stores ngrok's authtoken in the keyring; "" forgets it.
	SetToken struct {
		Token string `json:"token"`
	}
	// SetPassphrase stores the passphrase of the ssh tunnel's private key in the
	// keyring; "" forgets it.
	SetPassphrase struct {
		Passphrase string `json:"passphrase"`
	}
	// Reconnect connects the tunnel anew at once.
	Reconnect struct{}
	// TestConnection fetches /serviceInfo through the public address and
	// answers TestAnswer.
	TestConnection struct{}
	// AcknowledgeAddress says that Workfront was told of a changed address.
	AcknowledgeAddress struct{}

	// ChangeSettings changes what is not nil.
	ChangeSettings struct {
		StartAtLogin  *bool   `json:"startAtLogin,omitempty"`
		StartSharing  *bool   `json:"startSharing,omitempty"`
		KeepRunning   *bool   `json:"keepRunning,omitempty"`
		Theme         *string `json:"theme,omitempty"`
		Language      *string `json:"language,omitempty"`
		Notifications *bool   `json:"notifications,omitempty"`
		KeepDays      *int    `json:"keepDays,omitempty"`
		KeepVersions  *int    `json:"keepVersions,omitempty"`
		KeepPercent   *int    `json:"keepPercent,omitempty"`
		KeepBoth      *bool   `json:"keepBoth,omitempty"`
		UploadLimit   *int64  `json:"uploadLimit,omitempty"` // MB; 0 is no limit
		MinimumFree   *int64  `json:"minimumFree,omitempty"` // MB
		SizeAsNumber  *bool   `json:"sizeAsNumber,omitempty"`
		SearchLimit   *int    `json:"searchLimit,omitempty"`
		PerFolder     *int    `json:"perFolder,omitempty"`
		ExpiresID     *bool   `json:"expiresID,omitempty"`
		Commands      *bool   `json:"commands,omitempty"`
		LibreOffice   *bool   `json:"libreOffice,omitempty"`

		Allow *[]string `json:"allow,omitempty"` // IP addresses and ranges; none takes calls from everywhere
	}

	// Activities answers ActivityPage, a piece of the stored activity, newest
	// first: at most Limit rows after the first Offset of those that hold every
	// word of Text, in any case, in person, verb, title or folder.
	Activities struct {
		Anchor int64  `json:"anchor,omitempty"` // of an earlier page, which later rows don't shift; 0: from now
		Text   string `json:"text,omitempty"`
		Offset int    `json:"offset,omitempty"`
		Limit  int    `json:"limit"`
	}
	// ClearActivity forgets the stored activity.
	ClearActivity struct{}

	// Thumbnail answers Picture: what a shared file or folder looks like. It
	// takes a few seconds at most.
	Thumbnail struct {
		File  string `json:"file"`  // an id, or an absolute path of this computer
		Width int    `json:"width"` // in pixels, at most; 16 to 2048
	}

	// Cover answers Picture: of the newest document in a folder that has one. Its
	// JPEG is empty when there is none.
	Cover struct {
		Folder string `json:"folder"` // id
		Width  int    `json:"width"`  // in pixels, at most; 16 to 2048
	}

	// History answers []HistoryItem: versions and trash, newest first.
	History struct {
		Folder string `json:"folder,omitempty"` // a shared folder's name; "" for all
	}
	// PutBack restores a version or an item of the trash.
	PutBack struct {
		Item string `json:"item"`
	}
	// EmptyTrash hands the trash to the system's own.
	EmptyTrash struct {
		Folder string `json:"folder,omitempty"`
	}
)

// NewKeyAnswer carries a key with its secret.
type NewKeyAnswer struct {
	Key
	Secret string `json:"secret"`
}

// TestAnswer is what a test of the public address found, step by step.
type TestAnswer struct {
	Steps []TestStep `json:"steps"`
	OK    bool       `json:"ok"`
}

// TestStep is one tick, or the reason why there is none.
type TestStep struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// Picture is a thumbnail as a JPEG, at most as wide as asked for.
type Picture struct {
	JPEG    []byte `json:"jpeg"`
	Icon    bool   `json:"icon,omitempty"`    // its kind's icon, for want of a picture
	Pending bool   `json:"pending,omitempty"` // the picture is being made: ask again
}

// ActivityPage is a piece of the list that Activities asks for.
type ActivityPage struct {
	Anchor int64      `json:"anchor"` // the newest row it counts
	Total  int        `json:"total"`  // rows of the whole list
	Rows   []Activity `json:"rows"`
}

// HistoryItem is an old version or something deleted that can be put back.
type HistoryItem struct {
	Item    string `json:"item"`
	Kind    string `json:"kind"` // version, trash
	Title   string `json:"title"`
	Folder  string `json:"folder"`
	Path    string `json:"path"` // within the shared folder, slash-separated
	Size    int64  `json:"size"`
	Time    int64  `json:"time"` // Unix seconds: when it was overwritten or deleted
	By      string `json:"by,omitempty"`
	Expires int64  `json:"expires"` // Unix seconds
}

// Call is a command on its way: the name of its type and its value.
type Call struct {
	Verb string          `json:"verb"`
	Args json.RawMessage `json:"args"`
}

// Export writes the ids, people, actions and settings to a new file, to take
// them to another computer. No secret is in it.
type Export struct {
	Path string `json:"path"` // absolute
}

// Import takes over what Export wrote: ids of shared folders by their names,
// people, and custom actions. Folders and addresses stay this computer's own.
type Import struct {
	Path string `json:"path"` // absolute
}
