package thumb

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"folderfront/server/catalogue"
	"folderfront/server/thumb/render"
)

// wish is a picture to be made before anybody asks for it.
type wish struct {
	entry catalogue.Entry
	width int
}

// maxWishes bounds what is made ahead; more is forgotten, and made when asked for.
const maxWishes = 1024

// Run follows the catalogue and makes pictures ahead: of what was uploaded, and of what has
// changed if its picture has been asked for before. It never looks at the rest of the tree.
// It returns nil when ctx ends.
func (t *Thumbs) Run(ctx context.Context) error {
	t.cache.count()
	t.wait.Go(func() { t.prepare(ctx) })
	wishes := make(chan wish, maxWishes)
	t.wait.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case w := <-wishes:
				t.fulfil(ctx, w)
			}
		}
	})
	for event := range t.cfg.Catalogue.Subscribe(ctx) {
		t.follow(event, wishes)
	}
	return nil
}

// follow turns a change into wishes.
func (t *Thumbs) follow(event catalogue.Event, wishes chan<- wish) {
	entry := event.Entry
	if entry.Folder || entry.Pending || event.Initial {
		return
	}
	var widths []int
	switch event.Kind {
	case catalogue.Deleted:
		t.cache.forget(entry.ID)
	case catalogue.Changed:
		widths = t.cache.widths(entry.ID)
		t.cache.forget(entry.ID)
	}
	if event.Own && (event.Kind == catalogue.Created || event.Kind == catalogue.Changed) && !slices.Contains(widths, DefaultWidth) {
		widths = append(widths, DefaultWidth)
	}
	slices.Sort(widths)
	for _, width := range slices.Backward(widths) { // widest first: the others are made from it
		select {
		case wishes <- wish{entry, width}:
		default:
		}
	}
}

// fulfil makes one picture, unless it is there already or known not to be had.
func (t *Thumbs) fulfil(ctx context.Context, w wish) {
	key := keyOf(w.entry)
	if _, ok := t.cache.get(key.file(w.width)); ok || t.none.has(key.hash) {
		return
	}
	if f := t.launch(w.entry, key, w.width); f != nil {
		select {
		case <-ctx.Done():
		case <-f.done:
		}
	}
}

// prepare has the worker compile what it will need, once for each version of it. The documents
// that need it wait meanwhile, rather than each have it compiled within its own time limit.
func (t *Thumbs) prepare(ctx context.Context) {
	release, err := t.lane(ctx)
	if err != nil {
		return
	}
	defer release()
	mark := filepath.Join(t.cfg.Dir, "prepared-"+render.Prepared())
	if _, err := os.Stat(mark); err == nil {
		return
	}
	_, err = t.cfg.Pool.Do(ctx, render.KindPrepare, nil, nil, nil)
	if err == nil {
		err = os.WriteFile(mark, nil, 0o600)
	}
	if err != nil && ctx.Err() == nil {
		t.cfg.Logger.Warn("the renderers can't be prepared; the first pictures will take longer", "cause", err)
	}
}
