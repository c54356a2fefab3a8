package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// The kinds of failure, to be told apart with errors.Is.
var (
	ErrNotFound  = errors.New("not found")
	ErrForbidden = errors.New("forbidden")
	ErrExists    = errors.New("exists already")
	ErrInvalid   = errors.New("invalid")
	ErrNoSpace   = errors.New("no space left")
	ErrBusy      = errors.New("busy")
	// ErrRefused: the system refused to read or write (permissions of the disk, a fault of it).
	ErrRefused = errors.New("refused by the system")
	// ErrOffline is an ErrNotFound as well: whoever needn't know the difference can't see it.
	ErrOffline = fmt.Errorf("shared folder offline: %w", ErrNotFound)
)

// Error is a failure that may reach a person. Sentence is safe to show to anybody: it holds no
// path and no error text. Cause is for the log alone.
type Error struct {
	Kind     error
	Sentence string
	Cause    error
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + " (" + e.Cause.Error() + ")"
}

// Unwrap lets errors.Is see the kind and the cause.
func (e *Error) Unwrap() []error {
	var under []error
	for _, err := range []error{e.Kind, e.Cause} {
		if err != nil {
			under = append(under, err)
		}
	}
	return under
}

// Bones tells for the log what went wrong without telling where: operation and system error of a
// file error, else the type of the innermost error. An error's own text may hold paths.
func Bones(err error) string {
	var at *fs.PathError
	var number syscall.Errno
	switch {
	case errors.As(err, &at):
		return at.Op + ": " + at.Err.Error()
	case errors.As(err, &number):
		return number.Error()
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return fmt.Sprintf("%T", err)
}

func notFound(cause error) error {
	return &Error{ErrNotFound, "There is no such file or folder here. It may have been deleted, or its folder is no longer shared.", cause}
}

func offline(cause error) error {
	return &Error{ErrOffline, "The shared folder is not available at the moment. Its files are back as soon as its drive is connected again.", cause}
}

func readOnly() error {
	return &Error{ErrForbidden, "This folder is shared for reading only. Ask the person who shares it to allow changes.", nil}
}

func invalid(sentence string) error { return &Error{ErrInvalid, sentence, nil} }

func exists(name string) error {
	return &Error{ErrExists, fmt.Sprintf("There is already something named %q in this folder. Choose another name.", Title(name)), nil}
}

// undone is for what could not be recorded and was taken back.
func undone(err error) error {
	sentence := "Folderfront could not write its own records on the computer that shares this folder. Nothing was changed; try again, and if it stays so, its disk may be full or damaged."
	var known *Error
	switch {
	case !errors.As(err, &known):
		return err
	case known.Kind == ErrNoSpace:
		sentence = "The disk with Folderfront's own records is full. Nothing was changed; the person who shares this folder must free some space, then try again."
	case known.Kind != ErrRefused:
		return err
	}
	return &Error{known.Kind, sentence, err}
}

// diskError turns what the file system said into a kind and a sentence. An *Error passes unchanged.
func diskError(err error) error {
	var known *Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return notFound(err)
	case errors.Is(err, fs.ErrExist):
		return &Error{ErrExists, "There is already something of that name in this folder. Choose another name.", err}
	case isCrossDevice(err):
		return &Error{ErrInvalid, "The two folders lie on different drives, so it can't be moved from one to the other here. Nothing was changed; upload it to the other folder instead.", err}
	case isNoSpace(err):
		return &Error{ErrNoSpace, "The disk of the shared folder is full. Nothing was changed; free some space on it and try again.", err}
	default:
		return &Error{ErrRefused, "The computer that shares this folder could not read or change it. Nothing was changed; try again, or ask the person who shares it.", err}
	}
}
