package heif

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

func boxed(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

// file is a HEIF file with a thumbnail for its primary item; wide takes the longer forms of
// ids, and data lie in the meta box instead of behind it.
func file(wide bool, iref []byte) []byte {
	infe := func(id byte, kind string) []byte {
		if wide {
			return boxed("infe", []byte{3, 0, 0, 0, 0, 0, 0, id, 0, 0}, []byte(kind), []byte{0})
		}
		return boxed("infe", []byte{2, 0, 0, 0, 0, id, 0, 0}, []byte(kind), []byte{0})
	}
	ipco := boxed("ipco", boxed("hvcC", []byte("config")), boxed("irot", []byte{3}), boxed("colr", []byte("profPROFILE")))
	data := []byte("the thumbnail")
	if wide {
		return append(boxed("ftyp", []byte("heic")), boxed("meta", []byte{0, 0, 0, 0},
			boxed("pitm", []byte{1, 0, 0, 0, 0, 0, 0, 1}),
			boxed("iinf", []byte{1, 0, 0, 0, 0, 0, 0, 2}, infe(1, "hvc1"), infe(2, "hvc1")),
			boxed("iref", []byte{1, 0, 0, 0}, boxed("thmb", []byte{0, 0, 0, 2, 0, 1, 0, 0, 0, 1})),
			boxed("iprp", ipco, boxed("ipma", []byte{1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 2, 0x80, 2, 0, 3, 0, 0, 0, 2, 1, 0x80, 1})),
			boxed("idat", []byte("xx"), data),
			boxed("iloc", []byte{2, 0, 0, 0, 0x44, 0x00, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, byte(len(data))}))...)
	}
	build := func(at uint32) []byte {
		extent := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, at), uint32(len(data)))
		return append(boxed("ftyp", []byte("heic")), boxed("meta", []byte{0, 0, 0, 0},
			boxed("pitm", []byte{0, 0, 0, 0, 0, 1}),
			boxed("iinf", []byte{0, 0, 0, 0, 0, 2}, infe(1, "hvc1"), infe(2, "hvc1")), iref,
			boxed("iprp", ipco, boxed("ipma", []byte{0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 2, 0x82, 3, 0, 2, 1, 0x81})),
			boxed("iloc", []byte{0, 0, 0, 0, 0x44, 0, 0, 1, 0, 2, 0, 0, 0, 1}, extent))...)
	}
	return append(build(uint32(len(build(0)))), data...)
}

func reference1() []byte {
	return boxed("iref", []byte{0, 0, 0, 0}, boxed("cdsc", []byte{0, 5, 0, 1, 0, 1}), boxed("thmb", []byte{0, 2, 0, 1, 0, 1}))
}

func thumbnail(data []byte) (*Item, error) { return Thumbnail(bytes.NewReader(data), int64(len(data))) }

func TestThumbnail(t *testing.T) {
	for _, wide := range []bool{false, true} {
		item, err := thumbnail(file(wide, reference1()))
		if err != nil {
			t.Errorf("wide %v: %v", wide, err)
			continue
		}
		if item.Type != "hvc1" || string(item.Data) != "the thumbnail" || string(item.Config) != "config" || string(item.Profile) != "PROFILE" || item.Orientation != 6 {
			t.Errorf("wide %v: %+v", wide, item)
		}
	}
}

func TestNone(t *testing.T) {
	good := file(false, reference1())
	for name, data := range map[string][]byte{
		"empty":                   nil,
		"no reference":            file(false, nil),
		"a reference to another":  file(false, boxed("iref", []byte{0, 0, 0, 0}, boxed("thmb", []byte{0, 2, 0, 1, 0, 9}))),
		"a thumbnail unknown":     file(false, boxed("iref", []byte{0, 0, 0, 0}, boxed("thmb", []byte{0, 7, 0, 1, 0, 1}))),
		"a box larger than all":   append(boxed("ftyp", nil), 0xff, 0xff, 0xff, 0xff, 'm', 'e', 't', 'a'),
		"a box of no size":        append(boxed("ftyp", nil), 0, 0, 0, 4, 'm', 'e', 't', 'a'),
		"the data are cut off":    good[:len(good)-5],
		"the meta box is cut off": good[:60],
	} {
		if _, err := thumbnail(data); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v, want ErrNone", name, err)
		}
	}
}

func FuzzThumbnail(f *testing.F) {
	f.Add(file(false, reference1()))
	f.Add(file(true, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		item, err := thumbnail(data)
		if err == nil && (len(item.Data) == 0 || item.Orientation < 0 || item.Orientation > 8) {
			t.Errorf("%+v", item)
		}
	})
}
