package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"folderfront/server/conformance"
)

func newCheck(e *environment) *cobra.Command {
	var (
		keyEnvironment, bearerEnvironment, username string
		write, asJSON                               bool
		grant                                       grantFlags
	)
	cmd := &cobra.Command{
		Use:   "check URL",
		Short: "Examine a provider of the Document Webhooks API",
		Long: `Examine any provider of Workfront's Document Webhooks API: the steps of the
specification's ten tests that need no person, and every rule of the API. URL is
the Base API URL as it would be pasted into Workfront.

Each case gets a tick, or the reason why there is none, and the time it took.
Nothing is changed unless --write is given; then cases work in a folder that they
make and delete. Test 10, the refreshing of a token, wants an OAuth2 grant: give
--token-url, --client-id, --client-secret-env and --refresh-token-env; it uses the
refresh token up. The exit status is 0 when every required case holds.`,
		Example: `  folderfront check http://127.0.0.1:8437/api/v1 --api-key-env FOLDERFRONT_API_KEY
  folderfront check https://files.example.com/api/v1 --bearer-env TOKEN --write --json`,
		Args: exactly(1, "a Base API URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if u, err := url.Parse(args[0]); err != nil || u.Host == "" {
				return usagef("%q is no Base API URL, such as https://files.example.com/api/v1.", args[0])
			}
			if keyEnvironment != "" && bearerEnvironment != "" {
				return usagef("Workfront sends an API key or an access token, not both: give --api-key-env or --bearer-env.")
			}
			credential := conformance.Credential{Username: username}
			if err := fromEnvironment(&credential.APIKey, "--api-key-env", keyEnvironment); err != nil {
				return err
			}
			if err := fromEnvironment(&credential.Bearer, "--bearer-env", bearerEnvironment); err != nil {
				return err
			}
			oauth, err := grant.read()
			if err != nil {
				return err
			}
			return e.check(cmd.Context(), asJSON, conformance.Options{
				BaseURL:    args[0],
				Credential: credential,
				OAuth:      oauth,
				Write:      write,
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&keyEnvironment, "api-key-env", "", "`NAME` of the environment variable with the API key")
	flags.StringVar(&bearerEnvironment, "bearer-env", "", "`NAME` of the environment variable with an access token")
	flags.StringVar(&username, "username", "folderfront-check@example.com", "Workfront username to send with the API key")
	flags.StringVar(&grant.url, "token-url", "", "for Test 10: the Token Endpoint `URL`")
	flags.StringVar(&grant.client, "client-id", "", "for Test 10: the client's `ID`")
	flags.StringVar(&grant.secretEnvironment, "client-secret-env", "", "for Test 10: `NAME` of the environment variable with the client's secret")
	flags.StringVar(&grant.refreshEnvironment, "refresh-token-env", "", "for Test 10: `NAME` of the environment variable with a refresh token")
	flags.BoolVar(&write, "write", false, "let cases write into a folder of their own")
	flags.BoolVar(&asJSON, "json", false, "print results as JSON, one object a line")
	return cmd
}

// fromEnvironment reads a credential; on a command line others could see it.
func fromEnvironment(field *string, flag, name string) error {
	if name == "" {
		return nil
	}
	if *field = os.Getenv(name); *field == "" {
		return usagef("%s names the variable %s, which is empty. Put the credential there.", flag, name)
	}
	return nil
}

// grantFlags are an OAuth2 grant as the command line has it.
type grantFlags struct{ url, client, secretEnvironment, refreshEnvironment string }

// read returns the grant, or nil when none was given.
func (g grantFlags) read() (*conformance.OAuth, error) {
	if g == (grantFlags{}) {
		return nil, nil
	}
	if g.url == "" || g.client == "" || g.secretEnvironment == "" || g.refreshEnvironment == "" {
		return nil, usagef("A grant is --token-url, --client-id, --client-secret-env and --refresh-token-env together.")
	}
	grant := &conformance.OAuth{TokenURL: g.url, ClientID: g.client}
	if err := fromEnvironment(&grant.ClientSecret, "--client-secret-env", g.secretEnvironment); err != nil {
		return nil, err
	}
	return grant, fromEnvironment(&grant.RefreshToken, "--refresh-token-env", g.refreshEnvironment)
}

// check runs the cases and prints each result as it comes.
func (e *environment) check(ctx context.Context, asJSON bool, options conformance.Options) error {
	count := map[string]int{}
	broken := 0
	err := conformance.Run(ctx, options, func(r conformance.Result) {
		event := describe(r)
		count[event.Result]++
		if event.Result == "failed" && r.Level == conformance.Required {
			broken++
		}
		e.printResult(event, asJSON)
	})
	if err != nil {
		return err
	}
	if !asJSON {
		fmt.Fprintf(e.out, "\n%d held, %d failed, %d left out\n", count["held"], count["failed"], count["left out"])
	}
	if broken > 0 {
		return fmt.Errorf("The provider breaks %d of the rules that Workfront's specification makes.", broken)
	}
	return nil
}

// resultEvent is a result as scripts read it.
type resultEvent struct {
	Group  string `json:"group"`
	Case   string `json:"case"`
	Level  string `json:"level"`
	Result string `json:"result"` // held, failed, left out
	Reason string `json:"reason,omitempty"`
	Took   int64  `json:"tookMs"` // milliseconds
}

func describe(r conformance.Result) resultEvent {
	event := resultEvent{r.Group, r.Name, string(r.Level), "held", "", r.Took.Milliseconds()}
	switch {
	case r.LeftOut != "":
		event.Result, event.Reason = "left out", r.LeftOut
	case !r.Passed():
		event.Result, event.Reason = "failed", r.Reason
	}
	return event
}

func (e *environment) printResult(event resultEvent, asJSON bool) {
	if asJSON {
		json.NewEncoder(e.out).Encode(event)
		return
	}
	mark := map[string]string{"held": "✓", "failed": "✗", "left out": "–"}[event.Result]
	took := ""
	if event.Result != "left out" {
		took = fmt.Sprintf("  (%d ms)", event.Took)
	}
	fmt.Fprintf(e.out, "%s %s: %s%s\n", mark, event.Group, event.Case, took)
	if event.Reason != "" {
		fmt.Fprintf(e.out, "    %s\n", event.Reason)
	}
}
