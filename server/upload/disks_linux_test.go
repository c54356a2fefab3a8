package upload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/server/catalogue"
)

// These errands run in a mount namespace or beneath a limit of their own, so the helper checks by
// itself what came of them.
var disks = map[string]func(context.Context, *room) error{
	"full":    onFullDisk,
	"limit":   pastLimit,
	"mounted": acrossMount,
}

// shell runs an errand in a shell that first does what makes its surroundings. It is skipped where
// they can't be made.
func shell(t *testing.T, op, surroundings string, wrapper ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"docs", "docs/sub", "profile"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := func(script string) ([]byte, error) {
		args := append(wrapper, "sh", "-c", script, "sh", os.Args[0])
		command := exec.Command(args[0], args[1:]...)
		command.Dir = dir
		text, err := json.Marshal(errand{Dir: dir, Op: op})
		if err != nil {
			t.Fatal(err)
		}
		command.Env = append(os.Environ(), helperVariable+"="+string(text))
		return command.CombinedOutput()
	}
	if out, err := run(surroundings); err != nil {
		t.Skipf("no surroundings for this here: %v %s", err, out)
	}
	out, err := run(surroundings + ` && exec "$1"`)
	var o outcome
	if err != nil || json.Unmarshal(out, &o) != nil || o.Raw != "" {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestFullDisk(t *testing.T) {
	shell(t, "full", "mount -t tmpfs -o size=1m none docs", "unshare", "-Urm")
}

func TestLimitOfFileSizes(t *testing.T) {
	shell(t, "limit", "ulimit -f 4096") // 2 MiB
}

func TestMountPointBelowTheShare(t *testing.T) {
	shell(t, "mounted", "mount -t tmpfs none docs/sub", "unshare", "-Urm")
}

// onFullDisk sends more than the disk of 1 MiB has room for, without a length that would tell.
func onFullDisk(ctx context.Context, r *room) error {
	r.SetConfig(Config{Logger: quiet, MinimumFree: -1 << 50}) // so that nothing but the disk refuses
	old := bytes.Repeat([]byte("o"), 600<<10)
	file, err := r.Init(ctx, r.share, "old.bin", "", "")
	if err != nil {
		return err
	}
	if err := r.Receive(ctx, file.ID, bytes.NewReader(old), -1); err != nil {
		return err
	}
	fresh, err := r.Init(ctx, r.share, "new.bin", "", "")
	if err != nil {
		return err
	}
	for _, id := range []catalogue.ID{file.ID, fresh.ID} {
		err := r.Receive(ctx, id, bytes.NewReader(make([]byte, 700<<10)), -1)
		if !errors.Is(err, catalogue.ErrNoSpace) {
			return fmt.Errorf("a full disk: %w", err)
		}
	}
	if err := r.has("old.bin", old); err != nil {
		return err
	}
	if err := r.Receive(ctx, fresh.ID, strings.NewReader("small"), -1); err != nil {
		return fmt.Errorf("what fits after that: %w", err)
	}
	return r.Delete(ctx, file.ID, "")
}

func pastLimit(ctx context.Context, r *room) error {
	file, err := r.Init(ctx, r.share, "a.bin", "", "")
	if err != nil {
		return err
	}
	if err := r.Receive(ctx, file.ID, bytes.NewReader(make([]byte, 3<<20)), -1); !errors.Is(err, catalogue.ErrNoSpace) {
		return fmt.Errorf("a file past the limit: %w", err)
	}
	if err := r.Receive(ctx, file.ID, strings.NewReader("small"), -1); err != nil {
		return err
	}
	return r.has("a.bin", []byte("small"))
}

// acrossMount takes a file on another disk below the shared folder through all that can happen.
func acrossMount(ctx context.Context, r *room) error {
	entries, err := r.c.Children(ctx, r.share)
	if err != nil || len(entries) != 1 {
		return fmt.Errorf("the listing has %v, %w", entries, err)
	}
	file, err := r.Init(ctx, entries[0].ID, "a.txt", "", "")
	if err != nil {
		return err
	}
	for _, content := range []string{"one", "two"} {
		if err := r.Receive(ctx, file.ID, strings.NewReader(content), -1); err != nil {
			return err
		}
	}
	if err := r.Delete(ctx, file.ID, ""); err != nil {
		return err
	}
	if err := r.has("sub/a.txt", nil); err == nil {
		return errors.New("it is still there")
	}
	items, err := r.History(ctx, "")
	if err != nil || len(items) != 2 || items[0].Kind != Trash {
		return fmt.Errorf("history %+v, %w", items, err)
	}
	for i, content := range []string{"two", "one"} {
		back, err := r.Restore(ctx, items[i].ID)
		if err != nil || back.ID != file.ID {
			return fmt.Errorf("restored %+v, %w", back, err)
		}
		if err := r.has("sub/a.txt", []byte(content)); err != nil {
			return err
		}
	}
	return nil
}

// has compares the content of a file; nil is no file.
func (r *room) has(path string, want []byte) error {
	got, err := os.ReadFile(filepath.Join(r.dir, path))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s has %d other bytes", path, len(got))
	}
	names, err := filepath.Glob(filepath.Join(r.dir, filepath.Dir(path), ".*.part"))
	if len(names) > 0 {
		return fmt.Errorf("left behind: %q", names)
	}
	return err
}
