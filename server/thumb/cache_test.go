package thumb

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"folderfront/server/catalogue"
)

func newCache(t *testing.T, max int64) *cache {
	t.Helper()
	c, err := openCache(filepath.Join(t.TempDir(), "cache"), max)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, c *cache, name string, size int, age time.Duration) {
	t.Helper()
	if err := c.put(name, bytes.Repeat([]byte("x"), size)); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-age)
	if err := os.Chtimes(c.path(name), then, then); err != nil {
		t.Fatal(err)
	}
}

func TestTheLeastRecentlyUsedGoesFirst(t *testing.T) {
	c := newCache(t, 1000)
	for i := range 9 {
		put(t, c, fmt.Sprintf("%d-name", i), 100, time.Duration(100-i)*time.Minute)
	}
	if _, ok := c.get("0-name"); !ok { // which is thereby used
		t.Fatal("the first has gone too early")
	}
	put(t, c, "9-name", 150, 0)
	for name, kept := range map[string]bool{"0-name": true, "1-name": false, "2-name": false, "8-name": true, "9-name": true} {
		if _, ok := c.get(name); ok != kept {
			t.Errorf("%s is there: %v, want %v", name, ok, kept)
		}
	}
	if c.total > 900 {
		t.Errorf("%d bytes are left, want at most 900", c.total)
	}
}

// What was used while the clock was a year ahead does not keep out what is used since.
func TestTheCacheSurvivesAClockThatJumps(t *testing.T) {
	c := newCache(t, 1000)
	for i := range 9 {
		put(t, c, fmt.Sprintf("%d-name", i), 100, -365*24*time.Hour)
	}
	if _, ok := c.get("8-name"); !ok { // which is thereby used, by the right clock
		t.Fatal("it has gone too early")
	}
	for _, name := range []string{"a-name", "b-name", "c-name"} {
		put(t, c, name, 100, 0)
	}
	for name, kept := range map[string]bool{"0-name": false, "1-name": false, "8-name": true, "a-name": true, "b-name": true, "c-name": true} {
		if _, ok := c.get(name); ok != kept {
			t.Errorf("%s is there: %v, want %v", name, ok, kept)
		}
	}
}

func TestWhatACrashLeftIsRemoved(t *testing.T) {
	c := newCache(t, 1000)
	put(t, c, "ab-name", 10, 0)
	old, young := filepath.Join(c.dir, "ab", "1"+temporary), filepath.Join(c.dir, "ab", "2"+temporary)
	for _, name := range []string{old, young} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	then := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(old, then, then); err != nil {
		t.Fatal(err)
	}
	c.count()
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old part is still there: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the young part is gone: %v", err)
	}
	if c.total != 10 {
		t.Errorf("%d bytes counted, want 10", c.total)
	}
}

func TestTheCacheKnowsWhatWasAskedFor(t *testing.T) {
	c := newCache(t, 1<<20)
	id, other := catalogue.ID("abcdefghijklmnopqrstuvwxyz"), catalogue.ID("abcdefghijklmnopqrstuvwxy2")
	for _, k := range []struct {
		key
		width int
	}{{key{id, "1"}, 256}, {key{id, "1"}, 200}, {key{id, "2"}, 256}, {key{other, "1"}, 512}} {
		put(t, c, k.file(k.width), 5, 0)
	}
	got := c.widths(id)
	slices.Sort(got)
	if !slices.Equal(got, []int{200, 256}) {
		t.Errorf("widths %v", got)
	}
	c.forget(id)
	if got := c.widths(id); len(got) != 0 {
		t.Errorf("after forgetting: %v", got)
	}
	if got := c.widths(other); len(got) != 1 {
		t.Errorf("the other document was forgotten too: %v", got)
	}
}

func TestACacheThatCantBeWrittenIsAnError(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openCache(filepath.Join(name, "cache"), 1); err == nil {
		t.Error("a cache was made inside a file")
	}
}

func TestMemoryForgets(t *testing.T) {
	m := newMemory(3)
	m.add("over", -time.Second)
	if m.has("over") || m.has("never") {
		t.Error("something is remembered that isn't to be")
	}
	for i := range 10 {
		m.add(fmt.Sprint(i), time.Hour)
	}
	if len(m.until) > 3 || !m.has("9") {
		t.Errorf("%d are remembered, the last of them: %v", len(m.until), m.has("9"))
	}
}

func TestSteps(t *testing.T) {
	for width, want := range map[int]int{16: 128, 128: 128, 129: 256, 200: 256, 1025: 2048, 2048: 2048} {
		if got := stepFor(width); got != want {
			t.Errorf("the step for %d is %d, want %d", width, got, want)
		}
	}
}
