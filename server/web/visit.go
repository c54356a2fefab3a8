package web

import (
	"errors"
	"net/http"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// visit is a browser's request for something that it may see.
type visit struct {
	who    auth.Principal
	entry  catalogue.Entry
	linked bool // by a signed link, without a sign-in
}

// visit finds out what a browser wants and whether it may have it. If not, it
// has answered: a stranger with the way to sign in and then go back, a person
// with the reason. It tells a stranger nothing of what exists.
func (p *Pages) visit(w http.ResponseWriter, r *http.Request, back string) (v visit, ok bool) {
	id, err := catalogue.ParseID(r.PathValue("id"))
	if err == nil {
		v.entry, err = p.Catalogue.Lookup(r.Context(), id)
	}
	found := err == nil
	who, stranger := p.Auth.Session(r)
	v.who = who
	switch {
	case found && stranger == nil && p.sees(who, v.entry):
		return v, true
	case found && p.linked(r, v.entry):
		v.linked = true
		return v, true
	case stranger != nil:
		p.askToSignIn(w, r, back, stranger)
	case found:
		p.notAllowed(w, r)
	default:
		p.fail(w, r, err)
	}
	return visit{}, false
}

// sees tells whether a principal may read an entry. The root is everybody's;
// it lists only what each may see.
func (p *Pages) sees(who auth.Principal, e catalogue.Entry) bool {
	return e.ID == catalogue.Root || who.May(e.Share) >= auth.Read
}

// seen reports a first look at something, not each of a player's many requests
// for parts of it.
func (p *Pages) seen(r *http.Request, verb string, v visit) {
	if p.Seen != nil && r.Method == http.MethodGet && r.Header.Get("Range") == "" {
		p.Seen(r, verb, v.who, v.entry)
	}
}

// askToSignIn answers a browser that needs to sign in: with the page, or, when
// it is that page's form that arrives, by signing it in and leading it back.
func (p *Pages) askToSignIn(w http.ResponseWriter, r *http.Request, back string, reason error) {
	switch {
	case errors.Is(reason, auth.ErrUnknown):
		p.message(w, r, http.StatusForbidden, message{"Not allowed", sentence(reason), link{"Sign in as somebody else", "/signin"}})
	case !errors.Is(reason, auth.ErrForbidden):
		p.fail(w, r, reason)
	case r.Method == http.MethodPost:
		p.signIn(w, r, back, back)
	default:
		p.signInForm(w, r, http.StatusForbidden, signIn{Action: back})
	}
}
