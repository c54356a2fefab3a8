package catalogue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"golang.org/x/sys/unix"
)

// running starts a world whose first scan is done.
func running(t *testing.T, before string, tuned func(*Catalogue)) *world {
	t.Helper()
	w := newWorld(t, tuned)
	w.do(before)
	w.start()
	t.Cleanup(func() { w.stop() })
	w.settled()
	return w
}

func TestBurstOfEvents(t *testing.T) {
	files := 60 // writing over a file is two events: 6,000 in all
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		files = 600
	}
	w := running(t, "mkdir A/d", nil)
	for round := range 50 {
		for i := range files {
			name := filepath.Join(w.dirs["A"], "d", fmt.Sprint(i))
			if err := os.WriteFile(name, []byte(strings.Repeat("x", round+1)), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.do("rm A/d/17\nmv A/d/18 A/eighteen")
	w.settled()
}

func TestOverflowOfTheQueueLosesNothing(t *testing.T) {
	w := running(t, "mkdir A/d", nil)
	s := w.share("A")
	s.mu.Lock() // nobody takes events off the queue
	for i := range 20_000 {
		name := filepath.Join(w.dirs["A"], "d", fmt.Sprint(i%50))
		if err := errors.Join(os.WriteFile(name, []byte(fmt.Sprint(i)), 0o666), os.Remove(name)); err != nil {
			t.Error(err)
			break
		}
	}
	w.do("write A/d/last\nmkdir A/e\nwrite A/e/f") // lost on the way
	s.mu.Unlock()
	w.settled()
	w.do("write A/e/seen") // the folder that no event told of is watched now
	w.settled()
}

func TestDeepTreeMoved(t *testing.T) {
	deep := strings.Repeat("deep/", 100)
	w := running(t, "write A/top/"+deep+"f\nmkdir B/x", nil)
	_, before := w.inCatalogue()
	w.do("mv A/top B/x/moved")
	w.settled()
	w.do("write B/x/moved/" + deep + "f\nwrite B/x/moved/" + deep + "g\nmkdir A/top\nwrite A/top/f")
	w.settled()
	_, after := w.inCatalogue()
	if after["B/x/moved/"+deep+"f"] != before["A/top/"+deep+"f"] {
		t.Error("the deepest file lost its id")
	}
	w.do("write A/top/g\nrm B/x/moved/deep")
	w.settled()
}

func TestPathsLongerThanACallTakes(t *testing.T) {
	element := strings.Repeat("e", 250)
	w := newWorld(t, nil)
	at, err := os.OpenRoot(w.dirs["A"])
	if err != nil {
		t.Fatal(err)
	}
	for range 20 { // 5,000 bytes in all; no single call takes more than 4,096
		if err := at.Mkdir(element, 0o777); err != nil {
			t.Fatal(err)
		}
		next, err := at.OpenRoot(element)
		if err != nil {
			t.Fatal(err)
		}
		at.Close()
		at = next
	}
	if err := at.WriteFile("f", []byte("deep"), 0o666); err != nil {
		t.Fatal(err)
	}
	at.Close()
	w.open()
	defer func() { w.stop() }()
	w.scan()
	folder := child(t, w.c, Root, "A")
	for range 20 {
		folder = child(t, w.c, folder.ID, element)
	}
	f, e, err := w.c.OpenFile(t.Context(), child(t, w.c, folder.ID, "f").ID)
	if err != nil || e.Size != 4 {
		t.Fatalf("the deepest file: %+v, %v", e, err)
	}
	f.Close()
}

func TestShareReplacedGoesOfflineAndComesBack(t *testing.T) {
	w := running(t, "write A/d/f\nwrite A/g", nil)
	_, before := w.inCatalogue()
	away := w.dirs["T"] + "/away"
	for _, reason := range []string{missing, emptied, replaced} {
		if err := os.Rename(w.dirs["A"], away); err != nil {
			t.Fatal(err)
		}
		switch reason {
		case emptied:
			w.do("mkdir A")
		case replaced:
			w.do("write A/other\nwrite A/things")
		}
		eventually(t, func() string {
			if st := w.share("A").status(); st.State != Offline || st.Reason != reason {
				return fmt.Sprintf("%s, %q; want offline, %q", st.State, st.Reason, reason)
			}
			return ""
		})
		if _, err := w.c.Lookup(t.Context(), before["A/d/f"]); !errors.Is(err, ErrOffline) || !errors.Is(err, ErrNotFound) {
			t.Errorf("Lookup meanwhile: %v", err)
		}
		if children, err := w.c.Children(t.Context(), Root); err != nil || len(children) != 1 {
			t.Errorf("shares listed meanwhile: %v, %v", children, err)
		}
		if err := errors.Join(os.RemoveAll(w.dirs["A"]), os.Rename(away, w.dirs["A"])); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() string { return notReady(w.share("A")) })
		w.settled()
		_, after := w.inCatalogue()
		for path, id := range before {
			if after[path] != id {
				t.Errorf("%s lost its id", path)
			}
		}
	}
}

// TestShareMissingAtTheStart has the drive unplugged while the program was stopped: nothing is lost,
// and what changed on it elsewhere is found when it is back.
func TestShareMissingAtTheStart(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nwrite A/g\nwrite B/h")
	w.open()
	w.scan()
	_, before := w.inCatalogue()
	w.stop()
	away := w.dirs["T"] + "/away"
	if err := os.Rename(w.dirs["A"], away); err != nil {
		t.Fatal(err)
	}
	w.do("mv T/away/g T/away/moved")
	w.start()
	t.Cleanup(func() { w.stop() })
	eventually(t, func() string { return notReady(w.share("B")) })
	if st := w.share("A").status(); st.State != Offline || st.Reason != missing {
		t.Errorf("meanwhile: %+v", st)
	}
	if _, err := w.c.Lookup(t.Context(), before["A/d/f"]); !errors.Is(err, ErrOffline) {
		t.Errorf("Lookup meanwhile: %v", err)
	}
	if err := os.Rename(away, w.dirs["A"]); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string { return notReady(w.share("A")) })
	w.settled()
	_, after := w.inCatalogue()
	if after["A/d/f"] != before["A/d/f"] || after["A/moved"] != before["A/g"] || after["B/h"] != before["B/h"] {
		t.Errorf("before %v, after %v", before, after)
	}
}

func notReady(s *share) string {
	if st := s.status(); st.State != Ready {
		return fmt.Sprintf("%s is %s", st.Name, st.State)
	}
	return ""
}

func TestRestoredShareOnAnotherDiskKeepsIDs(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nwrite A/g")
	w.open()
	w.scan()
	_, before := w.inCatalogue()
	w.stop()
	if err := os.Rename(w.dirs["A"], w.dirs["T"]+"/dead"); err != nil {
		t.Fatal(err)
	}
	w.do("cp T/dead/d/f A/d/f\ncp T/dead/g A/g")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	_, after := w.inCatalogue()
	for path, id := range before {
		if after[path] != id {
			t.Errorf("%s lost its id", path)
		}
	}
	if s := w.difference(); s != "" {
		t.Error(s)
	}
}

func TestDriveThatIsConnectedLater(t *testing.T) {
	w := newWorld(t, nil)
	drive := w.dirs["T"] + "/drive"
	w.dirs["Drive"] = drive
	w.start()
	t.Cleanup(func() { w.stop() })
	if st := w.share("Drive").status(); st.State != Offline || st.Reason != missing {
		t.Errorf("before: %+v", st)
	}
	w.do("write Drive/f")
	eventually(t, func() string { return notReady(w.share("Drive")) })
	w.settled()
}

func TestPausedShare(t *testing.T) {
	w := running(t, "write A/f", nil)
	f := child(t, w.c, child(t, w.c, Root, "A").ID, "f")
	if err := w.c.SetShares(t.Context(), []Share{{Name: "A", Path: w.dirs["A"], Paused: true}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.Lookup(t.Context(), f.ID); !errors.Is(err, ErrOffline) {
		t.Errorf("paused: %v", err)
	}
	if err := w.c.SetShares(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.Lookup(t.Context(), f.ID); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrOffline) {
		t.Errorf("no longer shared: %v", err)
	}
	if err := w.c.SetShares(t.Context(), w.shares()); err != nil {
		t.Fatal(err)
	}
	if e, err := w.c.Lookup(t.Context(), f.ID); err != nil || e.ID != f.ID {
		t.Errorf("shared again: %+v, %v", e, err)
	}
}

func TestFolderThatBecomesUnreadable(t *testing.T) {
	w := newWorld(t, nil)
	if os.Geteuid() == 0 {
		becomeNobody(t, w)
	}
	w.do("write A/d/f\nwrite A/g")
	w.start()
	t.Cleanup(func() { w.stop() })
	w.settled()
	_, before := w.inCatalogue()
	if err := os.Chmod(w.path("A/d"), 0); err != nil {
		t.Fatal(err)
	}
	w.do("write A/h")
	eventually(t, func() string {
		if _, now := w.inCatalogue(); now["A/h"] == "" {
			return "the new file was not noticed"
		}
		return ""
	})
	if _, err := w.c.Lookup(t.Context(), before["A/d/f"]); !errors.Is(err, ErrRefused) {
		t.Errorf("Lookup in an unreadable folder: %v", err)
	}
	if err := os.Chmod(w.path("A/d"), 0o777); err != nil {
		t.Fatal(err)
	}
	w.settled()
	if e, err := w.c.Lookup(t.Context(), before["A/d/f"]); err != nil || e.ID != before["A/d/f"] {
		t.Errorf("readable again: %+v, %v", e, err)
	}
}

// becomeNobody drops root's rights, for whom nothing is unreadable, until the test ends.
func becomeNobody(t *testing.T, w *world) {
	t.Helper()
	const nobody = 65534
	base := filepath.Dir(w.db)
	for _, dir := range []string{base, w.dirs["A"], w.dirs["B"], w.dirs["T"]} {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Dir(base), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setresuid(-1, nobody, -1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setresuid(-1, 0, -1); err != nil {
			panic(err) // no other test could run
		}
	})
}

// TestNetworkMount shares a folder through FUSE, as sshfs and others are mounted: what another
// computer changes below it makes no event here.
func TestNetworkMount(t *testing.T) {
	behind, mount := t.TempDir(), t.TempDir()
	root, err := fs.NewLoopbackRoot(behind)
	if err != nil {
		t.Fatal(err)
	}
	server, err := fs.Mount(mount, root, &fs.Options{})
	if err != nil {
		t.Skipf("FUSE can't be mounted here: %v", err)
	}
	t.Cleanup(func() { server.Unmount() })
	write(t, filepath.Join(behind, "d/f"), "x")
	if _, err := newWatcher(mount, nil, nil); !errors.Is(err, errRemote) {
		t.Errorf("watching it: %v", err)
	}
	w := newWorld(t, func(c *Catalogue) { c.rhythm.polled, c.rhythm.rest = 50*time.Millisecond, 1 })
	w.dirs["Net"] = mount
	w.start()
	t.Cleanup(func() { w.stop() })
	w.settled()
	write(t, filepath.Join(behind, "d/f"), "longer")
	write(t, filepath.Join(behind, "d/e/g"), "x")
	w.settled()
	if st := w.share("Net").status(); st.Reason == "" {
		t.Error("nobody is told that changes show late")
	}
}

// TestNoWatchesLeft runs in a user namespace of its own, where the system gives few watches.
func TestNoWatchesLeft(t *testing.T) {
	if os.Getenv("FOLDERFRONT_FEW_WATCHES") == "" {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestNoWatchesLeft$", "-test.v")
		cmd.Env = append(os.Environ(), "FOLDERFRONT_FEW_WATCHES=1")
		ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, UidMappings: ids}
		out, err := cmd.CombinedOutput()
		if errors.Is(err, syscall.EPERM) || strings.Contains(string(out), "SKIP") {
			t.Skipf("no user namespaces here: %v %s", err, out)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := os.WriteFile("/proc/sys/user/max_inotify_watches", []byte("5"), 0); err != nil {
		t.Skip(err)
	}
	w := newWorld(t, func(c *Catalogue) { c.rhythm.polled, c.rhythm.rest = 100*time.Millisecond, 1 })
	for i := range 20 {
		w.do(fmt.Sprintf("write A/d%d/f", i))
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	w.settled()
	for i := range 20 {
		w.do(fmt.Sprintf("write A/d%d/f\nwrite A/d%d/g", i, i))
	}
	w.settled()
	if st := w.share("A").status(); !strings.Contains(st.Reason, "max_user_watches") {
		t.Errorf("the share says %q", st.Reason)
	}
}

func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, time.Hour} {
		k := &keeper{seen: time.Now().Add(jump).Round(0)}
		if !k.slept() {
			t.Errorf("a jump by %v was not noticed", jump)
		}
		if k.slept() {
			t.Error("it was noticed twice")
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/f")
	w.open()
	defer func() { w.stop() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.c.Run(ctx); err != nil {
		t.Error(err)
	}
}
