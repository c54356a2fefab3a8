package cli

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"folderfront/app/control"
	"folderfront/app/state"
)

func newHistory(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history",
		Short: "See and put back what was overwritten or deleted",
		Long: `See and put back what was overwritten or deleted.

Whatever is overwritten or deleted through Folderfront is kept in a hidden
folder of its shared folder, for as long as the settings say.`,
	}
	cmd.AddCommand(newHistoryList(e), newHistoryRestore(e), newHistoryEmpty(e))
	return group(cmd)
}

func newHistoryList(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [FOLDER]",
		Short: "List old versions and deleted files, the newest first",
		Args:  atMostOne("the name of a shared folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			items := []state.HistoryItem{}
			err := e.withCore(cmd.Context(), func(core control.Core) error {
				return control.Do(cmd.Context(), core, state.History{Folder: first(args)}, &items)
			})
			if err != nil {
				return err
			}
			if asJSON {
				return e.printJSON(items)
			}
			return e.printHistory(items)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func (e *environment) printHistory(items []state.HistoryItem) error {
	table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ITEM\tKIND\tTIME\tSIZE\tBY\tPATH")
	for _, i := range items {
		at := time.Unix(i.Time, 0).Format(time.DateTime)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", i.Item, i.Kind, at, humanize.Bytes(uint64(i.Size)), i.By, i.Folder+"/"+i.Path)
	}
	return table.Flush()
}

func newHistoryRestore(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "restore ITEM",
		Short: "Put an old version or a deleted file back",
		Long: `Put an old version or a deleted file back, under the id it had.

What the file holds by then is kept as a version first.`,
		Args: exactly(1, "an item of \"folderfront history list\""),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.PutBack{Item: args[0]})
		},
	}
}

func newHistoryEmpty(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "empty-trash [FOLDER]",
		Short: "Hand what was deleted to the system's own trash, or remove it where there is none",
		Args:  atMostOne("the name of a shared folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.EmptyTrash{Folder: first(args)})
		},
	}
}

// atMostOne wants no argument or one.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("%q takes nothing or %s. See \"%s --help\".", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}

// first is the first argument, or "" when there is none.
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
