package catalogue

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAgainstModel has other programs and clients change a tree at the same time, at random. The
// model is what the files say themselves: each holds a token for life. Afterwards the catalogue
// equals the disk, each file that lived has the id that it had, and the ids of those that are gone
// find nothing.
func TestAgainstModel(t *testing.T) {
	checks := "6"
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		checks = "100"
	}
	if err := flag.Set("rapid.checks", checks); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		steps := rapid.IntRange(5, 60).Draw(r, "steps")
		running := rapid.Bool().Draw(r, "running")
		if trouble := atRandom(t, seed, steps, running); trouble != "" {
			r.Fatalf("%s", trouble)
		}
	})
}

func atRandom(t *testing.T, seed uint64, steps int, running bool) string {
	w := newWorld(t, nil)
	for i := range 12 {
		name := filepath.Join(w.dirs["A"], fmt.Sprintf("d%d/e%d/f%d", i%2, i%3, i))
		write(t, name, token(i))
	}
	if running {
		w.start()
		w.settled()
	} else {
		w.open()
		w.scan()
	}
	defer func() { w.stop() }()
	_, ids := w.inCatalogue()
	owner := map[string]ID{}
	for path, held := range w.tokens() {
		owner[held] = ids[path]
	}
	var both sync.WaitGroup
	both.Go(func() { onDiskAtRandom(w, rand.New(rand.NewPCG(seed, 1)), steps) })
	both.Go(func() { byClientsAtRandom(w, rand.New(rand.NewPCG(seed, 2)), steps, ids) })
	both.Wait()
	if running {
		w.settled()
	} else {
		w.scan()
		w.scan() // what changed while the first one ran
	}
	return w.against(owner)
}

func token(i int) string { return fmt.Sprintf("token %d\n", i) }

// tokens reads what each visible file holds on its first line.
func (w *world) tokens() map[string]string {
	held := map[string]string{}
	err := filepath.WalkDir(w.dirs["A"], func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		line, _, _ := strings.Cut(string(content), "\n")
		rel, _ := filepath.Rel(w.dirs["A"], path)
		held["A/"+rel] = line + "\n"
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return held
}

// against compares with the model.
func (w *world) against(owner map[string]ID) string {
	if s := w.difference(); s != "" {
		return s
	}
	_, ids := w.inCatalogue()
	seen := map[ID]string{}
	lives := map[string]bool{}
	for path, held := range w.tokens() {
		if other, twice := seen[ids[path]]; twice {
			return fmt.Sprintf("%s and %s have one id", path, other)
		}
		seen[ids[path]] = path
		lives[held] = true
		if id, known := owner[held]; known && ids[path] != id {
			return fmt.Sprintf("%s (%q) has not the id that it had", path, held)
		}
	}
	for held, id := range owner {
		_, err := w.c.Lookup(w.t.Context(), id)
		if lives[held] && err != nil || !lives[held] && !errors.Is(err, ErrNotFound) {
			return fmt.Sprintf("%q lives: %v; Lookup says %v", held, lives[held], err)
		}
	}
	return ""
}

// onDiskAtRandom is another program: its new names are used once only. Operations that fail because
// a client was faster change nothing.
func onDiskAtRandom(w *world, r *rand.Rand, steps int) {
	for i := range steps {
		files, folders := w.some()
		if len(files) == 0 {
			return
		}
		file, folder := files[r.IntN(len(files))], folders[r.IntN(len(folders))]
		fresh := filepath.Join(folder, fmt.Sprintf("disk%d", i))
		switch r.IntN(8) {
		case 0, 1:
			os.Rename(file, fresh)
		case 2:
			if folder != w.dirs["A"] {
				os.Rename(folder, filepath.Join(w.dirs["A"], fmt.Sprintf("folder%d", i)))
			}
		case 3:
			os.Remove(file)
		case 4:
			os.WriteFile(fresh, []byte(token(1000+i)), 0o666)
		case 5:
			if f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0); err == nil {
				fmt.Fprintln(f, "more")
				f.Close()
			}
		case 6:
			os.Mkdir(fresh, 0o777)
		case 7:
			time.Sleep(time.Duration(r.IntN(100)) * time.Millisecond)
		}
	}
}

// some are the files and folders of the share A at this moment.
func (w *world) some() (files, folders []string) {
	filepath.WalkDir(w.dirs["A"], func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil: // renamed meanwhile
		case d.IsDir():
			folders = append(folders, path)
		default:
			files = append(files, path)
		}
		return nil
	})
	return files, folders
}

// byClientsAtRandom is what comes through the API. Failures are kinds with sentences.
func byClientsAtRandom(w *world, r *rand.Rand, steps int, ids map[string]ID) {
	var all []ID
	for _, id := range ids {
		all = append(all, id)
	}
	ctx := w.t.Context()
	for i := range steps {
		id, other := all[r.IntN(len(all))], all[r.IntN(len(all))]
		name := fmt.Sprintf("client%d", i)
		var err error
		switch r.IntN(5) {
		case 0:
			_, err = w.c.Rename(ctx, id, name)
		case 1:
			_, err = w.c.Move(ctx, id, other, name)
		case 2:
			var e Entry
			if e, err = w.c.CreateFolder(ctx, id, name); err == nil {
				all = append(all, e.ID)
			}
		case 3:
			_, err = w.c.Children(ctx, id)
		case 4:
			_, err = w.c.Lookup(ctx, id)
		}
		var known *Error
		if err != nil && (!errors.As(err, &known) || known.Sentence == "" || errors.Is(err, ErrRefused)) {
			w.t.Errorf("an operation of a client: %v", err)
		}
	}
}
