package cli

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"folderfront/app/control"
	"folderfront/app/state"
)

func newActivity(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "activity",
		Short: "See who read or changed what",
		Long: `See who read or changed what.

The last 100,000 things of the last 30 days are kept in the profile.`,
	}
	cmd.AddCommand(newActivityList(e), newActivityClear(e))
	return group(cmd)
}

func newActivityList(e *environment) *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use:   "list [WORDS]",
		Short: "List what was served or changed, the newest first",
		Long: `List what was served or changed, the newest first: with WORDS, only what
holds each of them in person, deed, document or folder.`,
		Args: atMostOne("the words to look for, in quotes when they are several"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var page state.ActivityPage
			err := e.withCore(cmd.Context(), func(core control.Core) error {
				return control.Do(cmd.Context(), core, state.Activities{Text: first(args), Limit: limit}, &page)
			})
			if err != nil {
				return err
			}
			if asJSON {
				return e.printJSON(page)
			}
			return e.printActivity(page.Rows)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many, at most 500")
	return cmd
}

func (e *environment) printActivity(rows []state.Activity) error {
	table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tPERSON\tDID\tDOCUMENT\tFOLDER\tSTATUS")
	for _, a := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\n", a.Time.Format(time.DateTime), a.Person, a.Verb, a.Title, a.Folder, a.Status)
	}
	return table.Flush()
}

func newActivityClear(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "clear",
		Short: "Forget what was served or changed; files, versions and links stay",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withCore(cmd.Context(), func(core control.Core) error {
				return control.Do(cmd.Context(), core, state.ClearActivity{}, nil)
			})
		},
	}
}
