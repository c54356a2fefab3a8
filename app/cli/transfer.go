package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"folderfront/app/state"
)

func newExport(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "export FILE",
		Short: "Write ids, history, people and settings to a file for another computer",
		Long: `Write the ids of all shared files, the list of old versions and deleted files, the
people, the custom actions and the settings to a new file. Copy it and the shared
folders, with the hidden folder .folderfront in each, to another computer, share
the folders there under the same names and import the file: links in Workfront
live on, and History puts back what it could here. No key, token or password is
in the file.`,
		Args: exactly(1, "the name of a new file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return usagef("%q is no usable path.", args[0])
			}
			return e.do(cmd, state.Export{Path: path})
		},
	}
}

func newImport(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Take over what export wrote on another computer",
		Args:  exactly(1, "a file that export wrote"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return usagef("%q is no usable path.", args[0])
			}
			return e.do(cmd, state.Import{Path: path})
		},
	}
}
