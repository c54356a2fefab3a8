package cli

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"folderfront/app/control"
	"folderfront/app/state"
)

func newTry(e *environment) *cobra.Command {
	var open, asJSON bool
	cmd := &cobra.Command{
		Use:   "try",
		Short: "Play Workfront's document picker against the running Folderfront",
		Long: `Print the address of a page on this computer that plays Workfront's document
picker against Folderfront's own public address: browse, search, link, open,
download, send, run custom actions, each with the time it took, the request and
the answer.

The address works once, within ten minutes, and on this computer alone: the page
acts with your API key, which it never shows. From elsewhere, reach the same port
by ssh: ssh -L PORT:127.0.0.1:PORT HOST`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := control.Dial(cmd.Context(), e.profile)
			if err != nil {
				return err
			}
			defer client.Close()
			var page state.TryPage
			if err := client.Do(cmd.Context(), state.OpenTry{}, &page); err != nil {
				return err
			}
			if asJSON {
				err = e.printJSON(page)
			} else {
				_, err = fmt.Fprintln(e.out, page.URL)
			}
			if err == nil && open {
				err = browse(page.URL)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&open, "open", false, "open it in the browser, too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// browse opens an address in the person's browser.
func browse(address string) error {
	program, before := "xdg-open", []string{}
	switch runtime.GOOS {
	case "darwin":
		program = "open"
	case "windows":
		program, before = "rundll32", []string{"url.dll,FileProtocolHandler"}
	}
	if err := exec.Command(program, append(before, address)...).Run(); err != nil {
		return errors.New("No browser could be opened here. Open the address above yourself, on this computer.")
	}
	return nil
}
