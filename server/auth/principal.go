package auth

import (
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Right is what a principal may do in a shared folder; each includes the
// lesser ones.
type Right int

// The rights, in rising order.
const (
	None  Right = iota // may not know that the folder exists
	Read               // may list, find, view and download
	Write              // may upload, create, rename and delete
)

// String returns none, read or write.
func (r Right) String() string {
	switch r {
	case Read:
		return "read"
	case Write:
		return "write"
	}
	return "none"
}

// ParseRight reads none, read or write; anything else is ErrInvalid.
func ParseRight(s string) (Right, error) {
	for _, r := range []Right{None, Read, Write} {
		if strings.EqualFold(s, r.String()) {
			return r, nil
		}
	}
	return None, fail(ErrInvalid, "A right is none, read or write.")
}

// AnyShare stands for every shared folder in a person's rights; a folder named
// beside it goes before it.
const AnyShare = "*"

// Person is one whom the owner named.
type Person struct {
	Name   string           // Workfront username, as written by the owner
	Rights map[string]Right // shared folder's name → right; a folder not in it is None
}

// Principal is who a request comes from and what they may do, as decided when
// it was authenticated. Its zero value may do nothing. It is immutable.
type Principal struct {
	name   string
	via    string
	id     string
	open   bool // no people defined: everything
	member bool // one of the owner's people
	rights map[string]Right
	limit  []string
}

// Name is the person's name for logs and rules; "" when a key came without a
// username.
func (p Principal) Name() string { return p.name }

// Via tells what let the principal in: key, grant, session or link.
func (p Principal) Via() string { return p.via }

// ID is the public id of that key, grant, session or link.
func (p Principal) ID() string { return p.id }

// For tells whether the principal came with a key that is for this, as the
// server names what it offers. A key without a limit is for everything.
func (p Principal) For(what string) bool { return len(p.limit) == 0 || slices.Contains(p.limit, what) }

// May returns the right to the shared folder of that name. Whether the folder
// itself takes writes is for the catalogue to say.
func (p Principal) May(share string) Right {
	if p.open {
		return Write
	}
	if r, ok := p.rights[foldShare(share)]; ok {
		return r
	}
	return p.rights[AnyShare]
}

// crowd is everyone who may come in; it is replaced whole, never changed.
type crowd map[string]member

type member struct {
	name   string
	rights map[string]Right
}

func newCrowd(people []Person) crowd {
	c := make(crowd, len(people))
	for _, p := range people {
		rights := make(map[string]Right, len(p.Rights))
		for share, r := range p.Rights {
			rights[foldShare(share)] = r
		}
		c[FoldName(p.Name)] = member{p.Name, rights}
	}
	return c
}

var errUnknown = fail(ErrUnknown, "This username may not use these folders. Ask the owner of the shared folders to add it.")

// principal returns what the named person may do now, or ErrUnknown.
func (c crowd) principal(name, via, id string) (Principal, error) {
	if len(c) == 0 {
		return Principal{name: strings.TrimSpace(name), via: via, id: id, open: true}, nil
	}
	m, ok := c[FoldName(name)]
	if !ok {
		return Principal{}, errUnknown
	}
	return Principal{name: m.name, via: via, id: id, rights: m.rights, member: true}, nil
}

// known returns what somebody who was let in earlier may do now. One who came
// in as one of the owner's people must still be one: removing the last person
// must not open every folder to them.
func (c crowd) known(name string, member bool, via, id string) (Principal, error) {
	if member && len(c) == 0 {
		return Principal{}, errUnknown
	}
	return c.principal(name, via, id)
}

// FoldName returns a username as it is compared: without surrounding space,
// normalised (NFKC) and without case.
func FoldName(name string) string {
	name = strings.TrimSpace(name)
	if ascii(name) {
		return strings.ToLower(name)
	}
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
}

// foldShare compares the names of shared folders as the catalogue does:
// canonically normalised and without case.
func foldShare(name string) string {
	if ascii(name) {
		return strings.ToLower(name)
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(name)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
