package web

import (
	"context"
	"net/http"
	"slices"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

// document is what the page of a document shows.
type document struct {
	Entry    catalogue.Entry
	Path     []catalogue.Entry // the folders it lies in, outermost first
	Way      way
	Text     string
	Cut      bool // the text goes on
	Versions []upload.Item
	Linked   bool // shown by a signed link, so nothing around it is
	MayLink  bool // this person may make such a link
}

// folder is what the page of a folder shows; the root has no Entry.Name.
type folder struct {
	Entry catalogue.Entry
	Path  []catalogue.Entry
	Items []catalogue.Entry
}

// pathOf is the permanent address of a document's or folder's page.
func pathOf(id catalogue.ID) string {
	if id == catalogue.Root {
		return "/view/"
	}
	return "/view/" + string(id)
}

// view is the page of a document or a folder; without an id, of the root.
func (p *Pages) view(w http.ResponseWriter, r *http.Request) {
	id, err := catalogue.ParseID(r.PathValue("id"))
	if err != nil {
		id = catalogue.Root // a stranger may sign in and be told then
	}
	back := pathOf(id)
	if r.URL.Query().Has("get") {
		back = afterSignIn(id)
	}
	v, ok := p.visit(w, r, back)
	if !ok {
		return
	}
	switch {
	case r.Method == http.MethodPost && r.PostFormValue("do") == "link":
		p.makeLink(w, r, v)
	case r.Method == http.MethodPost:
		http.Redirect(w, r, pathOf(v.entry.ID), http.StatusSeeOther) // signed in already, in another tab
	case v.entry.Folder:
		p.folderPage(w, r, v)
	case v.entry.Pending:
		p.message(w, r, http.StatusNotFound, message{"Not here yet", "This document was announced, but its content has not arrived. Try again in a moment.", homeLink})
	default:
		p.documentPage(w, r, v)
	}
}

func (p *Pages) documentPage(w http.ResponseWriter, r *http.Request, v visit) {
	ctx := r.Context()
	d := document{Entry: v.entry, Way: wayOf(p.Type(ctx, v.entry)), Linked: v.linked, MayLink: p.mayLink(v)}
	var err error
	if d.Way == asText {
		var whole bool
		d.Text, whole, err = p.text(ctx, v.entry)
		d.Cut = !whole
	}
	if err == nil && !v.linked {
		d.Path, err = p.path(ctx, v.entry)
	}
	if err == nil {
		d.Versions, err = p.versions(ctx, v)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	if r.URL.Query().Has("get") {
		// Just signed in for a download: begin it, and leave this page behind it.
		w.Header().Set("Refresh", "0; url=/get/"+string(v.entry.ID))
	}
	p.seen(r, "viewed", v)
	p.render(w, r, http.StatusOK, "document.html", page{Title: v.entry.Title(), Person: p.signedInAs(r), Wide: true, Body: d})
}

// versions are the earlier contents of a document that a visitor may read: of who
// came by a link none, and none that was kept in a folder not shared with them.
func (p *Pages) versions(ctx context.Context, v visit) ([]upload.Item, error) {
	if v.linked {
		return nil, nil
	}
	all, err := p.Uploads.Versions(ctx, v.entry.ID)
	return slices.DeleteFunc(all, func(i upload.Item) bool { return v.who.May(i.Share) < auth.Read }), err
}

func (p *Pages) folderPage(w http.ResponseWriter, r *http.Request, v visit) {
	path, err := p.path(r.Context(), v.entry)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	items, err := p.List(r.Context(), v.who, v.entry.ID)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	title := v.entry.Title()
	if v.entry.ID == catalogue.Root {
		title = "Shared folders"
	}
	p.render(w, r, http.StatusOK, "folder.html", page{Title: title, Person: display(v.who), Wide: true, Body: folder{v.entry, path, items}})
}

// path returns the folders around an entry, from its shared folder inwards.
func (p *Pages) path(ctx context.Context, e catalogue.Entry) ([]catalogue.Entry, error) {
	var path []catalogue.Entry
	for e.ID != catalogue.Root && e.Parent != catalogue.Root {
		parent, err := p.Catalogue.Lookup(ctx, e.Parent)
		if err != nil {
			return nil, err
		}
		path = append(path, parent)
		e = parent
	}
	slices.Reverse(path)
	return path, nil
}

// content is the file itself, for the page to show. Whatever its name says, it
// may run nothing and reach nothing.
func (p *Pages) content(w http.ResponseWriter, r *http.Request) {
	v, ok := p.part(w, r)
	if !ok {
		return
	}
	if !wayOf(p.Type(r.Context(), v.entry)).inline() {
		http.Redirect(w, r, "/get/"+string(v.entry.ID), http.StatusSeeOther)
		return
	}
	contained(w)
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	if err := p.Serve(w, r, v.entry, true); err != nil {
		p.fail(w, r, err)
	}
}

// contained keeps a document that a browser opens by itself from running or
// reaching anything; only our own pages may frame it.
func contained(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
}

// pictureWidth is the width in pixels of the picture that stands for a document
// that browsers can't show.
const pictureWidth = 1024

func (p *Pages) picture(w http.ResponseWriter, r *http.Request) {
	v, ok := p.part(w, r)
	if !ok {
		return
	}
	contained(w)
	if err := p.Thumbnail(w, r, v.entry, pictureWidth); err != nil {
		p.fail(w, r, err)
	}
}

// part is a visit to a part of a document's page.
func (p *Pages) part(w http.ResponseWriter, r *http.Request) (visit, bool) {
	if r.Method == http.MethodPost {
		p.nothing(w, r)
		return visit{}, false
	}
	id, err := catalogue.ParseID(r.PathValue("id"))
	if err != nil {
		id = catalogue.Root
	}
	v, ok := p.visit(w, r, pathOf(id))
	if ok && (v.entry.Folder || v.entry.Pending) {
		p.gone(w, r)
		return visit{}, false
	}
	return v, ok
}

// afterSignIn is the page that begins the download of a document.
func afterSignIn(id catalogue.ID) string {
	if id == catalogue.Root {
		return pathOf(id)
	}
	return pathOf(id) + "?get=1"
}

// get is the download. Who signs in for it is led to the document's page, which
// begins it, and so isn't left with the sign-in page.
func (p *Pages) get(w http.ResponseWriter, r *http.Request) {
	id, err := catalogue.ParseID(r.PathValue("id"))
	if err != nil {
		id = catalogue.Root
	}
	v, ok := p.visit(w, r, afterSignIn(id))
	switch {
	case !ok:
	case r.Method == http.MethodPost:
		p.nothing(w, r)
	case v.entry.Folder:
		http.Redirect(w, r, pathOf(v.entry.ID), http.StatusSeeOther)
	case v.entry.Pending:
		p.gone(w, r)
	default:
		contained(w)
		p.seen(r, "downloaded", v)
		if err := p.Serve(w, r, v.entry, false); err != nil {
			p.fail(w, r, err)
		}
	}
}

// getVersion is the download of an earlier content of a document, for who may read
// the present one.
func (p *Pages) getVersion(w http.ResponseWriter, r *http.Request) {
	v, ok := p.part(w, r)
	if !ok {
		return
	}
	all, err := p.versions(r.Context(), v)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	at := slices.IndexFunc(all, func(i upload.Item) bool { return string(i.ID) == r.PathValue("version") })
	if at < 0 {
		p.gone(w, r)
		return
	}
	contained(w)
	p.seen(r, "downloaded", v)
	if err := p.ServeVersion(w, r, v.entry, all[at]); err != nil {
		p.fail(w, r, err)
	}
}
