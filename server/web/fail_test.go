package web

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"folderfront/server/catalogue"
)

// A failure tells a browser a sentence and the log its kind; neither learns where the files lie.
func TestFailuresTellNoPath(t *testing.T) {
	var log bytes.Buffer
	p := New(Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	denied := &fs.PathError{Op: "open", Path: "/home/ann/secret.pdf", Err: syscall.EACCES}
	for _, err := range []error{
		denied,
		errors.New("can't read /home/ann/secret.pdf"),
		&catalogue.Error{Kind: catalogue.ErrRefused, Sentence: "It could not be read.", Cause: denied},
	} {
		log.Reset()
		w := httptest.NewRecorder()
		p.fail(w, httptest.NewRequest(http.MethodGet, "/view/x", nil), err)
		if w.Code != http.StatusInternalServerError || log.Len() == 0 {
			t.Errorf("%v: status %d, log %q", err, w.Code, log.String())
		}
		for _, told := range []string{w.Body.String(), log.String()} {
			if strings.Contains(told, "ann") || strings.Contains(told, "secret") {
				t.Errorf("%v is told as %s", err, told)
			}
		}
	}
}
