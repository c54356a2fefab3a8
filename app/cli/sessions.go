package cli

import (
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"folderfront/app/state"
)

func newSessions(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "See which browsers are signed in, let them in, sign them out",
	}
	cmd.AddCommand(newSessionsList(e), newSessionsRevoke(e), newSessionsWaiting(e),
		newSessionsDecide(e, "approve", "Let a waiting browser in", func(id string) any { return state.Approve{ID: id} }),
		newSessionsDecide(e, "deny", "Send a waiting browser away", func(id string) any { return state.Deny{ID: id} }))
	return group(cmd)
}

func newSessionsList(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the browsers that are signed in",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withState(cmd.Context(), func(s state.State) error {
				if asJSON {
					return e.printJSON(s.Access.Sessions)
				}
				table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tPERSON\tBY\tSINCE\tLAST USED\tADDRESS")
				for _, x := range s.Access.Sessions {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.Person, x.Way, day(x.Created), day(x.LastUsed), x.Address)
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newSessionsRevoke(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "Sign a browser out at once",
		Args:  exactly(1, "a session's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.RevokeSession{ID: args[0]})
		},
	}
}

func newSessionsWaiting(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "waiting",
		Short: "List the browsers that ask to be let in, with their numbers",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withState(cmd.Context(), func(s state.State) error {
				if asJSON {
					return e.printJSON(s.Access.Approvals)
				}
				table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "NUMBER\tPERSON\tKNOWN\tADDRESS\tBROWSER")
				for _, a := range s.Access.Approvals {
					fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", a.Number, a.Person, yesNo(a.Known), a.Address, a.Browser)
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// newSessionsDecide names a waiting browser by the number that it shows, which
// is what its person can tell.
func newSessionsDecide(e *environment, use, short string, command func(id string) any) *cobra.Command {
	return &cobra.Command{
		Use:   use + " NUMBER",
		Short: short,
		Args:  exactly(1, "the two-digit number that the browser shows"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var id string
			err := e.withState(cmd.Context(), func(s state.State) error {
				for _, a := range s.Access.Approvals {
					if strconv.Itoa(a.Number) == args[0] {
						id = a.ID
						return nil
					}
				}
				return fmt.Errorf("No browser with the number %s is waiting. Ask the person to try again.", args[0])
			})
			if err != nil {
				return err
			}
			return e.do(cmd, command(id))
		},
	}
}
