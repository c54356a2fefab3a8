package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"sync"
	"testing"
)

func TestWalk(t *testing.T) {
	c, err := Open(t.Context(), Config{Path: t.TempDir() + "/catalogue.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO node (number, id, parent, name, fold, folder, size, mtime, volume, low, high, made, dead) VALUES
			(1, x'01', 0, 'Share', 0, 1, 0, 5, 0, 0, 0, 0, 0),
			(2, x'02', 1, 'a.txt', 0, 0, 7, 9, 0, 0, 0, 0, 0),
			(3, x'03', 1, 'gone', 0, 0, 7, 9, 0, 0, 0, 0, 99),
			(4, x'04', 1, 'announced', 0, 0, 0, 0, 0, 0, 0, 0, -1)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []Entry
	err = c.Walk(t.Context(), func(e Entry) error { got = append(got, e); return nil })
	if err != nil || len(got) != 2 {
		t.Fatalf("%d entries, error %v", len(got), err)
	}
	if a := got[1]; a.Name != "a.txt" || a.Number != 2 || a.ParentNumber != 1 || a.Size != 7 || a.Modified.UnixNano() != 9 || a.Folder {
		t.Errorf("got %+v", a)
	}
	stop := errors.New("enough")
	if err := c.Walk(context.Background(), func(Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want that of the function", err)
	}
}

// TestWalkNames compares it with Walk, over more than one goroutine reads at a time.
func TestWalkNames(t *testing.T) {
	for name, count := range map[string]int{"nothing": 0, "one": 1, "a whole part": 999, "parts": 5003} {
		t.Run(name, func(t *testing.T) {
			c, err := Open(t.Context(), Config{Path: t.TempDir() + "/catalogue.db"})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fillNodes(t, c, count)
			want := map[int64]Entry{}
			if err := c.Walk(t.Context(), func(e Entry) error {
				want[e.Number] = Entry{Number: e.Number, ParentNumber: e.ParentNumber, Name: e.Name, Modified: e.Modified}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			got := map[int64]Entry{}
			err = c.WalkNames(t.Context(), func(entries []Entry) error {
				mu.Lock()
				defer mu.Unlock()
				for _, e := range entries {
					if _, twice := got[e.Number]; twice {
						t.Errorf("%d is given twice", e.Number)
					}
					got[e.Number] = e
				}
				return nil
			})
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("%d entries, want %d; error %v", len(got), len(want), err)
			}
		})
	}
}

// fillNodes writes nodes 1 to count, of which every seventh is dead, and every eleventh left out.
func fillNodes(t *testing.T, c *Catalogue, count int) {
	t.Helper()
	err := c.Update(t.Context(), func(tx *sql.Tx) error {
		insert, err := tx.Prepare(`INSERT INTO node (number, id, parent, name, fold, folder, size, mtime, volume, low, high, made, dead)
			VALUES (?1, ?1, 1, 'file '||?1, ?1, 0, 7, ?1*1000000000, 0, 0, 0, 0, ?2)`)
		for number := 1; number <= count && err == nil; number++ {
			if number%11 != 0 {
				_, err = insert.Exec(number, (number+1)%7/6)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWalkNamesEnds(t *testing.T) {
	c, err := Open(t.Context(), Config{Path: t.TempDir() + "/catalogue.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fillNodes(t, c, 5000)
	stop := errors.New("enough")
	if err := c.WalkNames(t.Context(), func([]Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want that of the function", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.WalkNames(ctx, func([]Entry) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the end of the context", err)
	}
}
