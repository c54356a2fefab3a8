package catalogue

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "report.docx", "Ünïcödé 漢字.txt", "a b", strings.Repeat("x", 255), "con-tract", "COM10", "e\u0301.txt", "\u202eexe.txt"} {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{
		"", ".", "..", "a/b", `a\b`, "a:b", "a\x00b", "a\nb", "a\u0085b", strings.Repeat("x", 256), "\xff", "CON", "con.txt", "nul .txt",
		"Com1", "lpt9.x", "COM¹", "a.", "a ", "x?", "<x>", ".hidden", ".folderfront", "~$x.docx", "Thumbs.db", "x.tmp", "file::$DATA",
	} {
		var e *Error
		if err := CheckName(name); !errors.Is(err, ErrInvalid) || !errors.As(err, &e) || e.Sentence == "" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestFold(t *testing.T) {
	for _, pair := range [][2]string{{"README", "readme"}, {"\u00e9", "e\u0301"}, {"ÉTÉ", "été"}, {"Straße", "STRASSE"}} {
		if Fold(pair[0]) != Fold(pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
	if Fold("\xff") == Fold("\xfe") || Fold("a") == Fold("b") {
		t.Error("different names fold to one")
	}
}

func TestIsBackup(t *testing.T) {
	for _, pair := range [][2]string{{"f.txt.bak", "f.txt"}, {"f.bak", "f.txt"}, {"F.TXT.BAK", "f.txt"}, {"Backup of f.wbk", "f.doc"}, {"f.txt~", "f.txt"}, {"f.orig", "f"}} {
		if !isBackup(pair[0], pair[1]) {
			t.Errorf("%q is a backup of %q", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"g.bak", "f.txt"}, {"f.txt", "f.txt"}, {"f2.txt", "f.txt"}, {".bak", "f"}} {
		if isBackup(pair[0], pair[1]) {
			t.Errorf("%q is no backup of %q", pair[0], pair[1])
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"", "a", "É", "e\u0301", "\xff\xfe", "COM1", strings.Repeat("ß", 127), "İ", "ﬁ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if again := Fold(Fold(name)); again != Fold(name) {
			t.Errorf("folding %q twice gives %q, once %q", name, again, Fold(name))
		}
		if !utf8.ValidString(Title(name)) {
			t.Errorf("the title of %q is no text", name)
		}
		if CheckName(name) == nil && (Hidden(name) || strings.ContainsAny(name, "/\\\x00")) {
			t.Errorf("%q passed", name)
		}
	})
}

func TestParseID(t *testing.T) {
	for _, s := range []string{"", "/"} {
		if id, err := ParseID(s); err != nil || id != Root {
			t.Errorf("%q: %v, %v", s, id, err)
		}
	}
	for range 100 {
		if id := newID(); id == Root {
			t.Fatal("a new id is Root")
		} else if again, err := ParseID(string(id)); err != nil || again != id {
			t.Errorf("%v: %v, %v", id, again, err)
		}
	}
	for _, s := range []string{"x", "//", strings.Repeat("a", 25), strings.Repeat("a", 27), strings.Repeat("A", 26), strings.Repeat("a", 25) + "b", "../../../../etc/passwd\x00\x00\x00\x00"} {
		if _, err := ParseID(s); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("/")
	f.Add(string(newID()))
	f.Add(strings.Repeat("7", 26))
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err == nil && id != Root && string(id) != s {
			t.Errorf("%q was taken as %q", s, id)
		}
	})
}
