package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"folderfront/app"
	"folderfront/app/control"
	"folderfront/app/state"
)

// whatGoes names what a reset removes, and what it never touches.
const whatGoes = `This removes everything that Folderfront keeps on this computer:
  the settings, with the list of shared folders, people and custom actions
  the API keys, tokens and passphrases in the keyring
  sign-ins, grants and links, the activity log
  the ids that Workfront's links lead to, the search index, thumbnails
  the start at login
Workfront's links stop working for good. Your files stay as they are, and so do
old versions and deleted files, in the hidden folder .folderfront of each shared
folder.
`

func newReset(e *environment) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Remove everything that Folderfront keeps on this computer, but no shared file",
		Long:  whatGoes,
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes {
				if err := e.confirmReset(); err != nil {
					return err
				}
			}
			return e.reset(cmd)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "don't ask")
	return cmd
}

// confirmReset wants the person's word.
func (e *environment) confirmReset() error {
	fmt.Fprint(e.out, whatGoes+"\nProfile: "+e.profile+"\nType reset to go on: ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return usagef("Nothing was removed: say that you mean it with --yes.")
	}
	if strings.TrimSpace(line) != "reset" {
		return errors.New("Nothing was removed.")
	}
	return nil
}

// reset ends the running core, if there is one, and forgets its profile.
func (e *environment) reset(cmd *cobra.Command) error {
	if client, err := control.Dial(cmd.Context(), e.profile); err == nil {
		err := client.Do(cmd.Context(), state.Quit{}, nil)
		client.Close()
		if err != nil {
			return err
		}
	}
	left, err := app.Forget(cmd.Context(), app.Options{Profile: e.profile, SecretsInFile: e.secrets == "file"})
	if err != nil {
		return err
	}
	for _, sentence := range left {
		fmt.Fprintln(e.out, sentence)
	}
	rest := "Folderfront keeps nothing here any more."
	if len(left) > 0 {
		rest = "Everything else that Folderfront kept here is gone."
	}
	fmt.Fprintln(e.out, rest+" Your files are untouched.")
	return nil
}
