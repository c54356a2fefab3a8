package state

import "time"

// Access is who may come in beside the API keys.
type Access struct {
	People    []Person   `json:"people"` // nobody: every username has what the key has
	Clients   []Client   `json:"clients"`
	Grants    []Grant    `json:"grants"`
	Sessions  []Session  `json:"sessions"`
	Approvals []Approval `json:"approvals"` // each asks the owner a question now

	// The first two of the four values to paste into Workfront; "" while there
	// is no address.
	AuthenticationURL string `json:"authenticationURL,omitempty"`
	TokenEndpointURL  string `json:"tokenEndpointURL,omitempty"`
}

// Person is one whom the owner named.
type Person struct {
	Name        string            `json:"name"`    // Workfront username
	Folders     map[string]string `json:"folders"` // shared folder's name, or "*" for all → none, read or write
	HasPassword bool              `json:"hasPassword"`
}

// Client is Workfront as an OAuth2 application.
type Client struct {
	ID          string    `json:"clientID"`
	RedirectURI string    `json:"redirectURI"`
	Created     time.Time `json:"created"`
}

// Grant is a person's leave for Workfront to act for them.
type Grant struct {
	ID       string    `json:"id"`
	ClientID string    `json:"clientID"`
	Person   string    `json:"person"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"lastUsed"`
}

// Session is a browser that was let in.
type Session struct {
	ID       string    `json:"id"`
	Person   string    `json:"person"`
	Way      string    `json:"way"` // password, approval
	Browser  string    `json:"browser"`
	Address  string    `json:"address"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"lastUsed"`
	Expires  time.Time `json:"expires"`
}

// Approval is a browser that asks to be let in: "Let this browser in? 47".
type Approval struct {
	ID      string    `json:"id"`
	Number  int       `json:"number"` // the browser shows the same
	Person  string    `json:"person"` // who it says it is
	Known   bool      `json:"known"`  // that name may come in; otherwise Approve is refused
	Browser string    `json:"browser"`
	Address string    `json:"address"`
	Expires time.Time `json:"expires"`
}

// The commands about access.
type (
	// AddPerson adds a person or changes one: the rights given here replace
	// those to the same folders, the rest stays.
	AddPerson struct {
		Name     string            `json:"name"`
		Folders  map[string]string `json:"folders,omitempty"`  // as in Person
		Password *string           `json:"password,omitempty"` // nil leaves it as it is
	}
	// RemovePerson forgets a person with their password, sessions and grants.
	RemovePerson struct {
		Name string `json:"name"`
	}

	// NewClient connects Workfront by OAuth2 and answers NewClientAnswer.
	NewClient struct {
		RedirectURI string `json:"redirectURI"`
	}
	// RemoveClient ends a client with all its grants.
	RemoveClient struct {
		ID string `json:"clientID"`
	}
	// RevokeGrant ends a grant at once.
	RevokeGrant struct {
		ID string `json:"id"`
	}

	// RevokeSession signs a browser out.
	RevokeSession struct {
		ID string `json:"id"`
	}
	// Approve lets a waiting browser in, Deny sends it away.
	Approve struct {
		ID string `json:"id"`
	}
	Deny struct {
		ID string `json:"id"`
	}
	// RevokeLinks ends every link that works without a sign-in.
	RevokeLinks struct{}
)

// NewClientAnswer holds the four values to paste into Workfront. The secret is
// shown this once.
type NewClientAnswer struct {
	AuthenticationURL string `json:"authenticationURL"`
	TokenEndpointURL  string `json:"tokenEndpointURL"`
	ClientID          string `json:"clientID"`
	ClientSecret      string `json:"clientSecret"`
	RedirectURI       string `json:"redirectURI"`
}
