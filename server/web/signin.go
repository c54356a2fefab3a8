package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"folderfront/server/auth"
)

// signIn is what the sign-in page shows besides its two forms.
type signIn struct {
	Action    string // where its forms go: the address that the person wanted
	Name      string // as it was entered
	Trouble   string // why the last try failed
	Approval  bool   // that try was to be let in by the owner
	Passwords bool   // anybody has one
}

// signInPage is for those who come without a document.
func (p *Pages) signInPage(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		p.signIn(w, r, "/signin", "/view/")
		return
	}
	p.signInForm(w, r, http.StatusOK, signIn{Action: "/signin"})
}

func (p *Pages) signInForm(w http.ResponseWriter, r *http.Request, status int, s signIn) {
	passwords, err := p.Auth.Passwords(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	s.Passwords = len(passwords) > 0
	p.render(w, r, status, "signin.html", page{Title: "Sign in", Body: s})
}

// signIn handles the forms of the sign-in page, which were sent to action, and
// leads the browser back once it is signed in.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request, action, back string) {
	s := signIn{Action: action, Name: r.PostFormValue("username"), Approval: r.PostFormValue("do") == "ask"}
	to, err := back, error(nil)
	if s.Approval {
		to, err = "/signin/wait", p.Auth.Ask(w, r, s.Name, back)
	} else {
		err = p.Auth.SignIn(w, r, s.Name, r.PostFormValue("password"))
	}
	var told *auth.Error
	if errors.As(err, &told) {
		s.Trouble = told.Sentence
		p.signInForm(w, r, http.StatusForbidden, s)
		return
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// holdTime is how long a waiting browser's request is held, for it to hear of
// the owner's click at once without asking all the time.
const holdTime = 20 * time.Second

// wait shows a browser its number until the owner decides. The page loads
// itself anew by the Refresh header, and that request is held: the page stays
// as it is while nothing happens.
func (p *Pages) wait(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), holdTime)
	defer cancel()
	if !r.URL.Query().Has("hold") {
		cancel() // the first look must not wait
	}
	asked, approved, err := p.Auth.Waiting(ctx, r)
	if err == nil && approved {
		var back string
		if back, err = p.Auth.Finish(w, r); err == nil {
			http.Redirect(w, r, back, http.StatusSeeOther)
			return
		}
	}
	switch {
	case errors.Is(err, auth.ErrMissing):
		http.Redirect(w, r, "/view/", http.StatusSeeOther)
	case errors.Is(err, auth.ErrExpired):
		p.message(w, r, http.StatusForbidden, message{"Not let in", sentence(err), link{"Try again", "/signin"}})
	case err != nil:
		p.fail(w, r, err)
	default:
		w.Header().Set("Refresh", "1; url=/signin/wait?hold=1")
		p.render(w, r, http.StatusOK, "wait.html", page{Title: "Waiting for the owner", Body: asked})
	}
}

// signOut ends the session.
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		p.nothing(w, r)
		return
	}
	if err := p.Auth.SignOut(w, r); err != nil {
		p.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/signin/out", http.StatusSeeOther)
}

func (p *Pages) signedOut(w http.ResponseWriter, r *http.Request) {
	p.message(w, r, http.StatusOK, message{"You are signed out", "This browser shows no documents any more until somebody signs in.", link{"Sign in again", "/signin"}})
}

// warning explains the page that a tunnel may put before ours.
func (p *Pages) warning(w http.ResponseWriter, r *http.Request) {
	p.render(w, r, http.StatusOK, "warning.html", page{Title: "The page before this one", Person: p.signedInAs(r), Body: r.Host})
}
