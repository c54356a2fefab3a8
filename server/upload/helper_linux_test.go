package upload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"folderfront/server/catalogue"
)

// The tests that kill and injure run one operation in a process of its own: this binary again, told
// by the environment what to do.
const helperVariable = "FOLDERFRONT_UPLOAD_HELPER"

// errand is one operation for the helper, on a room that was set up before.
type errand struct {
	Dir     string // holds docs and profile
	Op      string
	ID      catalogue.ID
	Item    ItemID
	Name    string
	Content string
	Race    string // what another program saves in the last moment; with a slash behind it, as a folder
}

// outcome is what the helper prints when it was not killed.
type outcome struct {
	Sentence string // of the error; "" for success
	Raw      string // the whole error
}

func TestMain(m *testing.M) {
	text := os.Getenv(helperVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	if err := help(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

// help stays on one thread, because the tracer counts system calls thread by thread.
func help(text string) error {
	runtime.LockOSThread()
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	r := roomAt(e.Dir)
	if e.Op == "recover" {
		mark("begin")
	}
	err := r.start()
	if err == nil && e.Op != "recover" {
		mark("begin")
		err = e.run(r)
	}
	mark("end")
	o := outcome{}
	if err != nil {
		o.Raw = err.Error()
		var said *catalogue.Error
		if disks[e.Op] == nil && !errors.As(err, &said) {
			return fmt.Errorf("an error without a sentence: %w", err)
		}
		if said != nil {
			o.Sentence = said.Sentence
		}
	}
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return report(b)
}

// mark is a system call that the tracer's log shows.
func mark(where string) { _, _ = os.Readlink("/folderfront-" + where) }

func (e errand) run(r *room) error {
	ctx := context.Background()
	if e.Race != "" {
		r.beforeExchange(func() error { return r.saveOver(e.Race) })
	}
	switch e.Op {
	case "upload":
		return r.Receive(ctx, e.ID, strings.NewReader(e.Content), int64(len(e.Content)))
	case "announce":
		_, err := r.Init(ctx, r.share, e.Name, "document", "version")
		return err
	case "rename":
		_, err := r.c.Rename(ctx, e.ID, e.Name)
		return err
	case "folder":
		_, err := r.c.CreateFolder(ctx, r.share, e.Name)
		return err
	case "delete":
		return r.Delete(ctx, e.ID, "")
	case "restore":
		_, err := r.Restore(ctx, e.Item)
		return err
	case "empty":
		return r.EmptyTrash(ctx, "")
	}
	if do := disks[e.Op]; do != nil {
		return do(ctx, r)
	}
	return fmt.Errorf("no operation %q", e.Op)
}

// report prints by a system call that no test injures.
func report(b []byte) error {
	_, err := unix.Writev(1, [][]byte{b})
	return err
}
