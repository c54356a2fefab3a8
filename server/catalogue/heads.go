package catalogue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"io"
	"sync"
	"time"
)

// A file that was moved to another volume, or restored, has another file key. It is known again by
// name, size and time, and where a client had asked for it also by its head: what it begins with.
// To read the heads of all files would take hours on a large disk; those that links lead to suffice.

const (
	headSize  = 64 << 10 // bytes
	headsWait = 2 * time.Second
	maxAsked  = 10_000
)

// asked are the files whose heads are to be read. Safe for concurrent use.
type asked struct {
	mu      sync.Mutex
	numbers map[int64]bool
}

// KnowAgain has the head of a file remembered soon, since somebody outside has its id. It costs
// next to nothing.
func (c *Catalogue) KnowAgain(e Entry) {
	if e.Folder || e.Pending || e.Size == 0 {
		return
	}
	c.asked.mu.Lock()
	defer c.asked.mu.Unlock()
	if c.asked.numbers == nil {
		c.asked.numbers = map[int64]bool{}
	}
	if len(c.asked.numbers) < maxAsked {
		c.asked.numbers[e.Number] = true
	}
	select {
	case c.learn <- struct{}{}:
	default:
	}
}

func (a *asked) take() map[int64]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.numbers
	a.numbers = nil
	return taken
}

// learnHeads reads the heads that were asked for, some at a time, until ctx ends.
func (c *Catalogue) learnHeads(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.learn:
		}
		select { // what else is asked for comes along
		case <-ctx.Done():
			return
		case <-time.After(headsWait):
		}
		if err := c.learnAsked(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("can't remember what files begin with", "error", err)
		}
	}
}

// head is what a file begins with, as it was when it had this size and time.
type head struct {
	number, size, mtime int64
	hash                []byte // SHA-256 of the first 64 KiB
}

func (c *Catalogue) learnAsked(ctx context.Context) error {
	var heads []head
	for number := range c.asked.take() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		h, ok, err := c.newHead(number)
		if err != nil {
			return c.storeError(err)
		}
		if ok {
			heads = append(heads, h)
		}
	}
	if len(heads) == 0 {
		return nil
	}
	return c.storeError(c.store.update(ctx, func(tx *sql.Tx) error {
		for _, h := range heads {
			if _, err := tx.Exec(`INSERT OR REPLACE INTO head (number, size, mtime, hash) VALUES (?,?,?,?)`, h.number, h.size, h.mtime, h.hash); err != nil {
				return err
			}
		}
		return nil
	}))
}

// newHead reads a file's head; false when it is known, or can't be read.
func (c *Catalogue) newHead(number int64) (head, bool, error) {
	n, err := c.store.read.byNumber(number)
	if errors.Is(err, errNoNode) || err == nil && (n.dead != alive || n.folder) {
		return head{}, false, nil
	}
	if err != nil {
		return head{}, false, err
	}
	_, known, err := c.store.read.head(n)
	if err != nil || known {
		return head{}, false, err
	}
	at, err := c.placeOf(n)
	if err != nil {
		return head{}, false, nil
	}
	in, hash, err := at.head()
	return head{number, in.size, in.mtime, hash}, err == nil, nil
}

// head gives the hash of a node's head, if it is known of the node's size and time.
func (q *queries) head(n node) (hash []byte, known bool, err error) {
	statement, err := q.statement(`SELECT hash FROM head WHERE number=? AND size=? AND mtime=?`)
	if err != nil {
		return nil, false, err
	}
	err = statement.QueryRow(n.number, n.size, n.mtime).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return hash, err == nil, err
}

// head reads what the file at a place begins with, and how the file is.
func (p place) head() (info, []byte, error) {
	d, err := p.share.open()
	if err != nil {
		return info{}, nil, err
	}
	f, err := d.openFile(p.path)
	if err != nil {
		return info{}, nil, err
	}
	defer f.Close()
	in, err := infoOf(f)
	if err != nil {
		return in, nil, err
	}
	h := sha256.New()
	_, err = io.CopyN(h, f, min(headSize, in.size))
	return in, h.Sum(nil), err
}

// sameHead tells whether the file at a place begins as a node's file did. Where that was never
// asked for, name, size and time must do; what can't be read is another file.
func (ch *change) sameHead(n node, at place) (bool, error) {
	was, known, err := ch.head(n)
	if err != nil || !known || n.folder {
		return !known || n.folder, err
	}
	_, is, err := at.head()
	return err == nil && bytes.Equal(was, is), nil
}
