package web

import (
	"net/http"
	"time"

	"folderfront/server/catalogue"
)

// linkLife is how long a signed link works.
const linkLife = 7 * 24 * time.Hour

// linkCookie begins the name of the cookie that carries a signed link once it
// was opened; the document's id follows, so each link stands alone.
const linkCookie = "__Host-folderfront-link-"

// madeLink is what the page of a new link shows.
type madeLink struct {
	Entry   catalogue.Entry
	Address string
	Expires time.Time
}

// mayLink tells whether a visitor may make a link to what they see: a signed-in
// person, a document, in a folder for which the owner allowed it.
func (p *Pages) mayLink(v visit) bool {
	return !v.linked && !v.entry.Folder && p.allowsLinks(v.entry)
}

func (p *Pages) allowsLinks(e catalogue.Entry) bool {
	return p.LinksAllowed != nil && e.Share != "" && p.LinksAllowed(e.Share)
}

func (p *Pages) makeLink(w http.ResponseWriter, r *http.Request, v visit) {
	if !p.mayLink(v) {
		p.notAllowed(w, r)
		return
	}
	expires := time.Now().Add(linkLife)
	token, err := p.Auth.SignLink(r.Context(), string(v.entry.ID), expires)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "link.html", page{
		Title: "A link to " + v.entry.Title(), Person: p.signedInAs(r),
		Body: madeLink{v.entry, p.Origin() + "/link/" + token, expires},
	})
}

// link takes a signed link out of the address bar, where others would see it
// and programs would keep it: the browser gets it as a cookie and is led to the
// document's own address.
func (p *Pages) link(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	document, expires, err := p.Auth.CheckLink(r.Context(), token)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	id, err := catalogue.ParseID(document)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: linkCookie + string(id), Value: token, Path: "/", MaxAge: max(1, int(time.Until(expires)/time.Second)), // not a date: the browser's clock is another
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, pathOf(id), http.StatusSeeOther)
}

// linked tells whether the browser holds a signed link to this very document
// that is still in force, in a folder that still allows links.
func (p *Pages) linked(r *http.Request, e catalogue.Entry) bool {
	if e.Folder || !p.allowsLinks(e) {
		return false
	}
	cookie, err := r.Cookie(linkCookie + string(e.ID))
	if err != nil {
		return false
	}
	document, _, err := p.Auth.CheckLink(r.Context(), cookie.Value)
	return err == nil && document == string(e.ID)
}
