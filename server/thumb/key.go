package thumb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"folderfront/server/catalogue"
	"folderfront/server/thumb/render"
)

// key names everything that a document's pictures depend on, but for their width.
type key struct {
	id   catalogue.ID
	hash string // of id, time, size and the renderer's version
}

func keyOf(e catalogue.Entry) key {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d\n%d", e.ID, e.Modified.UnixNano(), e.Size, render.Version))
	return key{e.ID, hex.EncodeToString(sum[:12])}
}

// file is the name of the picture in the cache. It begins with the document's id, so that the
// cache itself knows what has been asked about.
func (k key) file(width int) string { return fmt.Sprintf("%s.%d.%s.jpg", k.id, width, k.hash) }

func (k key) etag(width int) string     { return fmt.Sprintf(`"%s-%d"`, k.hash, width) }
func (k key) iconETag(width int) string { return fmt.Sprintf(`"%s-%d-icon"`, k.hash, width) }

// steps are the widths that are rendered and kept, in pixels.
var steps = []int{128, 256, 512, 1024, 2048}

// stepFor is the smallest step that is not narrower than width.
func stepFor(width int) int {
	for _, s := range steps {
		if s >= width {
			return s
		}
	}
	return steps[len(steps)-1]
}
