package cli

import (
	"fmt"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"folderfront/app/state"
)

func newFolders(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "folders",
		Short: "Add, list, pause and remove shared folders",
	}
	cmd.AddCommand(newFoldersAdd(e), newFoldersList(e), newFoldersRemove(e), newFoldersPause(e), newFoldersLinks(e), newFoldersEndLinks(e))
	return group(cmd)
}

func newFoldersAdd(e *environment) *cobra.Command {
	var command state.AddFolder
	cmd := &cobra.Command{
		Use:     "add PATH",
		Short:   "Share a folder",
		Example: `  folderfront folders add --name Brand --read-only /srv/brand`,
		Args:    exactly(1, "the path of a folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if command.Path, err = filepath.Abs(args[0]); err != nil {
				return usagef("%q is no usable path.", args[0])
			}
			return e.do(cmd, command)
		},
	}
	cmd.Flags().StringVar(&command.Name, "name", "", "name in Workfront (default: the folder's own)")
	cmd.Flags().BoolVar(&command.ReadOnly, "read-only", false, "let nobody change it")
	return cmd
}

func newFoldersRemove(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "End the sharing of a folder; its files stay as they are",
		Args:  exactly(1, "the name of a shared folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.RemoveFolder{Name: args[0]})
		},
	}
}

func newFoldersPause(e *environment) *cobra.Command {
	var resume bool
	cmd := &cobra.Command{
		Use:   "pause NAME",
		Short: "Stop sharing a folder for a while",
		Args:  exactly(1, "the name of a shared folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			paused := !resume
			return e.do(cmd, state.ChangeFolder{Name: args[0], Paused: &paused})
		},
	}
	cmd.Flags().BoolVar(&resume, "resume", false, "go on sharing it")
	return cmd
}

func newFoldersLinks(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "links NAME on|off",
		Short: "Let people make links into a folder that work without a sign-in, or not",
		Long: `Let people make links into a folder that work without a sign-in, or not.

Such a link shows one document for seven days. It is off for every folder until
you switch it on; switching it off ends the links that were made.`,
		Args: cobra.MatchAll(exactly(2, "the name of a shared folder and on or off"), func(cmd *cobra.Command, args []string) error {
			if args[1] != "on" && args[1] != "off" {
				return usagef("%q takes on or off, not %q.", cmd.CommandPath(), args[1])
			}
			return nil
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			on := args[1] == "on"
			return e.do(cmd, state.ChangeFolder{Name: args[0], Links: &on})
		},
	}
}

func newFoldersEndLinks(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "end-links",
		Short: "End every link that works without a sign-in, at once; new ones can be made",
		Args:  exactly(0, "no arguments"),
		RunE:  func(cmd *cobra.Command, _ []string) error { return e.do(cmd, state.RevokeLinks{}) },
	}
}

func newFoldersList(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the shared folders",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withState(cmd.Context(), func(s state.State) error {
				if asJSON {
					return e.printJSON(s.Folders)
				}
				table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "NAME\tSTATUS\tACCESS\tPATH")
				for _, f := range s.Folders {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.Name, f.Status, access(f), f.Path)
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func access(f state.Folder) string {
	if f.ReadOnly {
		return "read only"
	}
	return "read and write"
}
