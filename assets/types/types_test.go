package types

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		folder bool
		want   Kind
	}{
		{"a.jpg", false, "image"},
		{"A.JPG", false, "image"},
		{"poster.final.PSD", false, "layers"},
		{"Brief.docx", false, "document"},
		{"clip.mov", false, "video"},
		{"archive.tar.gz", false, "archive"},
		{"noextension", false, File},
		{"", false, File},
		{"dot.", false, File},
		{"x.unknown", false, File},
		{"holiday.jpg", true, Folder},
		{"../../etc.pdf", false, "pdf"},
	} {
		if got := For(c.name, c.folder); got != c.want {
			t.Errorf("For(%q, %v) = %q, want %q", c.name, c.folder, got, c.want)
		}
	}
}

func TestEveryKindHasADrawingOfItsOwn(t *testing.T) {
	seen := map[string]Kind{}
	all := []Kind{File, Folder}
	for kind := range extensions {
		all = append(all, kind)
	}
	for _, kind := range all {
		svg := string(SVG(kind))
		if other, twice := seen[svg]; twice {
			t.Errorf("%s and %s have the same drawing", kind, other)
		}
		seen[svg] = kind
	}
	files, err := drawings.ReadDir(".")
	if err != nil || len(files) != len(all) {
		t.Errorf("%d drawings for %d kinds (%v)", len(files), len(all), err)
	}
	if !bytes.Equal(SVG("nothing like it"), SVG(File)) {
		t.Error("an unknown kind doesn't get the drawing of an unknown file")
	}
}

func TestNoExtensionHasTwoKinds(t *testing.T) {
	seen := map[string]Kind{}
	for kind, list := range extensions {
		for ext := range strings.FieldsSeq(list) {
			if seen[ext] != "" {
				t.Errorf("%s is both %s and %s", ext, seen[ext], kind)
			}
			seen[ext] = kind
		}
	}
}

func TestDrawingsAreSimple(t *testing.T) {
	allowed := []string{"svg", "path", "rect", "circle"}
	for kind := range extensions {
		dec := xml.NewDecoder(bytes.NewReader(SVG(kind)))
		for {
			token, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			start, ok := token.(xml.StartElement)
			if ok && !slices.Contains(allowed, start.Name.Local) {
				t.Errorf("%s uses <%s>", kind, start.Name.Local)
			}
		}
	}
}
