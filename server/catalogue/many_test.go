package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
)

// TestByNumbers compares the answer with that of ByNumber, one by one.
func TestByNumbers(t *testing.T) {
	c, dir, root := shared(t, false)
	write(t, filepath.Join(dir, "a/b/c.txt"), "hello")
	write(t, filepath.Join(dir, "d.txt"), "you")
	a := child(t, c, root.ID, "a")
	b := child(t, c, a.ID, "b")
	file := child(t, c, b.ID, "c.txt")
	d := child(t, c, root.ID, "d.txt")
	rows := `INSERT INTO node (number, id, parent, name, fold, folder, size, mtime, volume, low, high, made, dead) VALUES
		(101, x'01', 0, 'not shared', 0, 1, 0, 0, 0, 0, 0, 0, 0),
		(102, x'02', 101, 'below it', 0, 0, 0, 0, 0, 0, 0, 0, 0),
		(103, x'03', 1, 'dead', 0, 1, 0, 0, 0, 0, 0, 0, 99),
		(104, x'04', 103, 'below the dead', 0, 0, 0, 0, 0, 0, 0, 0, 0)`
	if err := c.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(rows); return err }); err != nil {
		t.Fatal(err)
	}
	got, err := c.ByNumbers(t.Context(), []int64{d.Number, 102, file.Number, 104, 0, -5, 999, root.Number, 101, b.Number, d.Number})
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{d, file, root, b, d}
	if len(got) != len(want) {
		t.Fatalf("got %d entries, want %d: %+v", len(got), len(want), got)
	}
	for i, e := range want {
		one, err := c.ByNumber(t.Context(), e.Number)
		if err != nil || got[i] != one || got[i].ID != e.ID {
			t.Errorf("entry %d: got %+v, ByNumber gives %+v, %v", i, got[i], one, err)
		}
	}
}

func TestByNumbersOfNothing(t *testing.T) {
	c, _, _ := shared(t, false)
	if got, err := c.ByNumbers(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.ByNumbers(ctx, []int64{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}
