package upload

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"folderfront/server/catalogue"
)

// Sentences say what happened, what it means for the file, and what to do.

func fail(kind error, sentence string, cause error) error {
	return &catalogue.Error{Kind: kind, Sentence: sentence, Cause: cause}
}

// diskFailure is the one place that tells a person what the file system said. It is for failures
// after which everything is as it was. An error with a sentence passes unchanged.
func diskFailure(err error) error {
	var said *catalogue.Error
	switch {
	case err == nil || errors.As(err, &said):
		return err
	case isNoSpace(err):
		return noSpace(err)
	case isTooLarge(err):
		return fail(catalogue.ErrNoSpace, "The file is larger than this disk or this computer's limits allow. Nothing was changed; choose a folder on another disk.", err)
	case isTooMany(err):
		return fail(catalogue.ErrBusy, "The computer that shares this folder has too many files open. Nothing was changed; try again in a minute.", err)
	case isInUse(err):
		return fail(catalogue.ErrBusy, "The file or folder is in use on the computer that shares it. Nothing was changed; close it there and try again.", err)
	case isReadOnly(err):
		return fail(catalogue.ErrRefused, "The disk of the shared folder can only be read. Nothing was changed; choose another folder.", err)
	case errors.Is(err, fs.ErrPermission):
		return fail(catalogue.ErrRefused, "The computer that shares this folder does not let Folderfront change it. Nothing was changed; ask the person who shares it for permission to write there.", err)
	case errors.Is(err, fs.ErrNotExist):
		return fail(catalogue.ErrNotFound, "The file or its folder is no longer there. Nothing was changed; look at the folder again.", err)
	default:
		return fail(catalogue.ErrRefused, "The disk of the shared folder reported an error. Nothing was changed; try again, and have the disk checked if it happens again.", err)
	}
}

func noSpace(cause error) error {
	return fail(catalogue.ErrNoSpace, "The disk of the shared folder is full. Nothing was changed; free some space on it and try again.", cause)
}

// bodyFailure tells why a body could not be read to its end.
func bodyFailure(err error) error {
	var said *catalogue.Error
	switch {
	case errors.As(err, &said):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fail(catalogue.ErrInvalid, "The upload was cut off before all of it had arrived. Nothing was changed; send the file again.", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fail(catalogue.ErrInvalid, "The upload came too slowly and was given up. Nothing was changed; send the file again.", err)
	default:
		return fail(catalogue.ErrInvalid, "The connection broke during the upload. Nothing was changed; send the file again.", err)
	}
}

// unknown is a failure after the new content took its place: it stays, and settling looks again.
func unknown(cause error) error {
	return fail(catalogue.ErrRefused, "The change is made, but this computer could not confirm that it is safely on the disk. Nothing is lost; look at the folder, and try again if the change is missing.", cause)
}

func noUpload(cause error) error {
	return fail(catalogue.ErrNotFound, "There is no upload under this id. It was never announced, or more than a day ago; start the upload again.", cause)
}

func noItem(cause error) error {
	return fail(catalogue.ErrNotFound, "This version or deleted file is no longer kept. Look at the list again.", cause)
}

// journalFailure words what the database said before anything had changed. What the catalogue
// refused for another reason passes unchanged.
func journalFailure(err error) error {
	var said *catalogue.Error
	if err == nil || errors.As(err, &said) && !errors.Is(err, catalogue.ErrRefused) {
		return err
	}
	if isNoSpace(err) {
		return noSpace(err)
	}
	return fail(catalogue.ErrRefused, "Folderfront could not write down what it was about to do, so it did nothing. Nothing was changed; try again, and see whether the disk of the computer that shares this folder is full.", err)
}

// isGone tells that an id means nothing any more. An offline folder's may mean something again.
func isGone(err error) bool {
	return errors.Is(err, catalogue.ErrNotFound) && !errors.Is(err, catalogue.ErrOffline)
}

// unlessOffline drops the error of a folder that is offline: its turn comes when it is back.
func unlessOffline(err error) error {
	if errors.Is(err, catalogue.ErrOffline) {
		return nil
	}
	return err
}
