package catalogue

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// appendNaturalKey appends a key of a name whose byte order is the natural order of names: case
// and accents don't matter, and runs of digits compare by their value ("page 9" before "page 10").
// Names with equal keys need the names themselves to tell them apart.
func appendNaturalKey(dst []byte, name string) []byte {
	if !isASCII(name) {
		name = plain(Fold(name))
	}
	for i := 0; i < len(name); {
		if n := digits(name[i:]); n > 0 {
			dst = appendNumber(dst, strings.TrimLeft(name[i:i+n], "0"))
			i += n
			continue
		}
		b := name[i]
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst = append(dst, b)
		i++
	}
	return dst
}

// compareNaturally compares two names by the natural order.
func compareNaturally(a, b string) int {
	return cmp.Or(bytes.Compare(appendNaturalKey(nil, a), appendNaturalKey(nil, b)), strings.Compare(a, b))
}

// plain leaves the marks out that stand on letters.
func plain(folded string) string {
	if norm.NFD.IsNormalString(folded) && !strings.ContainsFunc(folded, isMark) {
		return folded
	}
	return strings.Map(func(r rune) rune {
		if isMark(r) {
			return -1
		}
		return r
	}, norm.NFD.String(folded))
}

func isMark(r rune) bool { return r > unicode.MaxASCII && unicode.Is(unicode.Mn, r) }

// appendNumber writes a number so that longer ones sort after shorter ones. The leading '0' keeps
// numbers where digits sort among other characters; names are at most 255 bytes, so one byte holds
// any length.
func appendNumber(dst []byte, number string) []byte {
	return append(append(dst, '0', byte(min(len(number), 255))), number...)
}

// digits counts the decimal digits at the start of s.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// member is one thing in a folder: what a listing tells of a node.
type member struct {
	number      int64
	id          ID
	name        string
	folder      bool
	size, mtime int64
}

func (n node) member() member { return member{n.number, n.id, n.name, n.folder, n.size, n.mtime} }

// sortKey is a member's place in the order of listings.
type sortKey struct {
	start  uint64 // the key's first bytes, behind those that all keys share: mostly they decide
	key    []byte
	number int32 // of the member, in the slice that is sorted
}

// sortChildren gives the children in the order of listings: folders first, then by name as a person
// would sort; names that a person would call equal keep a fixed order.
func sortChildren(children []member) []member {
	all, ends := make([]byte, 0, 40*len(children)), make([]int, len(children))
	for i, c := range children {
		all = c.appendKey(all)
		ends[i] = len(all)
	}
	keys, start := make([]sortKey, len(children)), 0
	for i, end := range ends {
		keys[i] = sortKey{key: all[start:end], number: int32(i)}
		start = end
	}
	shared := sharedPrefix(keys)
	for i, k := range keys {
		var first [8]byte
		copy(first[:], k.key[shared:])
		keys[i].start = binary.BigEndian.Uint64(first[:])
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		if a.start != b.start {
			return cmp.Compare(a.start, b.start)
		}
		return cmp.Or(bytes.Compare(a.key, b.key), children[a.number].compareSpelling(children[b.number]))
	})
	sorted := make([]member, len(children))
	for i, k := range keys {
		sorted[i] = children[k.number]
	}
	return sorted
}

// sharedPrefix is how many bytes all keys begin with.
func sharedPrefix(keys []sortKey) int {
	if len(keys) == 0 {
		return 0
	}
	first := keys[0].key
	shared := len(first)
	for _, k := range keys {
		for !bytes.HasPrefix(k.key, first[:shared]) {
			shared--
		}
	}
	return shared
}

// appendKey appends what the member sorts by, but for compareSpelling.
func (c member) appendKey(dst []byte) []byte {
	if c.folder {
		return appendNaturalKey(append(dst, 0), c.name)
	}
	return appendNaturalKey(append(dst, 1), c.name)
}

func (c member) compareSpelling(other member) int {
	return cmp.Or(strings.Compare(c.name, other.name), cmp.Compare(c.id, other.id))
}
