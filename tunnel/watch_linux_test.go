package tunnel

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// In a network namespace of its own the test really changes the network: the
// way to the internet goes away, which isn't told, and comes back, which is.
func TestWatchHearsTheKernel(t *testing.T) {
	if os.Getenv("FOLDERFRONT_TEST_NETWORK") == "" {
		unshare, err := exec.LookPath("unshare")
		if err != nil {
			t.Skip("no unshare here: ", err)
		}
		args := []string{"--net", "--map-root-user", os.Args[0], "-test.run=^TestWatchHearsTheKernel$", "-test.v"}
		if exec.Command(unshare, "--net", "--map-root-user", "true").Run() != nil {
			t.Skip("this system lets nobody have a network namespace")
		}
		cmd := exec.Command(unshare, args...)
		cmd.Env = append(os.Environ(), "FOLDERFRONT_TEST_NETWORK=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	ip := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	told := make(chan struct{}, 10)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	ip("link", "set", "lo", "up")
	if way := wayOut(); way != "" {
		t.Fatalf("a new namespace leads out by %q", way)
	}
	go Watch(ctx, func() { told <- struct{}{} })
	for _, address := range []string{"198.51.100.1/24", "203.0.113.1/24"} {
		time.Sleep(2 * calm) // not synchronisation: changes in one burst count as one
		ip("addr", "add", address, "dev", "lo")
		ip("route", "add", "default", "dev", "lo", "src", address[:len(address)-3])
		select {
		case <-told:
		case <-time.After(patience):
			t.Fatalf("%s was not told; the way out is %q", address, wayOut())
		}
		ip("route", "del", "default")
	}
}
