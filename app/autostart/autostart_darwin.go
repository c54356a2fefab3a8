package autostart

import (
	"encoding/xml"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const label = "io.folderfront.Folderfront"

func set(on bool, command []string) error {
	home, err := os.UserHomeDir()
	if err != nil {
		return ErrUnavailable
	}
	path := filepath.Join(home, "Library", "LaunchAgents", label+".plist")
	if !on {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(agent(command)), 0o600)
}

// agent is the property list of a launch agent that runs once at login.
func agent(command []string) string {
	var arguments strings.Builder
	for _, argument := range command {
		arguments.WriteString("<string>")
		// Writing to a Builder cannot fail.
		_ = xml.EscapeText(&arguments, []byte(argument))
		arguments.WriteString("</string>")
	}
	return xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>` + label + `</string>
<key>ProgramArguments</key><array>` + arguments.String() + `</array>
<key>RunAtLoad</key><true/>
</dict></plist>
`
}
