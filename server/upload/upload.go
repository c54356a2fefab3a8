// Package upload changes the files of shared folders so that nothing is ever lost: at every
// instant, and after a crash at any instant, a file is whole, with the old content or the new,
// and what was overwritten or deleted can be had back.
//
// An upload has two parts. Init announces it: the file to be gets its id, and the folder does not
// change. Receive takes the content into a temporary file beside its place, makes it durable and
// publishes it.
//
// Publishing is the one way by which content gets under a visible name; restoring uses it too. A
// publication is written to the journal, keeps the present content as a version, moves the new
// content to its place in one step, and is then committed together with its entry in the
// catalogue. Settling finishes or undoes a publication that was interrupted.
//
// An Item is something kept: a version (content that was overwritten) or trash (what was deleted).
// Items lie in the hidden folder .folderfront at the top of each shared folder.
package upload

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"folderfront/server/catalogue"
)

// Config is how an Uploads behaves; the zero value is how most people want it.
type Config struct {
	Logger      *slog.Logger // slog.Default when nil
	Limit       int64        // bytes of the largest upload; 0 is no limit
	MinimumFree int64        // bytes that stay free on a disk; 0 is 256 MiB, less than 0 is to fill it
	KeepBoth    bool         // an upload under a taken name becomes a second file, not a new version
	Retention   Retention
}

// Retention bounds what is kept; a zero field has its default. Space never drops a version that is
// less than a day old: a large file must not lose its old content in the moment it is overwritten.
type Retention struct {
	Days     int     // age of a version or a trash item; 30
	Versions int     // versions a file; 20
	Percent  float64 // of the disk, for all versions of one shared folder; 10
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MinimumFree == 0 {
		c.MinimumFree = 256 << 20
	}
	if c.Retention.Days == 0 {
		c.Retention.Days = 30
	}
	if c.Retention.Versions == 0 {
		c.Retention.Versions = 20
	}
	if c.Retention.Percent == 0 {
		c.Retention.Percent = 10
	}
	return c
}

// Uploads is what this package does, over one catalogue. All methods are safe concurrently; every
// error of a method is a *catalogue.Error.
type Uploads struct {
	catalogue *catalogue.Catalogue
	config    atomic.Pointer[Config]
	now       func() time.Time
	daysRun   func(context.Context) (int64, error)     // catalogue.DaysRun
	exchange  func(folder *os.File, a, b string) error // catalogue.Exchange

	mu     sync.Mutex
	active map[catalogue.ID]*transfer // by upload id: one writer each
}

// announced is how many days an upload may take from Init to Receive, and how long its row is
// remembered afterwards.
const announced = 1

const day = 24 * time.Hour

// aged tells whether what is of a time, and of one of the days on which the program ran, is more
// than n days old today. The clock alone is not believed: it may have been wrong then, and may be
// now. What claims to be of a time to come is judged by the days on which the program ran, as is
// all while the clock is ahead; one day too many, which a wrong clock made, ends nothing.
func (u *Uploads) aged(at time.Time, ran, today int64, n int) bool {
	age := u.now().Sub(at)
	return today-ran > int64(n) && (age > time.Duration(n)*day || age < -day)
}

// New prepares the catalogue for uploads. Call Recover next, before anything else changes files.
func New(c *catalogue.Catalogue, cfg Config) (*Uploads, error) {
	if err := c.Migrate(context.Background(), "upload", schema); err != nil {
		return nil, err
	}
	survivePastLimit()
	u := &Uploads{catalogue: c, now: time.Now, daysRun: c.DaysRun, exchange: catalogue.Exchange, active: map[catalogue.ID]*transfer{}}
	u.SetConfig(cfg)
	return u, nil
}

// SetConfig replaces the configuration; transfers under way go on with the limit they began with.
func (u *Uploads) SetConfig(cfg Config) {
	cfg = cfg.withDefaults()
	u.config.Store(&cfg)
}

func (u *Uploads) log() *slog.Logger { return u.config.Load().Logger }

// Run expires announcements, settles what could not be settled before, lists what lies in the trash
// unlisted and applies the retention, until ctx ends.
func (u *Uploads) Run(ctx context.Context) error {
	ticker := time.NewTicker(10 * time.Minute)
	defer ticker.Stop()
	for {
		if err := errors.Join(u.settle(ctx), u.expire(ctx), u.adopt(ctx), u.retain(ctx)); err != nil && ctx.Err() == nil {
			u.log().Warn("uploads: housekeeping is not finished and will be tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
