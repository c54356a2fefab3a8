package thumb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/thumb/render"
	"folderfront/server/worker"
)

// flight is one render under way. data and err are set before done is closed.
type flight struct {
	done chan struct{}
	data []byte
	err  error
}

// errNoPicture says that a document has none, as far as this version can tell.
var errNoPicture = errors.New("no picture in this document")

// launch joins the flight for this picture or starts it; nil when too many are under way.
func (t *Thumbs) launch(entry catalogue.Entry, key key, width int) *flight {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := key.file(width)
	if f := t.flights[name]; f != nil {
		return f
	}
	if len(t.flights) >= maxFlights || t.ctx.Err() != nil {
		return nil
	}
	f := &flight{done: make(chan struct{})}
	t.flights[name] = f
	t.wait.Go(func() {
		f.data, f.err = t.make(t.ctx, entry, key, width)
		t.mu.Lock()
		delete(t.flights, name)
		t.mu.Unlock()
		close(f.done)
	})
	return f
}

// make renders a picture, or scales it down from a wider one in the cache, and keeps it.
func (t *Thumbs) make(ctx context.Context, entry catalogue.Entry, key key, width int) ([]byte, error) {
	if data, err := t.fromStep(ctx, key, width); err == nil {
		return data, nil
	}
	data, err := t.render(ctx, entry, key, width)
	switch {
	case errors.Is(err, errNoPicture), errors.Is(err, worker.ErrFailed):
		t.none.add(key.hash, time.Hour)
		t.cfg.Logger.Info("no thumbnail", "id", entry.ID, "cause", err)
	case errors.Is(err, worker.ErrTimeout), errors.Is(err, worker.ErrCrashed):
		t.none.add(key.hash, 10*time.Minute) // the computer may just have been busy
		t.cfg.Logger.Info("no thumbnail", "id", entry.ID, "cause", err)
	case err != nil && ctx.Err() == nil:
		t.cfg.Logger.Warn("thumbnail failed", "id", entry.ID, "cause", err)
	}
	return data, err
}

// fromStep scales the step above width down, if the cache has it.
func (t *Thumbs) fromStep(ctx context.Context, key key, width int) ([]byte, error) {
	step := stepFor(width)
	if step == width {
		return nil, os.ErrNotExist
	}
	f, err := os.Open(t.cache.path(key.file(step)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return t.work(ctx, f, "step.jpg", key, []int{width})
}

// render makes the step above width and width itself from the document.
func (t *Thumbs) render(ctx context.Context, entry catalogue.Entry, key key, width int) ([]byte, error) {
	widths := []int{stepFor(width)}
	if widths[0] != width {
		widths = append(widths, width)
	}
	if f := t.desktopThumbnail(ctx, entry, widths[0]); f != nil {
		defer f.Close()
		if data, err := t.work(ctx, f, "desktop.png", key, widths); err == nil {
			return data, nil
		}
	}
	if isHeavy(entry.Name) {
		release, err := t.lane(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	f, _, err := t.cfg.Catalogue.OpenFile(ctx, entry.ID)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return t.work(ctx, f, entry.Name, key, widths)
}

// work has the worker make pictures, keeps them all and returns the last.
func (t *Thumbs) work(ctx context.Context, f *os.File, name string, key key, widths []int) (last []byte, err error) {
	var reply render.Reply
	data, err := t.cfg.Pool.Do(ctx, render.Kind, render.Args{Name: name, Widths: widths, Office: t.office.Load()}, f, &reply)
	if err != nil {
		return nil, err
	}
	if reply.None {
		return nil, fmt.Errorf("%w: %s", errNoPicture, reply.Why)
	}
	for i, made := range reply.Pictures {
		if i >= len(widths) || made.Bytes < 0 || made.Bytes > len(data) {
			return nil, fmt.Errorf("%w: a malformed reply", worker.ErrFailed)
		}
		last, data = data[:made.Bytes:made.Bytes], data[made.Bytes:]
		if err := t.cache.put(key.file(widths[i]), last); err != nil {
			t.cfg.Logger.Warn("the thumbnail cache can't be written", "cause", err)
		}
	}
	if len(reply.Pictures) != len(widths) {
		return nil, fmt.Errorf("%w: a malformed reply", worker.ErrFailed)
	}
	return last, nil
}

// heavyExtensions are of documents that may take seconds and hundreds of megabytes, so that
// one at a time is enough and the other slot stays free for photographs.
const heavyExtensions = " .pdf .ai .eps .svg .svgz .avif .heic .doc .docx .dot .dotx .rtf .xls .xlsx .xlsm .ppt .pptx .pps .ppsx .odt .ott .ods .ots .odp .otp .odg .vsd .vsdx .pub .key .pages .numbers "

// isHeavy is told by the name, before anything has been read.
func isHeavy(name string) bool {
	return strings.Contains(heavyExtensions, " "+strings.ToLower(filepath.Ext(name))+" ")
}

// lane waits for the turn of a heavy document.
func (t *Thumbs) lane(ctx context.Context) (release func(), err error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case t.heavy <- struct{}{}:
		return func() { <-t.heavy }, nil
	}
}

func isGone(err error) bool {
	return errors.Is(err, catalogue.ErrNotFound) || errors.Is(err, catalogue.ErrForbidden)
}
