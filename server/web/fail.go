package web

import (
	"errors"
	"net/http"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// fail turns an error into a page: the only place that decides what a browser
// is told.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, heading := http.StatusInternalServerError, "That did not work"
	switch {
	case errors.Is(err, catalogue.ErrOffline):
		status, heading = http.StatusNotFound, "Not available at the moment"
	case errors.Is(err, catalogue.ErrNotFound):
		p.gone(w, r)
		return
	case errors.Is(err, auth.ErrExpired):
		status, heading = http.StatusForbidden, "This has ended"
	case errors.Is(err, catalogue.ErrForbidden), errors.Is(err, auth.ErrForbidden):
		status, heading = http.StatusForbidden, "Not allowed"
	case errors.Is(err, auth.ErrNotFound), errors.Is(err, auth.ErrInvalid):
		status, heading = http.StatusBadRequest, "This link can't be followed"
	case errors.Is(err, auth.ErrBusy), errors.Is(err, catalogue.ErrBusy):
		status, heading = http.StatusTooManyRequests, "A moment, please"
	}
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		p.Logger.Error("answer a browser", "cause", catalogue.Bones(err))
		p.Logger.Debug("answer a browser", "detail", err)
	}
	p.message(w, r, status, message{heading, sentence(err), homeLink})
}

// sentence returns what a person may read of an error.
func sentence(err error) string {
	var ours *auth.Error
	var theirs *catalogue.Error
	switch {
	case errors.As(err, &ours):
		return ours.Sentence
	case errors.As(err, &theirs) && theirs.Sentence != "":
		return theirs.Sentence
	}
	return "The computer that shares these folders could not answer. Nothing was changed; try again in a moment."
}

// gone is for documents that were deleted or are no longer shared, which
// nobody can tell apart.
func (p *Pages) gone(w http.ResponseWriter, r *http.Request) {
	p.message(w, r, http.StatusNotFound, message{
		"This is no longer here",
		"The document or folder was deleted, or it is no longer shared. Ask whoever gave you the link.",
		homeLink,
	})
}

// notAllowed is for a signed-in person without the right.
func (p *Pages) notAllowed(w http.ResponseWriter, r *http.Request) {
	p.message(w, r, http.StatusForbidden, message{
		"You may not see this",
		"You are signed in, but this document or folder is not shared with you. Ask the owner for it, or sign out and sign in as somebody else.",
		homeLink,
	})
}
