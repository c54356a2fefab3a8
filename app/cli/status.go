package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"folderfront/app/control"
	"folderfront/app/state"
)

func newStatus(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say what Folderfront is doing, in the words of the tray",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withState(cmd.Context(), func(s state.State) error {
				if asJSON {
					return e.printJSON(s)
				}
				return e.printStatus(s)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the whole State as JSON")
	return cmd
}

func (e *environment) printStatus(s state.State) error {
	fmt.Fprintln(e.out, s.Headline)
	for _, p := range s.Problems {
		if p.Sentence != s.Headline {
			fmt.Fprintln(e.out, p.Sentence)
		}
		if p.Advice != "" {
			fmt.Fprintln(e.out, "  "+p.Advice)
		}
	}
	for _, f := range s.Folders {
		if f.Troubled() {
			fmt.Fprintf(e.out, "%s: %s\n", f.Name, f.Reason)
		}
	}
	if s.BaseAPIURL != "" {
		fmt.Fprintln(e.out, "Base API URL: "+s.BaseAPIURL)
	}
	if s.Index.Files > 0 {
		fmt.Fprintln(e.out, indexing(s.Index))
	}
	return nil
}

// indexing says how far reading the documents for search is.
func indexing(i state.Index) string {
	line := fmt.Sprintf("Reading documents for search: %d of %d.", i.Done, i.Files)
	if i.Left > 0 {
		line += fmt.Sprintf(" About %s left.", i.Left.Round(time.Second))
	}
	if i.Paused != "" {
		line += " " + i.Paused
	}
	return line
}

func newVersion(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(e.out, "folderfront %s %s/%s\n", e.version, runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// withState hands over the newest State of the running core or the profile.
func (e *environment) withState(ctx context.Context, do func(state.State) error) error {
	return e.withCore(ctx, func(core control.Core) error {
		for s := range core.States(ctx) {
			return do(s)
		}
		return control.ErrNotRunning
	})
}

// do carries out a command that answers nothing.
func (e *environment) do(cmd *cobra.Command, command any) error {
	return e.withCore(cmd.Context(), func(core control.Core) error {
		return control.Do(cmd.Context(), core, command, nil)
	})
}

func (e *environment) printJSON(value any) error {
	encoder := json.NewEncoder(e.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// group makes a command that only holds others: called without one of them it
// is wrong usage.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.Join(cmd.Help(), usagef("%q needs one of its commands.", cmd.CommandPath()))
		}
		return usagef("%q has no command %q. See \"%s --help\".", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return cmd
}
