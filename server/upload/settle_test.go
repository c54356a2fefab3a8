package upload

import (
	"context"
	"database/sql"
	"testing"
)

// TestSettlingANewFileKeepsTheVersionsOfOthers stops the program before a new file got to its name,
// where other files have versions: only what was begun is taken back.
func TestSettlingANewFileKeepsTheVersionsOfOthers(t *testing.T) {
	r := newRoom(t)
	id := r.upload("a.txt", "one")
	r.receive(id, "two")
	entry, err := r.Init(context.Background(), r.share, "b.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	begun := publication{id: string(entry.ID), folder: r.share, name: "b.txt", file: entry.ID, size: 5, hash: []byte("none")}
	if err := r.c.Update(context.Background(), func(tx *sql.Tx) error { return begun.insert(tx) }); err != nil {
		t.Fatal(err)
	}
	r.write(temporary(entry.ID), "begun")
	r.restart()
	r.mustKeep(id, "one")
	r.mustHave("a.txt", "two")
	r.mustBeClean()
}
