package server

import (
	"container/list"
	"sync"

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

// maxKept bounds the bytes of the listings that are kept.
const maxKept = 96 << 20

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
	return at.Value.(keptListing).listing
}

// keep stores a listing, and drops the ones not used for longest.
func (k *listings) keep(key listingKey, l *listing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byKey[key] != nil || l.weight() > maxKept {
		return
	}
	k.byKey[key] = k.order.PushFront(keptListing{key, l})
	for k.size += l.weight(); k.size > maxKept; {
		oldest := k.order.Remove(k.order.Back()).(keptListing)
		delete(k.byKey, oldest.key)
		k.size -= oldest.weight()
	}
}

// weight is the listing's share of the bound: the body, an eighth more for
// their compressed form, and where they end.
func (l *listing) weight() int { return len(l.body) + len(l.body)/8 + 8*len(l.ends) + 256 }
