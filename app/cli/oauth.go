package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"folderfront/app/control"
	"folderfront/app/state"
)

func newOAuth(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "oauth",
		Short: "Connect Workfront by OAuth2, so that each person acts as themselves",
	}
	cmd.AddCommand(newOAuthNew(e), newOAuthClients(e), newOAuthRemove(e), newOAuthGrants(e), newOAuthRevoke(e))
	return group(cmd)
}

func newOAuthNew(e *environment) *cobra.Command {
	var command state.NewClient
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "new --redirect-uri URL",
		Short: "Make the four values to paste into Workfront",
		Long: `Make the four values to paste into Workfront's custom integration, for the
authentication type OAuth2. The Client Secret is shown this once.

Workfront shows its redirect URI where you set up the integration; answers are
sent to exactly that address.`,
		Example: `  folderfront oauth new --redirect-uri https://example.my.workfront.com/oauth2/return`,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if command.RedirectURI == "" {
				return usagef("\"folderfront oauth new\" needs --redirect-uri URL: the address that Workfront shows.")
			}
			return e.withCore(cmd.Context(), func(core control.Core) error {
				var made state.NewClientAnswer
				if err := control.Do(cmd.Context(), core, command, &made); err != nil {
					return err
				}
				if asJSON {
					return e.printJSON(made)
				}
				table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
				fmt.Fprintf(table, "Authentication URL\t%s\nToken Endpoint URL\t%s\nClient ID\t%s\nClient Secret\t%s\n",
					made.AuthenticationURL, made.TokenEndpointURL, made.ClientID, made.ClientSecret)
				return table.Flush()
			})
		},
	}
	cmd.Flags().StringVar(&command.RedirectURI, "redirect-uri", "", "the address that Workfront shows")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newOAuthClients(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "clients",
		Short: "List what was made by \"oauth new\", without the secrets",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withState(cmd.Context(), func(s state.State) error {
				if asJSON {
					return e.printJSON(s.Access.Clients)
				}
				table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "CLIENT ID\tMADE\tREDIRECT URI")
				for _, c := range s.Access.Clients {
					fmt.Fprintf(table, "%s\t%s\t%s\n", c.ID, day(c.Created), c.RedirectURI)
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newOAuthRemove(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "remove CLIENT-ID",
		Short: "End a client with all its grants",
		Args:  exactly(1, "a Client ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.RemoveClient{ID: args[0]})
		},
	}
}

func newOAuthGrants(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "grants",
		Short: "List for whom Workfront may act",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withState(cmd.Context(), func(s state.State) error {
				if asJSON {
					return e.printJSON(s.Access.Grants)
				}
				table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tPERSON\tGIVEN\tLAST USED")
				for _, g := range s.Access.Grants {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", g.ID, g.Person, day(g.Created), day(g.LastUsed))
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newOAuthRevoke(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "End a grant at once",
		Args:  exactly(1, "a grant's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.RevokeGrant{ID: args[0]})
		},
	}
}
