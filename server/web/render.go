package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"folderfront/server/auth"
)

//go:embed pages
var files embed.FS

//go:embed static/pages.css
var sheet string

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"size": size, "date": date, "machine": machine,
}).ParseFS(files, "pages/*.html"))

// page is what every template gets.
type page struct {
	Title  string
	Person string // who is signed in; "" for nobody
	Wide   bool   // shows a document or a folder
	Body   any    // what this page alone shows
}

// render answers with a page. It is made whole before the first byte goes out,
// so a fault in it is never half a page.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, name string, pg page) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, pg); err != nil {
		p.Logger.Error("make a page", "page", name, "err", err)
		http.Error(w, "This page could not be made. Try again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		// Only the connection can fail, and then nobody reads the page.
		_, _ = out.WriteTo(w)
	}
}

// message is a page that says one thing.
type message struct {
	Heading  string
	Sentence string
	Link     link // where to go on; the zero value is nowhere
}

type link struct{ Text, Address string }

var homeLink = link{"Show the shared folders", "/view/"}

func (p *Pages) message(w http.ResponseWriter, r *http.Request, status int, m message) {
	p.render(w, r, status, "message.html", page{Title: m.Heading, Person: p.signedInAs(r), Body: m})
}

// signedInAs returns the name of whoever the browser belongs to, or "".
func (p *Pages) signedInAs(r *http.Request) string {
	who, err := p.Auth.Session(r)
	if err != nil {
		return ""
	}
	return display(who)
}

func display(who auth.Principal) string {
	if who.Name() == "" {
		return "a guest"
	}
	return who.Name()
}

// static serves a text, which a browser may keep for an hour.
func static(content, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "public, max-age=3600")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	}
}

// size writes bytes as a person reads them, in powers of 1024 like the file
// managers of Windows.
func size(bytes int64) string {
	switch {
	case bytes == 1:
		return "1 byte"
	case bytes < 1024:
		return fmt.Sprintf("%d bytes", bytes)
	}
	value, unit := float64(bytes), 0
	for value >= 1023.5 && unit < 5 {
		value /= 1024
		unit++
	}
	format := "%.1f %s"
	if value >= 99.5 {
		format = "%.0f %s"
	}
	return fmt.Sprintf(format, value, [...]string{"bytes", "KB", "MB", "GB", "TB", "PB"}[unit])
}

// date writes a time as a person reads it, in this computer's zone.
func date(t time.Time) string { return t.Local().Format("2 Jan 2006, 15:04 MST") }

// machine writes a time for the datetime attribute.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }
