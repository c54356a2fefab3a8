package text

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"folderfront/server/worker"
	"folderfront/server/worker/pdfium/pdftest"
)

// TestMain is the worker process too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		if err := worker.Serve(os.Stdin, os.Stdout, map[string]worker.Handler{Job: Handle}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// memory is the most that a child may have resident: its own limit of 700 MiB,
// and what the race detector adds.
const memory = 1 << 30

// TestHostileDocumentsInTheWorker hands every hostile document, and pieces of
// every sound one, to the real worker process: whatever becomes of them, the
// next document is read as if nothing had been.
func TestHostileDocumentsInTheWorker(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	pool := worker.NewPool(ctx, worker.Config{Command: []string{os.Args[0], "worker"}, Slots: 1, Limit: 15 * time.Second, CacheDir: cacheDir(t)})
	fine := onDisk(t, "fine.txt", []byte("a quixotic sentence"))
	for name, raw := range all() {
		t.Run(name, func(t *testing.T) {
			reply, data, err := handed(ctx, pool, name, onDisk(t, name, raw))
			if err == nil && (reply.Outcome < Found || reply.Outcome > Killed) {
				t.Errorf("outcome %d", reply.Outcome)
			}
			if len(data) > 3*MaxText { // spaces stand around each Han character
				t.Errorf("%d bytes of text", len(data))
			}
			reply, data, err = handed(ctx, pool, "fine.txt", fine)
			if err != nil || reply.Outcome != Found || !strings.Contains(string(data), "quixotic") {
				t.Errorf("the next document: %q, outcome %d, error %v", data, reply.Outcome, err)
			}
		})
	}
	cancel()
	pool.Close()
	var children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		t.Fatal(err)
	}
	if largest := children.Maxrss << 10; largest == 0 || largest > memory {
		t.Errorf("a worker had %d MiB resident", largest>>20)
	}
}

// all are the hostile documents, and the sound ones broken off in the middle,
// with their end in front, and with holes.
func all() map[string][]byte {
	documents := map[string][]byte{}
	for name, make := range hostile {
		documents[name] = make()
	}
	for name, raw := range map[string][]byte{
		"s.docx": docx("<w:t>sound</w:t>"), "s.xlsx": xlsx(), "s.pptx": pptx("sound", "notes"), "s.odt": odt("sound"),
		"s.pdf": pdftest.Text("sound", "two"), "s.eml": mailOf(), "s.rtf": []byte(`{\rtf1\ansi{\fonttbl{\f0 A;}}sound\par}`),
		"s.html": []byte("<!doctype html><title>s</title><p>sound<script>x</script>"),
	} {
		half := len(raw) / 2
		holes := append([]byte{}, raw...)
		for at := 7; at < len(holes); at += 13 {
			holes[at] = 0xFF
		}
		documents["half "+name] = raw[:half]
		documents["turned "+name] = append(append([]byte{}, raw[half:]...), raw[:half]...)
		documents["holed "+name] = holes
	}
	return documents
}

func onDisk(t *testing.T, name string, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// handed has the worker read a file.
func handed(ctx context.Context, pool *worker.Pool, name, path string) (reply Reply, data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return reply, nil, err
	}
	defer f.Close()
	data, err = pool.Do(ctx, Job, Args{Name: name}, f, &reply)
	return reply, data, err
}
