package catalogue

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// The rosters of very large folders lie in the store as well, so that the first listing after a
// start need not read and sort all rows. The transaction that changes what lies in a folder removes
// its stored roster; it is stored again once the folder was left alone for a while, or at the end.

// storedRosters tells which folders have their roster in the store. It is guarded by the lock of
// rosters.
type storedRosters struct {
	from int                 // the number of children from which a folder's roster is stored
	has  map[int64]bool      // folders whose roster is in the store
	due  map[int64]time.Time // those whose roster should be, and when they changed last
}

const storedFrom = 10_000 // smaller folders are read and sorted in a few milliseconds

// isStored tells whether a folder's roster is in the store.
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

// spoilt is told of a stored roster that can't be read: it is to be stored anew.
func (k *rosters) spoilt(folder int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.stored.has, folder)
	k.stored.due[folder] = time.Time{}
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
			c.rosters.spoilt(folder)
		}
	}
	children, err := c.store.children(ctx, folder)
	return sortChildren(children), err
}

// storeRosters stores the rosters of the large folders that did not change since a time.
func (c *Catalogue) storeRosters(ctx context.Context, since time.Time) {
	for _, folder := range c.rosters.takeDue(since) {
		if err := c.storeRoster(ctx, folder); err != nil {
			c.rosters.owe([]int64{folder}, time.Now()) // later
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
	err := inTx(ctx, c.store.writer, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO roster (folder, members) VALUES (?,?)`, folder, encodeMembers(members))
		return err
	})
	if err == nil {
		c.rosters.mu.Lock()
		defer c.rosters.mu.Unlock()
		c.rosters.stored.has[folder] = true
	}
	return err
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
	err := s.eachRow(ctx, `SELECT folder FROM roster WHERE folder>?`, []driver.Value{int64(0)}, func(row []driver.Value) error {
		folders[row[0].(int64)] = true
		return nil
	})
	return folders, err
}

// roster reads a stored roster; errRoster when there is none that can be read.
func (s *store) roster(ctx context.Context, folder int64) (members []member, err error) {
	var whole []byte
	err = s.eachRow(ctx, `SELECT members FROM roster WHERE folder=?`, []driver.Value{folder}, func(row []driver.Value) error {
		whole = row[0].([]byte)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return decodeMembers(whole)
}

// rosterForm begins a stored roster. It is raised when its form, or the order of listings, changes.
const rosterForm = 1

// encodeMembers writes members as they are stored: the form, their count and the length of the text;
// for each its number, size, time and the length of its name, which is odd for a folder's; the text,
// which is all IDs and names; and the CRC-32C of all that.
func encodeMembers(members []member) []byte {
	var figures, text []byte
	for _, m := range members {
		length := uint64(len(m.name)) << 1
		if m.folder {
			length++
		}
		figures = binary.AppendUvarint(figures, uint64(m.number))
		figures = binary.AppendUvarint(figures, uint64(m.size))
		figures = binary.AppendVarint(figures, m.mtime)
		figures = binary.AppendUvarint(figures, length)
		text = append(append(text, m.id...), m.name...)
	}
	whole := make([]byte, 0, len(figures)+len(text)+32)
	whole = binary.AppendUvarint(append(whole, rosterForm), uint64(len(members)))
	whole = binary.AppendUvarint(whole, uint64(len(text)))
	whole = append(append(whole, figures...), text...)
	return summed(whole)
}

// summed appends the checksum.
func summed(whole []byte) []byte {
	return binary.BigEndian.AppendUint32(whole, crc32.Checksum(whole, castagnoli))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errRoster = errors.New("no stored roster")

const idLength = 26 // of an ID but Root

// decodeMembers reads what encodeMembers wrote; anything else is errRoster.
func decodeMembers(whole []byte) ([]member, error) {
	end := len(whole) - 4
	if end < 1 || whole[0] != rosterForm || crc32.Checksum(whole[:end], castagnoli) != binary.BigEndian.Uint32(whole[end:]) {
		return nil, errRoster
	}
	in := figures{rest: whole[1:end]}
	count, length := in.next(), in.next()
	if length > uint64(len(in.rest)) || count > length/idLength {
		return nil, errRoster
	}
	text := string(in.rest[uint64(len(in.rest))-length:])
	in.rest = in.rest[:uint64(len(in.rest))-length]
	members := make([]member, count)
	for i := range members {
		m := &members[i]
		m.number, m.size, m.mtime = int64(in.next()), int64(in.next()), in.nextSigned()
		nameLength := in.next()
		m.folder = nameLength&1 != 0
		if in.bad || uint64(len(text)) < idLength+nameLength>>1 {
			return nil, errRoster
		}
		m.id, text = ID(text[:idLength]), text[idLength:]
		m.name, text = text[:nameLength>>1], text[nameLength>>1:]
	}
	if len(in.rest) > 0 || text != "" {
		return nil, errRoster
	}
	return members, nil
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
