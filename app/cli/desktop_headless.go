//go:build headless

package cli

import "github.com/spf13/cobra"

func addDesktopCommands(*cobra.Command, *environment) {}

// runDesktop has nothing to open in the build without a window.
func runDesktop(_ *cobra.Command, _ *environment, words []string) error {
	if len(words) > 0 {
		return usagef("There is no command %q. See \"folderfront --help\".", words[0])
	}
	return usagef("This Folderfront was built without a window. Share folders with: folderfront serve --share NAME=PATH")
}
