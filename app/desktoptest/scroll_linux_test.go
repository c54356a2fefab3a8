//go:build !headless || ci

package desktoptest

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"folderfront/app/activity"
	"folderfront/app/state"
)

// Notches of the mouse wheel, and the time between two of them: as fast as a
// display shows pictures.
const (
	notches    = 300
	notchAfter = 17 * time.Millisecond
)

// TestScroll measures what scrolling the page Activity costs, with as many rows
// as it keeps and with few.
func TestScroll(t *testing.T) {
	bench(t)
	few := scrolled(t, 60)
	many := scrolled(t, 100_000)
	fmt.Printf("  100,000 rows cost %.2f times what 60 do; smooth below %.0f ms a notch: %s\n",
		many.Seconds()/few.Seconds(), notchAfter.Seconds()*1000, met(many < notchAfter))
}

// scrolled is the processor time of the window for each notch.
func scrolled(t *testing.T, rows int) time.Duration {
	d := newDesk(t)
	remember(t, filepath.Join(d.profile, "activity.db"), rows)
	d.launch(t.TempDir())
	d.awaitWindow()
	d.eventually("sharing", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live })
	d.press("ctrl+6")
	x, y := d.middle("^Folderfront$")
	d.mouse(x, y, x+40, y+120)
	window := d.windowProcess()
	d.settle(window)
	before, began := window.used(t), time.Now()
	d.turnWheel(notches)
	took := time.Since(began)
	d.settle(window)
	each := (window.used(t) - before) / notches
	fmt.Printf("scrolling %7d activities: %5.1f ms of a processor a notch, %d notches in %.1f s\n", rows, each.Seconds()*1000, notches, took.Seconds())
	d.quit()
	return each
}

// turnWheel turns the wheel towards the person.
func (d *desk) turnWheel(notches int) {
	d.t.Helper()
	out, err := d.run("xdotool", "click", "--repeat", strconv.Itoa(notches), "--delay", strconv.FormatInt(notchAfter.Milliseconds(), 10), "5")
	if err != nil {
		d.t.Fatalf("turning the wheel: %s", out)
	}
}

// remember fills the stored activity with n rows of the last weeks.
func remember(t *testing.T, path string, n int) {
	t.Helper()
	const batch = 10_000
	now := time.Now()
	for from := 0; from < n; from += batch {
		log, err := activity.Open(t.Context(), path, func(context.Context, int) (time.Time, error) { return time.Time{}, nil }, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for i := from; i < min(from+batch, n); i++ {
			log.Add(state.Activity{
				Time: now.Add(-time.Duration(n-i) * 20 * time.Second), Person: "Mara Vogel", Verb: "downloaded", ID: "d" + strconv.Itoa(i%500),
				Title: fmt.Sprintf("Spring poster %06d.pdf", i), Folder: "Campaign 2026", Status: 200, Bytes: int64(i) * 1001,
			})
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
