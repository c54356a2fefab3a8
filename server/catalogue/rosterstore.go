package catalogue

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"
)

// The rosters of very large folders lie in the store as well, so that the first listing after a
// start need not read and sort all rows. The transaction that changes what lies in a folder removes
// its stored roster; it is stored again once the folder was left alone for a while, or at the end.

// storedRosters tells which folders have their roster in the store. It is guarded by the lock of
// rosters.
type storedRosters struct {
	from int                 // the number of children from which a folder's roster is stored
	has  map[int64]bool      // folders whose roster may be in the store: a change removes it there
	due  map[int64]time.Time // those whose roster should be, and when they changed last
}

const storedFrom = 10_000 // smaller folders are read and sorted in a few milliseconds

// isStored tells whether a folder's roster may be in the store.
func (k *rosters) isStored(folder int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.stored.has[folder]
}

// owe has the rosters of large folders stored that are not; changed is when they changed last.
func (k *rosters) owe(folders []int64, changed time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, folder := range folders {
		if _, due := k.stored.due[folder]; !due && !k.stored.has[folder] {
			k.stored.due[folder] = changed
		}
	}
}

// again has a roster stored anew, whatever is in the store by now; changed is when it changed last.
func (k *rosters) again(folder int64, changed time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stored.due[folder] = changed
}

// stores is told before a roster is stored: even a commit that fails may have been made.
func (k *rosters) stores(folder int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stored.has[folder] = true
}

// takeDue gives the folders whose rosters are to be stored and that did not change since a time.
func (k *rosters) takeDue(since time.Time) (folders []int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for folder, changed := range k.stored.due {
		if changed.Before(since) {
			folders = append(folders, folder)
			delete(k.stored.due, folder)
		}
	}
	return folders
}

// follow notes that a commit changed what lies in a folder, and removed its stored roster.
func (s *storedRosters) follow(folder int64) {
	if _, due := s.due[folder]; due || s.has[folder] {
		s.due[folder] = time.Now()
	}
	delete(s.has, folder)
}

// members gives what lies in a folder in the order of listings, from memory or from the store.
func (c *Catalogue) members(ctx context.Context, folder int64) ([]member, error) {
	if kept, ok := c.rosters.get(folder); ok {
		return kept, nil
	}
	r := c.rosters.begin(folder)
	members, err := c.readMembers(ctx, folder)
	if err != nil {
		c.rosters.giveUp(r)
		return nil, err
	}
	c.rosters.put(r, members)
	return members, nil
}

func (c *Catalogue) readMembers(ctx context.Context, folder int64) ([]member, error) {
	if c.rosters.isStored(folder) {
		members, err := c.store.roster(ctx, folder)
		if err == nil {
			return members, nil
		}
		if errors.Is(err, errRoster) {
			c.log.Warn("a stored listing can't be read; it is made anew")
			c.rosters.again(folder, time.Time{})
		}
	}
	children, err := c.store.children(ctx, folder)
	return sortChildren(children), err
}

// storeRosters stores the rosters of the large folders that did not change since a time.
func (c *Catalogue) storeRosters(ctx context.Context, since time.Time) {
	for _, folder := range c.rosters.takeDue(since) {
		if err := c.storeRoster(ctx, folder); err != nil {
			c.rosters.again(folder, time.Now()) // later
			if ctx.Err() == nil {
				c.log.Warn("can't store a listing", "error", c.storeError(err))
			}
		}
	}
}

// storeRoster stores a folder's roster if it is worth it. No commit comes in between.
func (c *Catalogue) storeRoster(ctx context.Context, folder int64) error {
	c.store.write.Lock()
	defer c.store.write.Unlock()
	members, ok := c.rosters.peek(folder)
	if !ok {
		children, err := c.store.children(ctx, folder)
		if err != nil {
			return err
		}
		members = sortChildren(children)
	}
	if len(members) < c.rosters.stored.from || len(members) > maxRostered {
		return nil
	}
	c.rosters.stores(folder)
	return inTx(ctx, c.store.writer, func(tx *sql.Tx) error {
		return writeRoster(tx, folder, members)
	})
}

// storeLast stores, before the end, the rosters that are in memory and not in the store.
func (c *Catalogue) storeLast(ctx context.Context) {
	for _, folder := range c.rosters.takeDue(time.Now().Add(time.Hour)) {
		if _, ok := c.rosters.peek(folder); !ok {
			continue // to read and sort it takes too long for an end
		}
		if err := c.storeRoster(ctx, folder); err != nil {
			c.log.Warn("can't store a listing", "error", c.storeError(err))
		}
	}
}

// unstore removes the stored rosters of folders whose rows changed. They go on in memory.
func (ch *change) unstore() error {
	for folder := range ch.stale {
		if !ch.c.rosters.isStored(folder) {
			continue
		}
		if _, ok := ch.c.rosters.peek(folder); !ok {
			ch.c.recall(folder)
		}
		if _, err := ch.exec(`DELETE FROM roster WHERE folder=?`, folder); err != nil {
			return err
		}
	}
	return nil
}

// recall takes a stored roster into memory. One that can't be read is made anew when it is asked for.
func (c *Catalogue) recall(folder int64) {
	r := c.rosters.begin(folder)
	members, err := c.store.roster(context.Background(), folder)
	if err != nil {
		c.rosters.giveUp(r)
		return
	}
	c.rosters.put(r, members)
}

// rosterFolders are the folders whose roster is in the store.
func (s *store) rosterFolders(ctx context.Context) (map[int64]bool, error) {
	folders := map[int64]bool{}
	err := s.eachRow(ctx, `SELECT folder FROM roster WHERE part=?`, []driver.Value{int64(0)}, func(row []driver.Value) error {
		folders[row[0].(int64)] = true
		return nil
	})
	return folders, err
}

// partLength is how many members a part of a stored roster has, but the last one: few enough for the
// room that one is read into to serve the next.
const partLength = 4096

func writeRoster(tx *sql.Tx, folder int64, members []member) error {
	if _, err := tx.Exec(`DELETE FROM roster WHERE folder=?`, folder); err != nil {
		return err
	}
	part := 0
	for some := range slices.Chunk(members, partLength) {
		figures, text := encodeMembers(some, len(members))
		if _, err := tx.Exec(`INSERT INTO roster (folder, part, figures, text) VALUES (?,?,?,?)`, folder, part, figures, text); err != nil {
			return err
		}
		part++
	}
	return nil
}

// roster reads a stored roster; errRoster when there is none that can be read.
func (s *store) roster(ctx context.Context, folder int64) (members []member, err error) {
	all := -1
	const query = `SELECT figures, text FROM roster WHERE folder=? ORDER BY part`
	err = s.eachRow(ctx, query, []driver.Value{folder}, func(row []driver.Value) (err error) {
		figures, _ := row[0].([]byte)
		text, _ := row[1].(string)
		members, all, err = decodeMembers(members, figures, text)
		return err
	})
	if err == nil && len(members) != all {
		err = errRoster
	}
	return members, err
}

// rosterForm begins each part of a stored roster. It is raised when its form, or the order of listings,
// changes.
const rosterForm = 1

// encodeMembers writes a part of all members as it is stored. figures are the form, the number of all
// members and of these; then for each its number, size and time, and twice the length of its name, one
// more for a folder's. text is all IDs and names.
func encodeMembers(some []member, all int) (figures []byte, text string) {
	figures = binary.AppendUvarint([]byte{rosterForm}, uint64(all))
	figures = binary.AppendUvarint(figures, uint64(len(some)))
	var names strings.Builder
	for _, m := range some {
		length := uint64(len(m.name)) << 1
		if m.folder {
			length++
		}
		figures = binary.AppendUvarint(figures, uint64(m.number))
		figures = binary.AppendUvarint(figures, uint64(m.size))
		figures = binary.AppendVarint(figures, m.mtime)
		figures = binary.AppendUvarint(figures, length)
		names.WriteString(string(m.id))
		names.WriteString(m.name)
	}
	return figures, names.String()
}

var errRoster = errors.New("no stored roster")

const idLength = 26 // of an ID but Root

// decodeMembers appends the members of a part that encodeMembers wrote, and tells how many there are in
// all parts; anything else is errRoster.
func decodeMembers(members []member, part []byte, text string) (appended []member, all int, err error) {
	if len(part) == 0 || part[0] != rosterForm {
		return nil, 0, errRoster
	}
	in := figures{rest: part[1:]}
	whole, count := in.next(), in.next()
	if whole > maxRostered || count > uint64(len(text)/idLength) || uint64(len(members))+count > whole {
		return nil, 0, errRoster
	}
	if members == nil {
		members = make([]member, 0, whole)
	}
	for range count {
		m := member{number: int64(in.next()), size: int64(in.next()), mtime: in.nextSigned()}
		length := in.next()
		m.folder = length&1 != 0
		if in.bad || uint64(len(text)) < idLength+length>>1 {
			return nil, 0, errRoster
		}
		m.id, text = ID(text[:idLength]), text[idLength:]
		m.name, text = text[:length>>1], text[length>>1:]
		members = append(members, m)
	}
	if len(in.rest) > 0 || text != "" {
		return nil, 0, errRoster
	}
	return members, int(whole), nil
}

// figures are variable-length integers, one behind the other.
type figures struct {
	rest []byte
	bad  bool
}

func (f *figures) next() uint64 {
	v, n := binary.Uvarint(f.rest)
	f.advance(n)
	return v
}

func (f *figures) nextSigned() int64 {
	v, n := binary.Varint(f.rest)
	f.advance(n)
	return v
}

func (f *figures) advance(n int) {
	if n <= 0 {
		f.rest, f.bad = nil, true
		return
	}
	f.rest = f.rest[n:]
}
