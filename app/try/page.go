package try

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"folderfront/app/state"
	"folderfront/app/words"
	"folderfront/assets/pages"
)

//go:embed static/*.html
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"root": func() string { return root },
}).ParseFS(files, "static/*.html"))

// Page shows a picker in a browser of this computer. It is safe for concurrent
// use.
type Page struct {
	picker   *Picker
	language func() string // as in the settings
	log      *slog.Logger
	listener net.Listener
	door     door
	mux      *http.ServeMux
}

// NewPage makes the page that will be served at a loopback listener.
func NewPage(picker *Picker, listener net.Listener, language func() string, log *slog.Logger) *Page {
	p := &Page{picker: picker, language: language, log: log, listener: listener, mux: http.NewServeMux()}
	p.door.open(listener.Addr())
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /start/{token}":        p.start,
		"GET /p/{session}/{$}":      p.inside(p.show),
		"GET /p/{session}/steps":    p.inside(p.steps),
		"GET /p/{session}/picture":  p.inside(p.picture),
		"GET /p/{session}/open":     p.inside(p.openLink),
		"GET /p/{session}/download": p.inside(p.download),
		"POST /p/{session}/do":      p.inside(p.do),
		"POST /p/{session}/upload":  p.inside(p.upload),
		"GET /static/{name}":        p.static,
		"GET /favicon.ico":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"/{rest...}":                p.nothing,
	} {
		p.mux.HandleFunc(pattern, handle)
	}
	return p
}

// URL is an address that lets one browser in, once, within some minutes.
func (p *Page) URL() string { return p.door.invite() }

// Serve shows the page until ctx ends, and closes the listener.
func (p *Page) Serve(ctx context.Context) error {
	server := &http.Server{
		Handler: p, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ServeHTTP lets in what comes from the page itself, or from a person who opens
// it, and nothing else.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-store")
	if !p.door.admits(r) {
		p.refuse(w, r, http.StatusForbidden)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// inside serves only browsers that were let in.
func (p *Page) inside(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.door.knows(r) {
			p.refuse(w, r, http.StatusForbidden)
			return
		}
		handle(w, r)
	}
}

// start lets a browser in that has an invitation.
func (p *Page) start(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead { // a look ahead uses nothing up
		p.refuse(w, r, http.StatusForbidden)
		return
	}
	cookie, ok := p.door.enter(r.PathValue("token"))
	if !ok {
		p.refuse(w, r, http.StatusForbidden)
		return
	}
	http.SetCookie(w, cookie)
	http.Redirect(w, r, cookie.Path, http.StatusSeeOther)
}

// show takes the step that the address names, if any, and shows how things are
// then: ?in a folder, ?q a search, ?doc a document.
func (p *Page) show(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch {
	case len(p.picker.View().Steps) == 0:
		p.picker.Connect(r.Context())
	case q.Has("in"):
		p.picker.Browse(r.Context(), q.Get("in"))
	case q.Has("q"):
		p.picker.Search(r.Context(), q.Get("q"))
	case q.Has("doc"):
		p.picker.Choose(q.Get("doc"))
	}
	p.render(w, r, http.StatusOK, "picker.html")
}

// steps is the list of steps alone, for the script to put in place.
func (p *Page) steps(w http.ResponseWriter, r *http.Request) {
	p.render(w, r, http.StatusOK, "steps")
}

// pictureTypes are the pictures that a browser may be given; what else calls
// itself one could be a document that runs.
var pictureTypes = map[string]bool{"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true}

// maxPicture is the widest thumbnail that is asked for, in pixels.
const maxPicture = 1024

func (p *Page) picture(w http.ResponseWriter, r *http.Request) {
	width, err := strconv.Atoi(r.FormValue("size"))
	if err != nil || width < 1 || width > maxPicture {
		p.refuse(w, r, http.StatusNotFound)
		return
	}
	data, kind, err := p.picker.Thumbnail(r.Context(), r.FormValue("id"), width)
	if err != nil || !pictureTypes[kind] {
		p.refuse(w, r, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "private, max-age=60")
	_, _ = w.Write(data) // only the connection can fail
}

// openLink looks at a document's link and leads the browser there.
func (p *Page) openLink(w http.ResponseWriter, r *http.Request) {
	link := p.picker.Open(r.Context(), r.FormValue("id"))
	if link == "" {
		link = "./"
	}
	http.Redirect(w, r, link, http.StatusSeeOther)
}

// download hands a document on as it comes; here it is never shown, only kept.
func (p *Page) download(w http.ResponseWriter, r *http.Request) {
	begun := false
	ok := p.picker.Download(r.Context(), r.FormValue("id"), func(title string, length int64, content io.Reader) (string, error) {
		begun = true
		h := w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": title}))
		if length >= 0 {
			h.Set("Content-Length", strconv.FormatInt(length, 10))
		}
		_, err := io.Copy(w, content)
		return "", err
	})
	if ok {
		return
	}
	if begun {
		panic(http.ErrAbortHandler) // a whole download must not be feigned
	}
	p.back(w, r)
}

// do takes a step that a form asks for.
func (p *Page) do(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	id, text := r.PostFormValue("id"), r.PostFormValue("text")
	switch r.PostFormValue("do") {
	case state.TryConnect:
		p.picker.Connect(r.Context())
	case state.TryLink:
		p.picker.Link(r.Context(), id)
	case state.TryAct:
		p.picker.Act(r.Context(), id, text)
	case state.TryAs:
		p.picker.As(text)
		p.picker.Connect(r.Context())
	default:
		p.refuse(w, r, http.StatusNotFound)
		return
	}
	p.back(w, r)
}

// upload sends the files of a form on as they come.
func (p *Page) upload(w http.ResponseWriter, r *http.Request) {
	parts, err := r.MultipartReader()
	if err != nil {
		p.refuse(w, r, http.StatusBadRequest)
		return
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			break // the end, or a browser that is gone
		}
		p.send(r, part)
	}
	p.back(w, r)
}

func (p *Page) send(r *http.Request, part *multipart.Part) {
	defer part.Close()
	if name := part.FileName(); name != "" {
		p.picker.Send(r.Context(), r.URL.Query().Get("in"), name, part, -1)
	}
}

// back shows how things are after a step; going back or loading anew then
// repeats nothing.
func (p *Page) back(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "./", http.StatusSeeOther)
}

//go:embed static/page.css
var sheet string

//go:embed static/page.js
var script string

// statics are what the page loads, by name: type and content.
var statics = map[string]struct{ kind, content string }{
	"page.css": {"text/css; charset=utf-8", pages.Base + sheet},
	"page.js":  {"text/javascript; charset=utf-8", script},
	"icon.svg": {"image/svg+xml", pages.Icon},
}

func (p *Page) static(w http.ResponseWriter, r *http.Request) {
	static, known := statics[r.PathValue("name")]
	if !known {
		p.refuse(w, r, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", static.kind)
	_, _ = io.WriteString(w, static.content) // only the connection can fail
}

func (p *Page) nothing(w http.ResponseWriter, r *http.Request) { p.refuse(w, r, http.StatusNotFound) }

// refuse shows how the page is opened.
func (p *Page) refuse(w http.ResponseWriter, r *http.Request, status int) {
	p.render(w, r, status, "refused.html")
}

// screen is what the templates get.
type screen struct {
	Language string
	Say      labels
	View     state.TryView
}

// locale is the browser's first, which decides how dates are written in the page's
// language; without one it is the system's.
func locale(r *http.Request) string {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return words.SystemLocale()
	}
	return tags[0].String()
}

// render answers with a template, made whole before the first byte goes out.
func (p *Page) render(w http.ResponseWriter, r *http.Request, status int, name string) {
	spoken := p.language()
	s := screen{Language: cmp.Or(spoken, words.SystemLocale()), Say: labelsIn(spoken, locale(r))}
	if status == http.StatusOK {
		s.View = p.picker.View()
	}
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, s); err != nil {
		p.log.Error("make a page", "page", name, "error", err)
		http.Error(w, "This page could not be made. Load it again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // only the connection can fail
}
