// Package thumb answers with one picture of a document: a thumbnail as a JPEG.
//
//   - A picture is rendered in the worker process (package render); this package decides when,
//     and keeps what came out. Nothing of a stranger's file is decoded here.
//   - An icon stands in for a picture: for a folder, for a document that has no picture, or
//     for one that isn't ready yet.
//   - A step is one of a few widths that are rendered and kept; other widths are made from
//     the next larger step, so a document is decoded once and not once for each screen.
//   - A flight is one render under way, which everybody who wants that picture waits for.
//
// The cache is keyed by what the picture depends on, so an entry is never wrong, only old.
package thumb

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/worker"
)

// Config says where things are.
type Config struct {
	Catalogue *catalogue.Catalogue
	Pool      *worker.Pool
	Dir       string // the cache's folder; made when missing
	MaxBytes  int64  // of the cache; 0 is 384 MiB
	Logger    *slog.Logger
}

// Thumbs makes and keeps thumbnails. Its methods may be called concurrently.
type Thumbs struct {
	cfg     Config
	ctx     context.Context
	cache   *cache
	none    *memory
	icons   *icons
	heavy   chan struct{} // held by a render of a heavy kind
	office  atomic.Bool   // an installed LibreOffice may draw
	wait    sync.WaitGroup
	mu      sync.Mutex
	flights map[string]*flight
}

// Picture is an answer.
type Picture struct {
	Data        []byte
	ETag        string // quoted, for the header; "" when the answer must not be kept
	ContentType string
	Icon        bool
	MaxAge      time.Duration // 0: the answer must not be kept at all
}

const (
	// DefaultWidth is what Workfront means when it names no size, in pixels.
	DefaultWidth = 200
	// MinWidth and MaxWidth bound what can be asked for, in pixels.
	MinWidth, MaxWidth = 16, 2048

	// patience is how long somebody waits for a picture before an icon stands in.
	patience = 3 * time.Second
	// maxFlights bounds the renders waiting and under way.
	maxFlights = 256

	pictureAge = 24 * time.Hour  // then asked again, by ETag
	iconAge    = 5 * time.Minute // a picture may come to be later, for example with another version
)

// New makes a Thumbs whose renders end with ctx at the latest. Close waits for them.
func New(ctx context.Context, cfg Config) (*Thumbs, error) {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 384 << 20
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cache, err := openCache(cfg.Dir, cfg.MaxBytes)
	if err != nil {
		return nil, err
	}
	return &Thumbs{
		cfg: cfg, ctx: ctx, cache: cache,
		none: newMemory(4096), icons: newIcons(),
		heavy: make(chan struct{}, 1), flights: map[string]*flight{},
	}, nil
}

// Close waits until no render is under way; ctx, as given to New, must have ended.
func (t *Thumbs) Close() { t.wait.Wait() }

// UseLibreOffice says whether an installed LibreOffice draws the office documents that hold no
// picture of themselves. At first it doesn't.
func (t *Thumbs) UseLibreOffice(on bool) {
	if t.office.Swap(on) != on {
		t.none.clear() // there may be more pictures now
	}
}

// ETag is the one that Get's picture will have, as a quoted string, without any work. It is
// different for every content of a document.
func (t *Thumbs) ETag(entry catalogue.Entry, width int) string {
	return keyOf(entry).etag(clampWidth(width))
}

// Get is the picture of entry, at most width pixels wide (clamped to MinWidth and MaxWidth).
// It waits a few seconds at most; then, or when there is no picture, it is an icon. The only
// errors are ctx's and those of the catalogue (the file has gone meanwhile).
func (t *Thumbs) Get(ctx context.Context, entry catalogue.Entry, width int) (Picture, error) {
	width = clampWidth(width)
	key := keyOf(entry)
	if entry.Folder || entry.Pending {
		return t.lastingIcon(entry, width), nil
	}
	if data, ok := t.cache.get(key.file(width)); ok {
		return picture(key, width, data), nil
	}
	if t.none.has(key.hash) {
		return t.lastingIcon(entry, width), nil
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	f := t.launch(entry, key, width)
	for again := time.NewTicker(patience / 60); f == nil; f = t.launch(entry, key, width) {
		select { // too many under way: a place may become free
		case <-again.C:
		case <-ctx.Done():
			return Picture{}, ctx.Err()
		case <-late.C:
			return t.passingIcon(entry, width), nil
		}
	}
	select {
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	case <-late.C:
		return t.passingIcon(entry, width), nil
	case <-f.done:
		return t.landed(f, entry, key, width)
	}
}

// landed is what a finished flight means for one who waited for it.
func (t *Thumbs) landed(f *flight, entry catalogue.Entry, key key, width int) (Picture, error) {
	switch {
	case f.err == nil:
		return picture(key, width, f.data), nil
	case t.none.has(key.hash):
		return t.lastingIcon(entry, width), nil
	case isGone(f.err):
		return Picture{}, f.err
	}
	return t.passingIcon(entry, width), nil
}

func picture(key key, width int, data []byte) Picture {
	return Picture{Data: data, ETag: key.etag(width), ContentType: "image/jpeg", MaxAge: pictureAge}
}

func (t *Thumbs) lastingIcon(entry catalogue.Entry, width int) Picture {
	p := t.passingIcon(entry, width)
	p.MaxAge, p.ETag = iconAge, keyOf(entry).iconETag(width)
	return p
}

func (t *Thumbs) passingIcon(entry catalogue.Entry, width int) Picture {
	return Picture{Data: t.icons.get(entry.Name, entry.Folder, width), ContentType: "image/jpeg", Icon: true}
}

func clampWidth(width int) int { return max(MinWidth, min(width, MaxWidth)) }
