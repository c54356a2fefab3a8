package autostart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSetAndUnset(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	path := filepath.Join(config, "autostart", fileName)
	command := []string{"/opt/Folder front/folderfront", "--hidden"}
	for range 2 { // what is set already may be set again
		if err := Set(true, command); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := `Exec="/opt/Folder front/folderfront" "--hidden"`; !strings.Contains(string(data), want+"\n") {
		t.Errorf("the entry is\n%s\nwant the line %s", data, want)
	}
	for range 2 {
		if err := Set(false, command); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("after unsetting: %v", err)
	}
}

func TestNoPlace(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "")
	if err := Set(true, []string{"x"}); err == nil || !strings.Contains(err.Error(), "login") {
		t.Errorf("without a home: %v", err)
	}
}

func TestQuote(t *testing.T) {
	for argument, want := range map[string]string{
		"--hidden":    `"--hidden"`,
		"a b":         `"a b"`,
		`a"b`:         `"a\\"b"`,
		"100%":        `"100%%"`,
		"$HOME`x`":    "\"\\\\$HOME\\\\`x\\\\`\"",
		`back\slash`:  `"back\\\\slash"`,
		"line\nbreak": `"line\nbreak"`,
		"日本 / Übung":  `"日本 / Übung"`,
	} {
		if got := quote(argument); got != want {
			t.Errorf("quote(%q) = %s, want %s", argument, got, want)
		}
	}
}
