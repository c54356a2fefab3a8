package upload

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"folderfront/server/catalogue"
)

// The exported index is a line of JSON for the head and for each thing below it.
const (
	indexFormat  = "folderfront history"
	indexVersion = 1
)

type indexHead struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// indexLine is an item, or else which file a document of Workfront is.
type indexLine struct {
	Item     *indexItem     `json:"item,omitempty"`
	Document *indexDocument `json:"document,omitempty"`
}

type indexItem struct {
	ID     ItemID       `json:"id"`
	Kind   Kind         `json:"kind"`
	Share  catalogue.ID `json:"share"`
	File   catalogue.ID `json:"file"`
	Parent catalogue.ID `json:"parent"`
	Path   []byte       `json:"path"` // beneath the shared folder, in base64: it may be no text
	Folder bool         `json:"folder,omitempty"`
	Size   int64        `json:"size"`
	Time   int64        `json:"time"` // Unix nanoseconds
	By     string       `json:"by,omitempty"`
}

type indexDocument struct {
	Document string       `json:"document"`
	Version  string       `json:"version"`
	File     catalogue.ID `json:"file"`
	Time     int64        `json:"time"` // Unix nanoseconds
}

// Index is what Export wrote, read and found to be sound.
type Index struct {
	items     []item
	documents []indexDocument
}

// Export writes which versions and deleted files are kept, and which files Workfront's documents
// are, for Import on another computer. Their contents lie in the shared folders.
func (u *Uploads) Export(ctx context.Context, w io.Writer) error {
	items, err := u.items(ctx, `stage = ? ORDER BY time, id`, kept)
	if err != nil {
		return journalFailure(err)
	}
	documents, err := query(ctx, u, scanDocument, `SELECT document, version, file, time FROM upload_document ORDER BY time`)
	if err != nil {
		return journalFailure(err)
	}
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	failed := enc.Encode(indexHead{indexFormat, indexVersion})
	for _, i := range items {
		failed = errors.Join(failed, enc.Encode(indexLine{Item: &indexItem{
			i.ID, i.Kind, i.share, i.File, i.Parent, []byte(i.Path), i.Folder, i.Size, i.Time.UnixNano(), i.By,
		}}))
	}
	for _, d := range documents {
		failed = errors.Join(failed, enc.Encode(indexLine{Document: &d}))
	}
	return errors.Join(failed, out.Flush())
}

func scanDocument(s interface{ Scan(...any) error }) (d indexDocument, err error) {
	return d, s.Scan(&d.Document, &d.Version, &d.File, &d.Time)
}

// ReadIndex reads what Export wrote; ErrInvalid, with a sentence, when it is anything else.
func ReadIndex(r io.Reader) (Index, error) {
	var x Index
	var head indexHead
	dec := json.NewDecoder(bufio.NewReader(r))
	if err := dec.Decode(&head); err != nil || head.Format != indexFormat || head.Version != indexVersion {
		return x, fail(catalogue.ErrInvalid, "This is not a file that Folderfront's export wrote, or a newer version wrote it. Nothing was taken over.", err)
	}
	for line := 2; ; line++ {
		var l indexLine
		err := dec.Decode(&l)
		if errors.Is(err, io.EOF) {
			return x, nil
		}
		if err == nil {
			err = x.add(l)
		}
		if err != nil {
			return x, fail(catalogue.ErrInvalid, fmt.Sprintf("The list of old versions in the exported file is damaged at line %d. Nothing was taken over; export it again.", line), err)
		}
	}
}

var errIndex = errors.New("not what an export says")

func (x *Index) add(l indexLine) error {
	switch {
	case l.Item != nil && l.Document == nil && l.Item.sound():
		x.items = append(x.items, l.Item.row())
	case l.Document != nil && l.Item == nil && isID(l.Document.File) && l.Document.Document+l.Document.Version != "":
		x.documents = append(x.documents, *l.Document)
	default:
		return errIndex
	}
	return nil
}

// sound proves that the item's paths stay in the hidden folder and in the shared one: by them
// content is moved and removed later.
func (i *indexItem) sound() bool {
	path := string(i.Path)
	ids := isID(catalogue.ID(i.ID)) && isID(i.Share) && isID(i.File) && isID(i.Parent)
	return ids && (i.Kind == Version && !i.Folder || i.Kind == Trash) && i.Size >= 0 && path != "." &&
		fs.ValidPath(strings.ToValidUTF8(path, "?")) && !strings.ContainsRune(path, 0)
}

func isID(id catalogue.ID) bool {
	parsed, err := catalogue.ParseID(string(id))
	return err == nil && parsed != catalogue.Root
}

func (i *indexItem) row() item {
	path := string(i.Path)
	return item{stage: kept, share: i.Share, Item: Item{
		ID: i.ID, Kind: i.Kind, File: i.File, Parent: i.Parent, Name: path[strings.LastIndexByte(path, '/')+1:], Path: path,
		Folder: i.Folder, Size: i.Size, Time: time.Unix(0, i.Time), By: i.By,
	}}
}

// Import takes over what another computer exported, after the catalogue's Import. What is known
// here already stays as it is; taking over the same twice changes nothing more.
func (u *Uploads) Import(ctx context.Context, x Index) error {
	known, err := u.items(ctx, `TRUE`)
	if err != nil {
		return journalFailure(err)
	}
	today, err := u.daysRun(ctx)
	if err != nil {
		return journalFailure(err)
	}
	renamed := u.followAliases(known)
	here := map[ItemID]bool{}
	for _, i := range known {
		here[i.ID] = true
	}
	return journalFailure(u.catalogue.Update(ctx, func(tx *sql.Tx) error {
		for _, i := range x.items {
			if here[i.ID] {
				continue
			}
			here[i.ID] = true
			i.day = today
			if err := i.insertOld(tx); err != nil {
				return err
			}
		}
		for _, d := range x.documents {
			_, err := tx.Exec(`INSERT INTO upload_document (document, version, file, time) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				d.Document, d.Version, d.File, d.Time)
			if err != nil {
				return err
			}
		}
		for _, i := range renamed {
			if _, err := tx.Exec(`UPDATE upload_item SET share = ?, file = ?, parent = ? WHERE id = ?`, i.share, i.File, i.Parent, i.ID); err != nil {
				return err
			}
		}
		return nil
	}))
}

// followAliases gives the items whose file or folders have another id since the catalogue's Import,
// with that.
func (u *Uploads) followAliases(items []item) []item {
	var renamed []item
	for _, was := range items {
		i := was
		i.share, i.File, i.Parent = u.catalogue.Canonical(i.share), u.catalogue.Canonical(i.File), u.catalogue.Canonical(i.Parent)
		if i != was {
			renamed = append(renamed, i)
		}
	}
	return renamed
}
