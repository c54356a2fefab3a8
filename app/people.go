package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server/auth"
)

func (a *App) peopleVerbs() verbs {
	v := verbs{}
	act(v, a.AddPerson)
	act(v, a.RemovePerson)
	act(v, a.RevokeSession)
	act(v, a.Approve)
	act(v, a.Deny)
	act(v, a.RevokeLinks)
	return v
}

// AddPerson adds a person or changes one who is there. The password is set
// last, so that one that is refused leaves a person without, not the reverse.
func (a *App) AddPerson(ctx context.Context, c state.AddPerson) error {
	for folder, right := range c.Folders {
		if _, err := auth.ParseRight(right); err != nil {
			return fmt.Errorf("%q is no right to the folder %q; nothing was changed. Give read, write or none.", right, folder)
		}
	}
	err := a.modify(func(s *settings.Settings) error {
		p := s.FindPerson(c.Name)
		if p == nil {
			s.People = append(s.People, settings.Person{Name: c.Name, Read: []string{}, Write: []string{}})
			p = &s.People[len(s.People)-1]
		}
		for folder, right := range c.Folders {
			if right != "none" && folder != auth.AnyShare && !a.shares(s, folder) {
				return fmt.Errorf("No shared folder is named %q; nothing was changed. The command \"folderfront folders list\" shows the names.", folder)
			}
			p.Give(folder, right)
		}
		slices.Sort(p.Read)
		slices.Sort(p.Write)
		return nil
	})
	if err != nil || c.Password == nil {
		return err
	}
	return a.server.Auth.SetPassword(ctx, c.Name, *c.Password)
}

// shares tells whether a folder is shared, for this run or for good.
func (a *App) shares(s *settings.Settings, name string) bool {
	_, err := findFolder(s, name)
	return err == nil || a.options.Overrides.shares(name)
}

// RemovePerson forgets a person. Their sessions and grants end first, so that
// nothing of theirs is in force when the last person goes and every username
// is let in again.
func (a *App) RemovePerson(ctx context.Context, c state.RemovePerson) error {
	now := a.store.Get()
	if now.FindPerson(c.Name) == nil {
		return fmt.Errorf("Nobody is named %q. The command \"folderfront people list\" shows the names.", c.Name)
	}
	if err := a.server.Auth.ForgetPerson(ctx, c.Name); err != nil {
		return err
	}
	return a.modify(func(s *settings.Settings) error {
		s.RemovePerson(c.Name)
		return nil
	})
}

// RevokeSession signs a browser out.
func (a *App) RevokeSession(ctx context.Context, c state.RevokeSession) error {
	return a.server.Auth.RevokeSession(ctx, c.ID)
}

// Approve lets a waiting browser in.
func (a *App) Approve(ctx context.Context, c state.Approve) error {
	return a.server.Auth.Approve(ctx, c.ID)
}

// Deny sends a waiting browser away.
func (a *App) Deny(ctx context.Context, c state.Deny) error { return a.server.Auth.Deny(ctx, c.ID) }

// RevokeLinks ends every link that works without a sign-in.
func (a *App) RevokeLinks(ctx context.Context, _ state.RevokeLinks) error {
	return a.server.Auth.RevokeLinks(ctx)
}

// setPeople brings everyone's rights in line with the settings.
func (a *App) setPeople(s settings.Settings) {
	people := make([]auth.Person, 0, len(s.People))
	for _, p := range s.People {
		rights := map[string]auth.Right{}
		for _, folder := range p.Folders() {
			if right, err := auth.ParseRight(p.Right(folder)); err == nil {
				rights[folder] = right
			}
		}
		people = append(people, auth.Person{Name: p.Name, Rights: rights})
	}
	a.server.Auth.SetPeople(people)
}

// linkFolders are the shared folders into which people may make links that work
// without a sign-in.
func linkFolders(folders []settings.Folder) []string {
	var names []string
	for _, f := range folders {
		if f.Links {
			names = append(names, f.Name)
		}
	}
	return names
}

// accessState shows who may come in. What can't be read is left out: a later
// State has it.
func (a *App) accessState(s settings.Settings, origin string) state.Access {
	ctx := context.Background()
	shown := state.Access{People: []state.Person{}, Clients: []state.Client{}, Grants: []state.Grant{}, Sessions: []state.Session{}, Approvals: []state.Approval{}}
	passwords, err1 := a.server.Auth.Passwords(ctx)
	for _, p := range s.People {
		shown.People = append(shown.People, personState(p, passwords))
	}
	clients, err2 := a.server.Auth.Clients(ctx)
	for _, c := range clients {
		shown.Clients = append(shown.Clients, state.Client(c))
	}
	grants, err3 := a.server.Auth.Grants(ctx)
	for _, g := range grants {
		shown.Grants = append(shown.Grants, state.Grant{ID: g.ID, ClientID: g.Client, Person: g.Person, Created: g.Created, LastUsed: g.LastUsed})
	}
	sessions, err4 := a.server.Auth.Sessions(ctx)
	for _, x := range sessions {
		shown.Sessions = append(shown.Sessions, state.Session{ID: x.ID, Person: x.Person, Way: x.Way, Browser: x.Agent, Address: x.Address, Created: x.Created, LastUsed: x.LastUsed, Expires: x.Expires})
	}
	approvals, err5 := a.server.Auth.Approvals(ctx)
	for _, x := range approvals {
		shown.Approvals = append(shown.Approvals, state.Approval{ID: x.ID, Number: x.Number, Person: x.Person, Known: x.Known, Browser: x.Agent, Address: x.Address, Expires: x.Expires})
	}
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		a.log.Warn("who may come in can't be shown", "error", err)
	}
	if origin != "" {
		shown.AuthenticationURL, shown.TokenEndpointURL = origin+authorizePath, origin+tokenPath
	}
	return shown
}

func personState(p settings.Person, passwords []string) state.Person {
	folders := map[string]string{}
	for _, folder := range p.Folders() {
		folders[folder] = p.Right(folder)
	}
	return state.Person{Name: p.Name, Folders: folders, HasPassword: slices.Contains(passwords, auth.FoldName(p.Name))}
}
