package upload

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// A power loss at any moment leaves the old or the new, whole: the shared folder lies on a disk that
// forgets what was not synced, while the database, which syncs itself, is as it was in that moment.
func TestPowerLoss(t *testing.T) {
	for name, s := range scenarios {
		if s.beside != "" || s.raced { // programs that save beside are not asked to sync
			continue
		}
		t.Run(name, func(t *testing.T) {
			total, _ := s.lose(t, 0, 1)
			lost, done := 0, 0
			for _, at := range moments(total) {
				for seed := range seeds() {
					_, finished := s.lose(t, at, seed)
					if finished {
						done++
					} else if at > total && name != "announce" {
						t.Error("the operation was acknowledged, and its work is lost")
					}
					lost++
					if t.Failed() {
						t.Fatalf("power lost before step %d, seed %d", at, seed)
					}
				}
			}
			t.Logf("lost power %d times in %d steps, %d times the operation was done", lost, total, done)
		})
	}
}

func seeds() uint64 {
	if prove() {
		return 8
	}
	return 1
}

// moments are the steps before which the power goes; one past the last is after everything.
func moments(total int) []int {
	var all []int
	for at := 1; at <= total+1; at++ {
		if prove() || at == total+1 || at%3 == 0 {
			all = append(all, at)
		}
	}
	return all
}

// lose runs a scenario on a disk whose power goes before a step, counted from the operation's own
// first, or never for 0. It answers the number of steps, and whether the operation was done.
func (s scenario) lose(t *testing.T, at int, seed uint64) (steps int, done bool) {
	t.Helper()
	dir := t.TempDir()
	r := roomAt(dir)
	r.t = t
	for _, d := range []string{r.dir, r.profile} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	disk := newPowerDisk()
	left, after, steps := s.operate(t, r, disk, at, rand.New(rand.NewPCG(seed, uint64(at))))
	unmount := mounted(t, left, r.dir)
	defer unmount()
	r.profile = filepath.Join(dir, "kept")
	return steps, after.lookIn(r)
}

// operate sets up and runs the operation, and answers the disk that a power loss leaves.
func (s scenario) operate(t *testing.T, r *room, disk *powerDisk, at int, random *rand.Rand) (left *powerDisk, x trial, steps int) {
	t.Helper()
	unmount := mounted(t, disk, r.dir)
	defer unmount()
	r.open()
	defer r.close()
	x = trial{scenario: s, errand: s.setup(r), files: r.files()}
	lose := func() {
		left = disk.afterLoss(random)
		if err := os.CopyFS(filepath.Join(filepath.Dir(r.profile), "kept"), os.DirFS(r.profile)); err != nil {
			t.Error(err)
		}
	}
	disk.arm(at, lose)
	if err := x.errand.run(r); err != nil {
		t.Fatal(err)
	}
	disk.mu.Lock()
	defer disk.mu.Unlock()
	if left == nil {
		lose()
	}
	return left, x, disk.steps
}

// mounted shows a disk in the file system, or skips the test.
func mounted(t *testing.T, disk *powerDisk, at string) (unmount func()) {
	t.Helper()
	server, err := disk.mount(at)
	if err != nil {
		t.Skip("no file system can be mounted here, so no power can be lost: ", err)
	}
	return func() {
		if err := server.Unmount(); err != nil {
			t.Error(err)
		}
		server.Wait()
	}
}
