package action

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

// TestMain lets this binary be the program that is killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 4 && os.Args[1] == "victim" {
		if err := victim(os.Args[2], os.Args[3], os.Args[4]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// victim queues messages as fast as it can and prints the id of each that was
// acknowledged, until it is killed.
func victim(profile, dir, receiver string) error {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	cat, err := catalogue.Open(ctx, catalogue.Config{Path: filepath.Join(profile, "catalogue.db"), Logger: log})
	if err != nil {
		return err
	}
	uploads, err := upload.New(cat, upload.Config{Logger: log, MinimumFree: 1})
	if err != nil {
		return err
	}
	if err := cat.SetShares(ctx, []catalogue.Share{{Name: "Brand", Path: dir}}); err != nil {
		return err
	}
	a, err := New(ctx, Config{Catalogue: cat, Uploads: uploads, Logger: log, Origin: func() string { return "" }})
	if err != nil {
		return err
	}
	act := webhook(1, "send", `{"run": "{{ run.id }}"}`)
	connection := Connection{Name: "hook", URL: receiver, Class: "this computer"}
	if err := a.SetDefinitions(Definitions{Connections: []Connection{connection}, Actions: []Action{act}}); err != nil {
		return err
	}
	files, err := cat.Children(ctx, cat.Status()[0].ID)
	if err != nil {
		return err
	}
	go a.Run(ctx)
	var asking sync.WaitGroup
	for _, file := range files {
		asking.Go(func() {
			for {
				ids, err := a.Perform(ctx, Order{Action: act, Files: []catalogue.ID{file.ID}, Trigger: ByRule})
				if err != nil {
					return
				}
				fmt.Println(ids[0]) // one write: whole or not at all
			}
		})
	}
	asking.Wait()
	return nil
}

// What was acknowledged is delivered, whenever the program is killed.
func TestNoAcknowledgedDeliveryIsLostByAKill(t *testing.T) {
	kills := 4
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		kills = 100
	}
	self, err := os.Executable()
	must(t, err)
	var mu sync.Mutex
	received := map[string]bool{}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := bufio.NewReader(r.Body).ReadString('}')
		if id := strings.TrimSuffix(strings.TrimPrefix(text, `{"run": "`), `"}`); err == nil {
			mu.Lock()
			received[id] = true
			mu.Unlock()
		}
	}))
	t.Cleanup(receiver.Close)
	r := newRoom(t)
	profile := t.TempDir()
	acknowledged := []string{}
	for range kills {
		acknowledged = append(acknowledged, killOne(t, self, profile, r.dir, receiver.URL)...)
	}
	// A last one works off what is left.
	last := newRoomAt(t, profile, r.dir)
	last.define(Definitions{
		Connections: []Connection{{Name: "hook", URL: receiver.URL, Class: "this computer"}},
		Actions:     []Action{webhook(1, "send", `{}`)},
	})
	last.eventually("an empty queue", func() bool {
		pending, err := last.Log(t.Context(), Filter{State: Pending, Limit: 1})
		return err == nil && len(pending) == 0
	})
	mu.Lock()
	defer mu.Unlock()
	lost := 0
	for _, id := range acknowledged {
		if !received[id] {
			lost++
		}
	}
	t.Logf("%d kills, %d acknowledged, %d received, %d lost", kills, len(acknowledged), len(received), lost)
	if lost > 0 || len(acknowledged) < kills {
		t.Errorf("%d of %d acknowledged deliveries were lost", lost, len(acknowledged))
	}
}

// killOne starts a victim, kills it a moment after its first acknowledgement
// and returns all of those.
func killOne(t *testing.T, self, profile, dir, receiver string) (ids []string) {
	t.Helper()
	cmd := exec.Command(self, "victim", profile, dir, receiver)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(ids) == 0 {
			time.AfterFunc(time.Duration(rand.IntN(100))*time.Millisecond, func() { cmd.Process.Kill() })
		}
		if id := lines.Text(); len(id) == 26 {
			ids = append(ids, id)
		}
	}
	cmd.Wait() // killed
	return ids
}
