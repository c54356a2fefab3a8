package settings

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/creachadair/tomledit"
	"github.com/creachadair/tomledit/parser"
	"github.com/pelletier/go-toml/v2"
)

// FileError is a settings file that can't be in force as it is.
type FileError struct {
	Line   int // from 1; 0 when it isn't about one line
	Reason string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("The settings file can't be used: %s. The last good settings stay in force.", e.Reason)
	}
	return fmt.Sprintf("The settings file can't be used: line %d: %s. The last good settings stay in force.", e.Line, e.Reason)
}

// Parse reads a settings file. Whatever it leaves out has its default; a key
// that doesn't exist is an error, for it is a misspelling. Errors are
// *FileError.
func Parse(text []byte) (Settings, error) {
	text, err := migrate(text)
	if err != nil {
		return Settings{}, err
	}
	s := Default()
	decoder := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return Settings{}, explain(err)
	}
	if err := s.Validate(); err != nil {
		return Settings{}, locate(text, err)
	}
	return s, nil
}

// migrations[v] turns the text of layout v into layout v+1.
var migrations = map[int]func([]byte) ([]byte, error){}

// migrate brings an older layout up to Version, step by step.
func migrate(text []byte) ([]byte, error) {
	var probe struct {
		Version int `toml:"version"`
	}
	if toml.Unmarshal(text, &probe) != nil || probe.Version == 0 {
		return text, nil // what is wrong with it is told by the strict reading
	}
	for v := probe.Version; v < Version; v++ {
		step, known := migrations[v]
		if !known {
			return nil, &FileError{Reason: fmt.Sprintf("its version %d is unknown to this Folderfront", v)}
		}
		var err error
		if text, err = step(text); err != nil {
			return nil, &FileError{Reason: err.Error()}
		}
	}
	return text, nil
}

func explain(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		first := strict.Errors[0]
		line, _ := first.Position()
		return &FileError{line, fmt.Sprintf("there is no setting %q", strings.Join(first.Key(), "."))}
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, _ := decode.Position()
		return &FileError{line, strings.TrimPrefix(decode.Error(), "toml: ")}
	}
	return &FileError{Reason: strings.TrimPrefix(err.Error(), "toml: ")}
}

// locate finds the line of an invalid setting.
func locate(text []byte, err error) error {
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		return &FileError{Reason: err.Error()}
	}
	reason := invalid.Key + " " + invalid.Reason
	doc, parseErr := tomledit.Parse(bytes.NewReader(text))
	if parseErr != nil {
		return &FileError{Reason: reason}
	}
	index := -1
	for _, section := range sections(doc) {
		if sectionName(section) != invalid.Table {
			continue
		}
		if index++; index == invalid.Index {
			return &FileError{lineOf(section, invalid.Key), reason}
		}
	}
	return &FileError{Reason: reason}
}

func lineOf(section *tomledit.Section, key string) int {
	for _, item := range section.Items {
		if kv, ok := item.(*parser.KeyValue); ok && kv.Name.String() == key {
			return kv.Line
		}
	}
	if section.Heading != nil {
		return section.Heading.Line
	}
	return 0
}

func sections(doc *tomledit.Document) []*tomledit.Section {
	if doc.Global == nil {
		return doc.Sections
	}
	return append([]*tomledit.Section{doc.Global}, doc.Sections...)
}

func sectionName(s *tomledit.Section) string {
	if s.Heading == nil {
		return ""
	}
	return s.Heading.Name.String()
}

// render writes s as a file, with the comments of before where a person (or an
// earlier writing) put them.
func render(s Settings, before []byte) ([]byte, error) {
	fresh, err := toml.Marshal(s)
	if err != nil {
		return nil, err
	}
	doc, err := tomledit.Parse(bytes.NewReader(fresh))
	if err != nil {
		return nil, err
	}
	if old, err := tomledit.Parse(bytes.NewReader(before)); err == nil {
		keepComments(doc, old)
	}
	var out bytes.Buffer
	err = tomledit.Format(&out, doc)
	return out.Bytes(), err
}

// keepComments carries the comments of old over to the same tables and keys of
// doc. Tables of an array are the same when their names are.
func keepComments(doc, old *tomledit.Document) {
	known := map[string]*tomledit.Section{}
	for _, section := range sections(old) {
		known[identity(section)] = section
	}
	for _, section := range sections(doc) {
		if before, ok := known[identity(section)]; ok {
			keepSectionComments(section, before)
		}
	}
}

func keepSectionComments(section, before *tomledit.Section) {
	if section.Heading != nil && len(before.Heading.Block) > 0 {
		section.Heading.Block = before.Heading.Block
	}
	if section.Heading != nil {
		section.Heading.Trailer = before.Heading.Trailer
	}
	values := map[string]*parser.KeyValue{}
	var loose []parser.Item
	for _, item := range before.Items {
		switch item := item.(type) {
		case *parser.KeyValue:
			values[item.Name.String()] = item
		case parser.Comments:
			loose = append(loose, item)
		}
	}
	for _, item := range section.Items {
		kv, ok := item.(*parser.KeyValue)
		if !ok {
			continue
		}
		if b, ok := values[kv.Name.String()]; ok {
			if len(b.Block) > 0 {
				kv.Block = b.Block
			}
			kv.Value.Trailer = b.Value.Trailer
		}
	}
	section.Items = append(section.Items, loose...)
}

// identity tells which table a section is: its heading and, in an array, its
// name key.
func identity(s *tomledit.Section) string {
	id := sectionName(s)
	if s.Heading == nil || !s.Heading.IsArray {
		return id
	}
	for _, item := range s.Items {
		if kv, ok := item.(*parser.KeyValue); ok && kv.Name.String() == "name" {
			return id + "\x00" + kv.Value.X.String()
		}
	}
	return id
}
