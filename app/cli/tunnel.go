package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"folderfront/app/control"
	"folderfront/app/state"
)

func newTunnel(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tunnel",
		Short: "Choose and check the way in from the internet",
		Long: `The tunnel gives this computer the public address that Workfront asks at: by
ngrok, through a host of your own (ssh), by a proxy of your own (external), or
not at all (none).`,
	}
	cmd.AddCommand(newTunnelUse(e), newTunnelToken(e), newTunnelPassphrase(e), newTunnelTest(e),
		tunnelDo(e, "reconnect", "Connect anew at once", state.Reconnect{}),
		tunnelDo(e, "acknowledge", "Say that Workfront knows the changed address", state.AcknowledgeAddress{}))
	return group(cmd)
}

func newTunnelUse(e *environment) *cobra.Command {
	var choice state.SetTunnel
	var ssh state.SSH
	cmd := &cobra.Command{
		Use:   "use none|ngrok|ssh|external",
		Short: "Choose the way in",
		Example: "  folderfront tunnel use external --public-url https://files.example.com\n" +
			"  folderfront tunnel use ssh --ssh-host me@example.com --ssh-remote 127.0.0.1:8080 --public-url https://files.example.com",
		Args: exactly(1, "none, ngrok, ssh or external"),
		RunE: func(cmd *cobra.Command, args []string) error {
			choice.Provider = args[0]
			if ssh != (state.SSH{}) {
				choice.SSH = &ssh
			}
			return e.do(cmd, choice)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&choice.PublicURL, "public-url", "", "the public `URL`; for ngrok the domain to ask for")
	flags.StringVar(&ssh.Host, "ssh-host", "", "ssh: the host, as `USER@HOST:PORT`")
	flags.StringVar(&ssh.Key, "ssh-key", "", "ssh: `FILE` of the private key; without one the agent is asked")
	flags.StringVar(&ssh.KnownHosts, "ssh-known-hosts", "", "ssh: `FILE` with the host's key")
	flags.StringVar(&ssh.Remote, "ssh-remote", "", "ssh: the host listens on `BIND:PORT`")
	return cmd
}

func newTunnelToken(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "token",
		Short: "Keep ngrok's token, read from standard input; an empty line forgets it",
		Args:  exactly(0, "no arguments: the token is read from standard input"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			token, err := readSecret("ngrok's token")
			if err != nil {
				return err
			}
			return e.do(cmd, state.SetToken{Token: token})
		},
	}
}

func newTunnelPassphrase(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "passphrase",
		Short: "Keep the passphrase of the ssh key, read from standard input; an empty line forgets it",
		Args:  exactly(0, "no arguments: the passphrase is read from standard input"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			passphrase, err := readSecret("the passphrase")
			if err != nil {
				return err
			}
			return e.do(cmd, state.SetPassphrase{Passphrase: passphrase})
		},
	}
}

// readSecret reads one line from standard input, so that it appears neither in
// the list of processes nor in the shell's history.
func readSecret(what string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(os.Stdin, 64<<10)).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", usagef("Give %s on standard input.", what)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func newTunnelTest(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Fetch this program's own description through the public address",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer state.TestAnswer
			err := e.withCore(cmd.Context(), func(core control.Core) error {
				return control.Do(cmd.Context(), core, state.TestConnection{}, &answer)
			})
			if err != nil {
				return err
			}
			if asJSON {
				return e.printJSON(answer)
			}
			return e.printTest(answer)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (e *environment) printTest(answer state.TestAnswer) error {
	for _, s := range answer.Steps {
		mark := map[bool]string{true: "yes", false: "no "}[s.OK]
		fmt.Fprintln(e.out, strings.TrimSpace(mark+"  "+s.Name+"  "+s.Detail))
	}
	if !answer.OK {
		return errors.New("Workfront can't reach this computer's files by the public address now.")
	}
	return nil
}

// tunnelDo makes a command that only carries out another.
func tunnelDo(e *environment, name, short string, command any) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return e.do(cmd, command) },
	}
}
