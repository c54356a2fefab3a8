//go:build linux

package action

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
)

// signedHook is a connection with all that costs: signature and a header.
func signedHook(url string) Connection {
	return Connection{Name: "hook", URL: url, Class: outgoing.Computer, Signing: outgoing.Standard, Headers: map[string]string{"X-Key": "secret:key"}}
}

const benchBody = `{"name": "{{ file.name }}", "size": {{ file.size }}, "tags": {{ file.tags | json }}, "run": "{{ run.id }}"}`

// benchRoom has a signed webhook and some files.
func benchRoom(b *testing.B, url string, files int) (*room, Action, []catalogue.ID) {
	r := newRoom(b)
	for i := range files {
		must(b, os.WriteFile(filepath.Join(r.dir, fmt.Sprintf("file %d.txt", i)), nil, 0o644))
	}
	r.secrets["key"], r.secrets[SigningOf("hook")] = "k3y", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	r.define(Definitions{Connections: []Connection{signedHook(url)}, Actions: []Action{webhook(1, "send", benchBody)}})
	var ids []catalogue.ID
	r.eventually("the files", func() bool {
		children, err := r.cat.Children(b.Context(), r.share)
		must(b, err)
		ids = ids[:0]
		for _, c := range children {
			ids = append(ids, c.ID)
		}
		return len(ids) >= files
	})
	return r, r.definitions().Actions[0], ids
}

// processor measures the processor's time of what follows, which says more than
// the clock on a busy computer. Its receiver's part is in it.
func processor(b *testing.B) (report func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begin := used()
	return func() { b.ReportMetric(float64(used()-begin)/1e3/float64(b.N), "cpu-µs/op") }
}

// BenchmarkEnqueue asks for one action each time: planned, rendered and synced
// to the disk.
func BenchmarkEnqueue(b *testing.B) {
	r, act, ids := benchRoom(b, "http://127.0.0.1:9", 100)
	act.Confirm = true // what waits is not sent meanwhile
	var n atomic.Int64
	report := processor(b)
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := ids[int(n.Add(1))%len(ids)]
			if _, err := r.Perform(b.Context(), Order{Action: act, Files: []catalogue.ID{id}, Trigger: ByRule}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	report()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "enqueues/s")
}

// BenchmarkDeliver works off a queue that is there already: signed, posted and
// recorded.
func BenchmarkDeliver(b *testing.B) {
	var got atomic.Int64
	all := make(chan struct{}, 1)
	target := int64(b.N)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		io.Copy(io.Discard, request.Body)
		if got.Add(1) == target {
			all <- struct{}{}
		}
	}))
	defer receiver.Close()
	r, act, ids := benchRoom(b, receiver.URL, 1000)
	held := act
	held.Confirm = true
	for done := 0; done < b.N; {
		n := min(len(ids), b.N-done)
		if _, err := r.Perform(b.Context(), Order{Action: held, Files: ids[:n], Trigger: ByRule}); err != nil {
			b.Fatal(err)
		}
		done += n
	}
	report := processor(b)
	b.ResetTimer()
	must(b, r.cat.Update(b.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE action_run SET state = 'pending' WHERE state = 'waiting'`)
		return err
	}))
	r.arrivals.look()
	r.poke()
	<-all
	r.eventually("all are recorded", func() bool {
		pending, err := r.Log(context.Background(), Filter{State: Pending, Limit: 1})
		return err == nil && len(pending) == 0
	})
	report()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

// BenchmarkLog filters a log of 100,000 runs in every way that the page offers.
func BenchmarkLog(b *testing.B) {
	r, act, ids := benchRoom(b, "http://127.0.0.1:9", 1000)
	const runs = 100_000
	fillLog(b, r, act, ids, runs)
	for name, f := range map[string]Filter{
		"newest":  {},
		"action":  {Action: "send"},
		"none":    {Action: "other"},
		"text":    {Text: "file 777"},
		"nowhere": {Text: "no such text"},
		"file":    {File: string(ids[3])},
		"person":  {Person: "ann 42@"},
		"failed":  {State: Failed},
		"trigger": {Trigger: ByAPI},
		"time":    {Since: time.Now().Add(-50 * time.Hour), Until: time.Now().Add(-49 * time.Hour)},
		"all":     {Action: "send", State: Failed, Trigger: ByRule, Text: "file", Person: "ann"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Log(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// fillLog writes runs of all kinds with an attempt each.
func fillLog(b *testing.B, r *room, act Action, ids []catalogue.ID, runs int) {
	begin := time.Now().Add(-100 * time.Hour)
	planned, err := r.plan(b.Context(), Order{Action: act, Files: ids, Trigger: ByRule})
	must(b, err)
	request := fmt.Sprintf("%2000d", 0)
	must(b, r.cat.Update(b.Context(), func(tx *sql.Tx) error {
		for i := range runs {
			run := planned[i%len(planned)]
			run.Time = begin.Add(time.Duration(i) * 3 * time.Second)
			run.ID, run.State, run.Person = newRunID(run.Time), Done, fmt.Sprintf("ann %d@example.com", i%100)
			if i%10 == 0 {
				run.State = Failed
			}
			if i%1000 == 0 {
				run.Trigger = ByAPI
			}
			if err := insertRun(tx, run); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO action_attempt (run, at, status, took, url, request, response, error) VALUES (?, ?, 200, 1, '', ?, '', '')`, run.ID, run.Time.UnixMilli(), request)
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// BenchmarkSettled is how long after a file has settled its run is in the queue.
func BenchmarkSettled(b *testing.B) {
	r, _, _ := benchRoom(b, "http://127.0.0.1:9", 2)
	d := r.definitions()
	d.Actions[0].Confirm = true
	d.Rules = []Rule{{Name: "new", On: OnCreated, Steps: []string{"send"}}}
	r.define(d)
	var worst time.Duration
	var once sync.Once
	for i := 0; b.Loop(); i++ {
		name := fmt.Sprintf("settled %d.txt", i)
		must(b, os.WriteFile(filepath.Join(r.dir, name), []byte("x"), 0o644))
		settled := time.Now().Add(settleTime)
		var run Run
		r.eventually("the run", func() bool {
			runs, err := r.Log(b.Context(), Filter{Text: name, Limit: 1})
			if err == nil && len(runs) == 1 {
				run = runs[0]
			}
			return run.ID != ""
		})
		worst = max(worst, run.Time.Sub(settled))
		once.Do(func() { b.ReportMetric(0, "ns/op") })
	}
	b.ReportMetric(float64(worst.Milliseconds()), "ms-worst")
}
