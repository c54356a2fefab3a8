package server

import (
	"container/list"
	"sync"
	"time"

	"folderfront/server/catalogue"
)

// listingKey tells which listing may stand for which: same folder at the same
// generation, seen with the same rights under the same options.
type listingKey struct {
	parent     catalogue.ID
	generation uint64
	writable   bool
	options    *Options
}

const (
	maxKept = 96 << 20        // bytes of the listings that are kept
	keptFor = 5 * time.Minute // since somebody asked
)

// listings keeps the listings that were asked for last. It is safe for
// concurrent use.
type listings struct {
	mu    sync.Mutex
	byKey map[listingKey]*list.Element
	order *list.List // of keptListing, the last used first
	size  int
}

type keptListing struct {
	key listingKey
	*listing
	used time.Time
}

func newListings() *listings {
	return &listings{byKey: map[listingKey]*list.Element{}, order: list.New()}
}

func (k *listings) get(key listingKey) *listing {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := k.byKey[key]
	if at == nil {
		return nil
	}
	k.order.MoveToFront(at)
	kept := at.Value.(*keptListing)
	kept.used = time.Now()
	return kept.listing
}

// keep stores a listing, and drops those of the folder as it was before, and the
// ones not used for longest.
func (k *listings) keep(key listingKey, l *listing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byKey[key] != nil || l.weight() > maxKept {
		return
	}
	for other, at := range k.byKey {
		if other.parent == key.parent && (other.generation < key.generation || other.options != key.options) {
			k.drop(at)
		}
	}
	k.byKey[key] = k.order.PushFront(&keptListing{key, l, time.Now()})
	for k.size += l.weight(); k.size > maxKept; {
		k.drop(k.order.Back())
	}
}

func (k *listings) drop(at *list.Element) {
	gone := k.order.Remove(at).(*keptListing)
	delete(k.byKey, gone.key)
	k.size -= gone.weight()
}

// dropUnused lets go of what nobody asked for since a time.
func (k *listings) dropUnused(since time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.order.Len() > 0 && k.order.Back().Value.(*keptListing).used.Before(since) {
		k.drop(k.order.Back())
	}
}

// weight is the listing's share of the bound: the body, an eighth more for
// their compressed form, and where they end.
func (l *listing) weight() int { return len(l.body) + len(l.body)/8 + 8*len(l.ends) + 256 }
