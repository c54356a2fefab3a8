package server

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// badInput is a call that is wrong in itself.
func badInput(sentence string) error {
	return &catalogue.Error{Kind: catalogue.ErrInvalid, Sentence: sentence}
}

// notFound is for what doesn't exist and for what this caller may not know of:
// nobody can tell one from the other.
func notFound(sentence string) error {
	return &catalogue.Error{Kind: catalogue.ErrNotFound, Sentence: sentence}
}

func forbidden(sentence string) error {
	return &catalogue.Error{Kind: catalogue.ErrForbidden, Sentence: sentence}
}

func busy(sentence string) error {
	return &catalogue.Error{Kind: catalogue.ErrBusy, Sentence: sentence}
}

// statusOf maps a kind of failure to one of the three statuses of the
// specification's "Error Handling". 403 makes an OAuth2 client fetch new tokens,
// so it says nothing but "not allowed".
func statusOf(err error) int {
	switch {
	case errors.Is(err, catalogue.ErrForbidden), errors.Is(err, auth.ErrForbidden):
		return http.StatusForbidden
	case errors.Is(err, catalogue.ErrNotFound):
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}

// sentenceOf is the text that leaves this computer: a sentence that was written
// for a person, never an error's own text.
func sentenceOf(err error) string {
	var known *catalogue.Error
	if errors.As(err, &known) && known.Sentence != "" {
		return known.Sentence
	}
	var refused *auth.Error
	if errors.As(err, &refused) && refused.Sentence != "" {
		return refused.Sentence
	}
	return "Something went wrong on the computer that shares these files. The files there are unharmed; please try again."
}

// writeError answers a failed call. It is the only writer of errors.
func (s *Server) writeError(c *call, err error) {
	status, answer := statusOf(err), outcome{Status: "error", Error: sentenceOf(err)}
	if c.handling {
		answer.Status, answer.Result = c.route.failed.Status, c.route.failed.Result
	}
	s.logFailure(c, status, err)
	if c.w.status != 0 {
		panic(http.ErrAbortHandler) // too late to say so: let the client see a broken answer
	}
	body, _ := json.Marshal(answer) // plain strings always marshal
	h := c.w.Header()
	h.Del("Etag")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // a client that is gone needs no answer
}

// logFailure writes the cause for the person at this computer. The full text
// may hold paths, so above debug level only its bones are shown.
func (s *Server) logFailure(c *call, status int, err error) {
	ctx, cause := c.r.Context(), causeOf(err)
	if cause == nil || ctx.Err() != nil {
		return
	}
	level := slog.LevelWarn
	if status == http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.log.LogAttrs(ctx, level, "call failed", slog.String("route", c.route.name), slog.Int("status", status), slog.String("cause", catalogue.Bones(cause)))
	s.log.LogAttrs(ctx, slog.LevelDebug, "call failed", slog.String("route", c.route.name), slog.String("detail", cause.Error()))
}

// causeOf is what lies behind a failure, nil when there is nothing but the
// caller's own mistake.
func causeOf(err error) error {
	var known *catalogue.Error
	var refused *auth.Error
	switch {
	case errors.As(err, &known):
		return known.Cause
	case errors.As(err, &refused):
		return refused.Cause
	}
	return err
}
