package settings

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Person is one who may come in, by Workfront username, and the shared folders
// that they may read or change. A folder in neither list doesn't exist for
// them; "*" stands for every folder.
type Person struct {
	Name  string   `toml:"name"`
	Read  []string `toml:"read"`
	Write []string `toml:"write"`
}

// Right returns none, read or write for a folder as it is written in the lists.
func (p Person) Right(folder string) string {
	switch {
	case contains(p.Write, folder):
		return "write"
	case contains(p.Read, folder):
		return "read"
	}
	return "none"
}

// Give sets the right to a folder: none, read or write.
func (p *Person) Give(folder, right string) {
	p.Read, p.Write = without(p.Read, folder), without(p.Write, folder)
	switch right {
	case "read":
		p.Read = append(p.Read, folder)
	case "write":
		p.Write = append(p.Write, folder)
	}
}

// Folders returns every folder that either list names, once.
func (p Person) Folders() []string {
	all := slices.Clone(p.Write)
	for _, folder := range p.Read {
		if !contains(all, folder) {
			all = append(all, folder)
		}
	}
	return all
}

// RenameRights keeps people's rights with a folder that gets another name.
func (s *Settings) RenameRights(before, after string) {
	for i := range s.People {
		if p := &s.People[i]; p.Right(before) != "none" {
			right := p.Right(before)
			p.Give(before, "none")
			p.Give(after, right)
		}
	}
}

// DropRights takes a folder out of everybody's rights, so that another one of
// that name begins without.
func (s *Settings) DropRights(folder string) {
	for i := range s.People {
		s.People[i].Give(folder, "none")
	}
}

// FindPerson returns the person of that username, or nil.
func (s *Settings) FindPerson(name string) *Person {
	for i := range s.People {
		if foldUsername(s.People[i].Name) == foldUsername(name) {
			return &s.People[i]
		}
	}
	return nil
}

// RemovePerson removes the person of that username, if there is one.
func (s *Settings) RemovePerson(name string) {
	s.People = slices.DeleteFunc(s.People, func(p Person) bool { return foldUsername(p.Name) == foldUsername(name) })
}

func validatePeople(people []Person) error {
	for i, p := range people {
		bad := func(key, reason string) error { return &Invalid{"person", i, key, reason} }
		if reason := badUsername(p.Name); reason != "" {
			return bad("name", reason)
		}
		for _, earlier := range people[:i] {
			if foldUsername(earlier.Name) == foldUsername(p.Name) {
				return bad("name", fmt.Sprintf("must differ from the other people's names; %q is there twice", p.Name))
			}
		}
		for _, list := range []struct {
			key     string
			folders []string
		}{{"read", p.Read}, {"write", p.Write}} {
			for _, folder := range list.folders {
				if reason := badShareName(folder); folder != "*" && reason != "" {
					return bad(list.key, "names a folder that can't exist: its name "+reason)
				}
			}
		}
	}
	return nil
}

func badUsername(name string) string {
	switch {
	case foldUsername(name) == "":
		return "must not be empty"
	case len(name) > 254:
		return "must be at most 254 bytes long"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "must not contain control characters"
	}
	return ""
}

// foldUsername brings a username into the form in which the server compares
// them.
func foldUsername(name string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.TrimSpace(name))))
}

func contains(folders []string, name string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return Fold(f) == Fold(name) })
}

func without(folders []string, name string) []string {
	kept := []string{}
	for _, f := range folders {
		if Fold(f) != Fold(name) {
			kept = append(kept, f)
		}
	}
	return kept
}
