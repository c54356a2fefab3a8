package catalogue

import (
	"context"
	"database/sql"
	"errors"
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
