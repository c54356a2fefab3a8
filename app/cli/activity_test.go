package cli

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"folderfront/app/state"
)

func TestActivityOutlivesTheProgramUntilItIsCleared(t *testing.T) {
	profile, shared := t.TempDir(), sample(t)
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=" + anyKey}, "--share", "Brand="+shared)
	file := s.list(anyKey, s.list(anyKey, "/")[0].ID)[0]
	if status, _ := s.get(anyKey, "download", url.Values{"id": {file.ID}}); status != 200 {
		t.Fatalf("status %d", status)
	}
	s.get("a wrong key: "+anyKey, "download", url.Values{"id": {file.ID}})
	var before state.ActivityPage
	for deadline := time.Now().Add(30 * time.Second); before.Total < 2 && time.Now().Before(deadline); {
		before = runJSON[state.ActivityPage](s, "activity", "list", "--json")
	}
	s.stop()

	if kept := runJSON[state.ActivityPage](s, "activity", "list", "--json"); kept.Total != before.Total || kept.Total < 2 {
		t.Errorf("%d things are known after the end, %d before", kept.Total, before.Total)
	}
	found := runJSON[state.ActivityPage](s, "activity", "list", "HELLO ann", "--json")
	if found.Total != 1 || found.Rows[0].ID != file.ID || found.Rows[0].Verb != "downloaded" {
		t.Errorf("found %+v", found)
	}
	if table := s.run("activity", "list"); !strings.Contains(table, "hello.txt") || strings.Contains(table, anyKey) || strings.Contains(table, shared) {
		t.Errorf("the table names a key or a path, or not the file:\n%s", table)
	}
	s.run("activity", "clear")
	if left := runJSON[state.ActivityPage](s, "activity", "list", "--json"); left.Total != 0 {
		t.Errorf("%d things are left", left.Total)
	}
}
