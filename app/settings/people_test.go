package settings

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestRightsOfAPerson(t *testing.T) {
	p := Person{Name: "jane", Read: []string{"Brand", "Legal"}, Write: []string{"Work", "brand"}}
	for folder, want := range map[string]string{"Brand": "write", "LEGAL": "read", "work": "write", "Other": "none"} {
		if got := p.Right(folder); got != want {
			t.Errorf("%s: %s, want %s", folder, got, want)
		}
	}
	p.Give("BRAND", "read")
	p.Give("Legal", "none")
	if p.Right("Brand") != "read" || p.Right("Legal") != "none" || !reflect.DeepEqual(p.Folders(), []string{"Work", "BRAND"}) {
		t.Errorf("after changes: %+v", p)
	}
	s := Settings{People: []Person{p}}
	s.RenameRights("work", "Jobs")
	s.DropRights("brand")
	if got := s.People[0]; got.Right("Work") != "none" || got.Right("Jobs") != "write" || got.Right("Brand") != "none" {
		t.Errorf("after a rename and a removal: %+v", got)
	}
}

func TestPeopleInTheFile(t *testing.T) {
	const file = "version = 1\n[[person]]\nname = \"Jane@example.com\"\nread = [\"Brand\", \"*\"]\n"
	s, err := Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if p := s.FindPerson(" jane@EXAMPLE.com"); p == nil || p.Right("Brand") != "read" || p.Right("*") != "read" {
		t.Errorf("read as %+v", s.People)
	}
	written, err := render(s, []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(written)
	if err != nil || again.FindPerson("jane@example.com").Right("Brand") != "read" {
		t.Errorf("written as %s: %v", written, err)
	}
	for name, wrong := range map[string]string{
		"no name":         "[[person]]\nname = \" \"\n",
		"twice":           "[[person]]\nname = \"JÜRGEN\"\n[[person]]\nname = \"ju\u0308rgen\"\n",
		"control":         "[[person]]\nname = \"a\\u0000b\"\n",
		"long":            "[[person]]\nname = \"" + strings.Repeat("x", 255) + "\"\n",
		"no folder":       "[[person]]\nname = \"jane\"\nwrite = [\"a/b\"]\n",
		"unknown setting": "[[person]]\nname = \"jane\"\npassword = \"secret\"\n",
	} {
		var at *FileError
		if _, err := Parse([]byte("version = 1\n" + wrong)); !errors.As(err, &at) || at.Line < 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
