package pdfium

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pdf "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/requests"

	"folderfront/server/worker/pdfium/pdftest"
)

func pageText(t *testing.T, instance pdf.Pdfium, r io.ReadSeeker, size int64) (string, error) {
	t.Helper()
	d, err := instance.OpenDocument(&requests.OpenDocument{FileReader: r, FileReaderSize: size})
	if err != nil {
		return "", err
	}
	page, err := instance.GetPageText(&requests.GetPageText{Page: requests.Page{
		ByIndex: &requests.PageByIndex{Document: d.Document},
	}})
	if err != nil {
		return "", err
	}
	return page.Text, nil
}

func TestEngine(t *testing.T) {
	engine, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()

	t.Run("reads what it is handed", func(t *testing.T) {
		instance := instanceOf(t, engine)
		raw := pdftest.Text("Marmalade")
		got, err := pageText(t, instance, bytes.NewReader(raw), int64(len(raw)))
		if err != nil || !strings.Contains(got, "Marmalade") {
			t.Errorf("text %q, error %v", got, err)
		}
	})
	t.Run("refuses what is no PDF", func(t *testing.T) {
		instance := instanceOf(t, engine)
		raw := []byte("no PDF at all")
		if got, err := pageText(t, instance, bytes.NewReader(raw), int64(len(raw))); err == nil {
			t.Errorf("text %q without an error", got)
		}
	})
	t.Run("survives a reader that fails", func(t *testing.T) {
		instance := instanceOf(t, engine)
		if got, err := pageText(t, instance, failing{}, 1000); err == nil {
			t.Errorf("text %q without an error", got)
		}
	})
	t.Run("sees no file of this computer", func(t *testing.T) {
		instance := instanceOf(t, engine)
		path := filepath.Join(t.TempDir(), "private.pdf")
		if err := os.WriteFile(path, pdftest.Text("Private"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := instance.OpenDocument(&requests.OpenDocument{FilePath: &path}); err == nil {
			t.Error("opened a path")
		}
	})
}

func instanceOf(t *testing.T, e *Engine) pdf.Pdfium {
	t.Helper()
	instance, err := e.Instance(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { instance.Close() })
	return instance
}

type failing struct{}

func (failing) Read([]byte) (int, error)       { return 0, errors.New("a broken disk") }
func (failing) Seek(int64, int) (int64, error) { return 0, nil }
