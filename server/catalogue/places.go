package catalogue

import "errors"

// place is where a node lies: its share, and its path below that, "." for the share's own folder.
type place struct {
	share *share
	path  string
}

func (p place) child(name string) place { return place{p.share, join(p.path, name)} }

// join is the share-relative path of a name in a folder.
func join(folder, name string) string {
	if folder == "." {
		return name
	}
	return folder + "/" + name
}

// resolve walks up from a node to its share. known holds the places of folders that were found
// before and takes those found now. It is ErrNotFound when an ancestor is dead or the share is no
// longer shared.
func resolve(q *queries, shareOf func(int64) *share, number int64, known map[int64]place) (place, error) {
	if p, ok := known[number]; ok {
		return p, nil
	}
	if s := shareOf(number); s != nil {
		return place{s, "."}, nil
	}
	n, err := q.byNumber(number)
	if errors.Is(err, errNoNode) || err == nil && (n.dead > alive || n.parent == 0) {
		return place{}, notFound(nil)
	}
	if err != nil {
		return place{}, err
	}
	above, err := resolve(q, shareOf, n.parent, known)
	if err != nil {
		return place{}, err
	}
	p := above.child(n.name)
	if n.folder {
		known[number] = p
	}
	return p, nil
}

// placeOf finds a folder's or file's place.
func (c *Catalogue) placeOf(n node) (place, error) {
	if s := c.shareOf(n.number); s != nil {
		return place{s, "."}, nil
	}
	above, err := c.folderPlace(n.parent)
	if err != nil {
		return place{}, err
	}
	return above.child(n.name), nil
}

func (c *Catalogue) folderPlace(number int64) (place, error) {
	p, ok, stamp := c.cache.place(number)
	if ok {
		return p, nil
	}
	found := map[int64]place{}
	p, err := resolve(c.store.read, c.shareOf, number, found)
	if err == nil {
		c.cache.putPlaces(found, stamp)
	}
	return p, err
}
