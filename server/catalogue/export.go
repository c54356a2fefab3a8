package catalogue

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The exported form is a line of JSON for the head and for each thing below it. Parents come before
// what is in them, and an alias after the id that it stands for.
const (
	exportFormat  = "folderfront ids"
	exportVersion = 1
)

type exportHead struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// exported is one id: of a shared folder (no path), of what has a path below it, or an alias.
type exported struct {
	ID     ID     `json:"id"`
	Share  string `json:"share,omitempty"`
	Path   string `json:"path,omitempty"`
	Raw    []byte `json:"raw,omitempty"` // the path, where it is no valid text
	Folder bool   `json:"folder,omitempty"`
	Size   int64  `json:"size,omitempty"`
	Time   int64  `json:"time,omitempty"` // Unix nanoseconds
	Alias  ID     `json:"aliasOf,omitempty"`
}

// Export writes all ids of the present shares with their paths, for Import on another computer.
func (c *Catalogue) Export(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(exportHead{exportFormat, exportVersion}); err != nil {
		return err
	}
	err := c.store.view(ctx, func(tx *sql.Tx) error {
		q := newQueries(tx)
		defer q.close()
		for _, s := range c.all() {
			name := s.info().Name
			if err := enc.Encode(exported{ID: s.rootID(), Share: name, Folder: true}); err != nil {
				return err
			}
			if err := exportBelow(ctx, q, enc, name, ".", s.number); err != nil {
				return err
			}
		}
		return exportAliases(tx, enc)
	})
	if err != nil {
		return c.storeError(err)
	}
	return out.Flush()
}

func exportBelow(ctx context.Context, q *queries, enc *json.Encoder, share, path string, number int64) error {
	nodes, err := q.children(number)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		e := exported{ID: n.id, Share: share, Path: join(path, n.name), Folder: n.folder, Size: n.size, Time: n.mtime}
		below := e.Path
		if !utf8.ValidString(e.Path) {
			e.Path, e.Raw = "", []byte(e.Path)
		}
		if err := errors.Join(enc.Encode(e), ctx.Err()); err != nil {
			return err
		}
		if n.folder {
			if err := exportBelow(ctx, q, enc, share, below, n.number); err != nil {
				return err
			}
		}
	}
	return nil
}

func exportAliases(tx *sql.Tx, enc *json.Encoder) error {
	rows, err := tx.Query(`SELECT alias.id, node.id FROM alias JOIN node ON node.number=alias.number AND node.dead=0`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var alias, of []byte
		if err := rows.Scan(&alias, &of); err != nil {
			return err
		}
		if err := enc.Encode(exported{ID: idFrom(alias), Alias: idFrom(of)}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Import takes over what Export wrote: what has a path there has the same id here from now on, and
// an id that was given to it here becomes an alias. Shares are matched by name; those that are not
// shared yet find their ids once they are. Everything is taken over or, with an error, nothing;
// taking over the same file twice changes nothing more.
func (c *Catalogue) Import(ctx context.Context, r io.Reader) error {
	dec := json.NewDecoder(bufio.NewReader(r))
	var head exportHead
	if err := dec.Decode(&head); err != nil || head.Format != exportFormat || head.Version != exportVersion {
		return &Error{ErrInvalid, "This is not a file that Folderfront's export wrote, or a newer version wrote it. Nothing was taken over.", err}
	}
	err := c.change(ctx, &change{}, func(ch *change) error {
		im := &importer{change: ch, folders: map[string]int64{}}
		for line := 2; ; line++ {
			var e exported
			err := dec.Decode(&e)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil {
				err = im.take(e)
			}
			if err != nil {
				return &Error{ErrInvalid, fmt.Sprintf("The exported file is damaged at line %d. Nothing was taken over; export it again.", line), err}
			}
		}
	})
	if err != nil {
		return err
	}
	c.cache.clear()
	c.rosters.clear()
	c.generations.renew()
	for _, s := range c.all() {
		id, err := c.idOf(s.number)
		if err != nil {
			return c.storeError(err)
		}
		s.mu.Lock()
		s.id = id
		s.mu.Unlock()
		c.markDirty(s, ".", true)
	}
	return nil
}

// importer takes lines over.
type importer struct {
	*change
	folders map[string]int64 // numbers by share, a NUL, and path
}

var errExport = errors.New("not what an export says")

func (im *importer) take(e exported) error {
	if _, ok := e.ID.bits(); !ok {
		return errExport
	}
	if e.Alias != "" {
		return im.takeAlias(e.ID, e.Alias)
	}
	path := e.Path
	if path == "" {
		path = string(e.Raw)
	}
	if path == "" {
		return im.takeShare(e)
	}
	folder, name, below := cutLast(path)
	parent, ok := im.folders[e.Share+"\x00"+folder]
	if !ok || !below && folder != "." || name == "" || name == "." || name == ".." || strings.ContainsRune(name, 0) {
		return errExport
	}
	number, err := im.takeNode(parent, name, e)
	if err == nil && e.Folder {
		im.folders[e.Share+"\x00"+path] = number
	}
	return err
}

// cutLast parts a path into its folder and its last element.
func cutLast(path string) (folder, name string, below bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return ".", path, false
	}
	return path[:i], path[i+1:], true
}

func (im *importer) takeShare(e exported) error {
	if e.Share == "" {
		return errExport
	}
	var number int64
	err := im.tx.QueryRow(`SELECT number FROM share WHERE name=?`, Fold(e.Share)).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		s := &share{Share: Share{Name: e.Share}}
		err = insertShare(im.tx, s)
		number = s.number
	}
	if err != nil {
		return err
	}
	n, err := im.byNumber(number)
	if err != nil {
		return err
	}
	im.folders[e.Share+"\x00."] = number
	return im.rename(n, e.ID)
}

func (im *importer) takeNode(parent int64, name string, e exported) (int64, error) {
	n, err := im.byPlace(parent, name)
	if err == nil && n.folder == e.Folder {
		return n.number, im.rename(n, e.ID)
	}
	if err == nil {
		err = im.bury(n)
	}
	if err != nil && !errors.Is(err, errNoNode) {
		return 0, err
	}
	if known, err := im.byID(e.ID); err == nil {
		return known.number, nil // it lies elsewhere here
	}
	n, err = im.insert(parent, info{name: name, folder: e.Folder, size: e.Size, mtime: e.Time}, storedKey{}, e.ID, alive)
	return n.number, err
}

// rename gives a node another id; the one it had becomes an alias.
func (im *importer) rename(n node, id ID) error {
	if n.id == id {
		return nil
	}
	if _, err := im.byID(id); !errors.Is(err, errNoNode) {
		return err // the id is in use here: it stays where it is
	}
	im.stale[n.parent] = true
	bits, _ := id.bits()
	old, _ := n.id.bits()
	if _, err := im.exec(`UPDATE node SET id=? WHERE number=?`, bits, n.number); err != nil {
		return err
	}
	_, err := im.exec(`INSERT INTO alias (id, number) VALUES (?,?)`, old, n.number)
	return err
}

func (im *importer) takeAlias(alias, of ID) error {
	if _, err := im.byID(alias); !errors.Is(err, errNoNode) {
		return err
	}
	n, err := im.byID(of)
	if errors.Is(err, errNoNode) {
		return errExport
	}
	if err != nil {
		return err
	}
	bits, _ := alias.bits()
	_, err = im.exec(`INSERT INTO alias (id, number) VALUES (?,?)`, bits, n.number)
	return err
}
