package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"folderfront/app/control"
	"folderfront/app/state"
)

func newKey(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make, list and revoke API keys",
		Long:  "API keys let Workfront in. They are kept in the system's keyring.",
	}
	cmd.AddCommand(newKeyNew(e), newKeyList(e), newKeyRotate(e), newKeyRevoke(e))
	return group(cmd)
}

func newKeyNew(e *environment) *cobra.Command {
	var limit []string
	cmd := &cobra.Command{
		Use:   "new [NAME]",
		Short: "Make an API key and print it",
		Long: `Make an API key and print it, alone on a line, to paste into Workfront.

A key made with --limit can do nothing else: give such a one to the receiver of
a custom action that answers by tagging the file or writing its note.`,
		Example: `  folderfront key new
  folderfront key new receiver --limit tags,notes`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "Workfront"
			if len(args) == 1 {
				name = args[0]
			}
			return e.printKey(cmd, state.NewKey{Name: name, Limit: limit})
		},
	}
	cmd.Flags().StringSliceVar(&limit, "limit", nil, "only for `THINGS`: tags, notes")
	return cmd
}

func newKeyRotate(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "rotate ID",
		Short: "Make a successor of an API key and print it",
		Long:  "Make a successor of an API key and print it. The old key works for another 7 days.",
		Args:  exactly(1, "a key's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.printKey(cmd, state.RotateKey{ID: args[0]})
		},
	}
}

// printKey carries out a command that makes a key.
func (e *environment) printKey(cmd *cobra.Command, command any) error {
	return e.withCore(cmd.Context(), func(core control.Core) error {
		var made state.NewKeyAnswer
		if err := control.Do(cmd.Context(), core, command, &made); err != nil {
			return err
		}
		_, err := fmt.Fprintln(e.out, made.Secret)
		return err
	})
}

func newKeyList(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the API keys, without their secrets",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withCore(cmd.Context(), func(core control.Core) error {
				var keys []state.Key
				if err := control.Do(cmd.Context(), core, state.ListKeys{}, &keys); err != nil {
					return err
				}
				if asJSON {
					return e.printJSON(keys)
				}
				return e.printKeys(keys)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func (e *environment) printKeys(keys []state.Key) error {
	table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tMADE\tLAST USED\tENDS\tONLY FOR")
	for _, k := range keys {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, day(k.Created), day(k.LastUsed), day(k.Expires), strings.Join(k.Limit, ", "))
	}
	return table.Flush()
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

func newKeyRevoke(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "End an API key at once",
		Args:  exactly(1, "a key's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.withCore(cmd.Context(), func(core control.Core) error {
				return control.Do(cmd.Context(), core, state.RevokeKey{ID: args[0]}, nil)
			})
		},
	}
}
