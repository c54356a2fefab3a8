package web

import (
	"errors"
	"net/http"
	"net/url"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// consent is what the consent page tells: who asks, for what.
type consent struct {
	Host    string // where the answer will be sent
	Folders []folderRight
}

// folderRight is a shared folder and whether it may be changed.
type folderRight struct {
	Name  string
	Write bool
}

// authorize is the authorization endpoint (RFC 6749, 3.1): sign-in, consent,
// and back to Workfront.
func (p *Pages) authorize(w http.ResponseWriter, r *http.Request) {
	req, err := p.Auth.ParseRequest(r.Context(), r.URL.RawQuery)
	var refusal *auth.Refusal
	if errors.As(err, &refusal) {
		http.Redirect(w, r, refusal.Location, http.StatusSeeOther)
		return
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	who, stranger := p.Auth.Session(r)
	if stranger != nil {
		p.askToSignIn(w, r, "/oauth2/authorize?"+r.URL.RawQuery, stranger)
		return
	}
	target, err := url.Parse(req.Client.RedirectURI)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	// A browser holds form-action against the redirect that follows as well.
	w.Header().Set("Content-Security-Policy", policy("'self' "+target.Scheme+"://"+target.Host))
	if r.Method == http.MethodPost {
		p.answer(w, r, req, who)
		return
	}
	p.consentPage(w, r, who, target.Host)
}

// answer sends the browser back to Workfront with what the person chose.
// Anything but the button "Allow" is no.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, req auth.Request, who auth.Principal) {
	location := req.Deny()
	if r.PostFormValue("do") == "allow" {
		var err error
		if location, err = p.Auth.Allow(r.Context(), req, who); err != nil {
			p.fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, location, http.StatusSeeOther)
}

func (p *Pages) consentPage(w http.ResponseWriter, r *http.Request, who auth.Principal, host string) {
	shares, err := p.List(r.Context(), who, catalogue.Root)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	c := consent{Host: host}
	for _, s := range shares {
		c.Folders = append(c.Folders, folderRight{s.Title(), who.May(s.Share) >= auth.Write && !s.ReadOnly})
	}
	p.render(w, r, http.StatusOK, "consent.html", page{Title: "Let Workfront in?", Person: display(who), Body: c})
}
