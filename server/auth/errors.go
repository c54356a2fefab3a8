package auth

import "errors"

// The kinds of failure. Missing, wrong, expired and unknown-person failures
// are ErrForbidden as well.
var (
	ErrForbidden = errors.New("not allowed")
	ErrMissing   = errors.New("no credentials")
	ErrWrong     = errors.New("wrong credentials")
	ErrExpired   = errors.New("expired or ended credentials")
	ErrUnknown   = errors.New("unknown person")
	ErrInvalid   = errors.New("invalid input")
	ErrNotFound  = errors.New("not found")
	ErrBusy      = errors.New("too many attempts")
)

// Error is a failure that may reach a person.
type Error struct {
	Kind     error
	Sentence string
	Cause    error // for the log; nil when there is none
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Sentence }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is the error's kind, or ErrForbidden for every
// failure of credentials.
func (e *Error) Is(target error) bool {
	if target == ErrForbidden {
		switch e.Kind {
		case ErrMissing, ErrWrong, ErrExpired, ErrUnknown:
			return true
		}
	}
	return target == e.Kind
}

func fail(kind error, sentence string) *Error { return &Error{Kind: kind, Sentence: sentence} }
