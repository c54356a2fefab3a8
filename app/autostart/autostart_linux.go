package autostart

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const fileName = "folderfront.desktop"

func set(on bool, command []string) error {
	config, err := os.UserConfigDir()
	if err != nil {
		return ErrUnavailable
	}
	path := filepath.Join(config, "autostart", fileName)
	if !on {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	entry := []byte(desktopEntry(command))
	if now, err := os.ReadFile(path); err == nil && bytes.Equal(now, entry) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, entry, 0o600)
}

// desktopEntry is the file of the Desktop Entry Specification.
func desktopEntry(command []string) string {
	quoted := make([]string, len(command))
	for i, argument := range command {
		quoted[i] = quote(argument)
	}
	return "[Desktop Entry]\nType=Application\nName=Folderfront\nIcon=folderfront\nTerminal=false\n" +
		"X-GNOME-Autostart-enabled=true\nExec=" + strings.Join(quoted, " ") + "\n"
}

// quote quotes an argument of Exec: in double quotes, where backslash, quote,
// backtick and dollar are escaped; that again within a string value; and % stands
// doubled (Desktop Entry Specification, "The Exec key").
func quote(argument string) string {
	inner := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`, "%", "%%").Replace(argument)
	value := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(inner)
	return `"` + value + `"`
}
