package cli

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"folderfront/app/control"
	"folderfront/app/state"
)

func newAction(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "action",
		Short: "List and run custom actions, and read their log",
		Long: `Custom actions do something with a shared file: a built-in operation, an outgoing
webhook, or a local command. They are configured in the settings file as
[[connection]], [[action]] and [[rule]].`,
	}
	cmd.AddCommand(newActionList(e), newActionRun(e), newActionLog(e), newActionShow(e), newActionResend(e), newActionConfirm(e), newActionSecret(e), newActionDocument(e))
	return group(cmd)
}

func newActionList(e *environment) *cobra.Command {
	return e.lister("list", "List the custom actions", "ID\tNAME\tKIND\tIN WORKFRONT\tTITLE", func(cmd *cobra.Command, core control.Core) (any, []string, error) {
		var list state.ActionList
		err := control.Do(cmd.Context(), core, state.ListActions{}, &list)
		var rows []string
		for _, a := range list.Actions {
			rows = append(rows, fmt.Sprintf("%d\t%s\t%s\t%s\t%s", a.ID, a.Name, a.Kind, yesNo(a.Workfront), a.DisplayName))
		}
		return list.Actions, rows, err
	})
}

func newRule(e *environment) *cobra.Command {
	cmd := &cobra.Command{Use: "rule", Short: "List the rules that run actions by themselves"}
	cmd.AddCommand(e.lister("list", "List the rules", "NAME\tMATCHES NOW\tRULE", func(cmd *cobra.Command, core control.Core) (any, []string, error) {
		var list state.ActionList
		err := control.Do(cmd.Context(), core, state.ListActions{}, &list)
		var rows []string
		for _, r := range list.Rules {
			rows = append(rows, ruleRow(r))
		}
		return list.Rules, rows, err
	}))
	return group(cmd)
}

// ruleRow is a rule in a table; one that was stopped says so.
func ruleRow(r state.Rule) string {
	said := r.Sentence
	switch {
	case r.Stopped:
		said += " It ran in circles and was stopped; save the settings to start it again."
	case r.Paused:
		said += " It is switched off."
	}
	return fmt.Sprintf("%s\t%d\t%s", r.Name, r.Matches, said)
}

// lister is a command that prints a table or, with --json, its values.
func (e *environment) lister(use, short, head string, list func(*cobra.Command, control.Core) (any, []string, error)) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withCore(cmd.Context(), func(core control.Core) error {
				values, rows, err := list(cmd, core)
				if err != nil {
					return err
				}
				if asJSON {
					return e.printJSON(values)
				}
				table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, head)
				for _, row := range rows {
					fmt.Fprintln(table, row)
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newActionRun(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "run NAME FILE…",
		Short:   "Run an action on files, by path or id",
		Example: `  folderfront action run archive ~/Projects/old.pdf`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("\"folderfront action run\" takes the name of an action and a file.")
			}
			command := state.RunAction{Name: args[0]}
			for _, file := range args[1:] {
				command.Files = append(command.Files, pathOrID(file))
			}
			return e.withCore(cmd.Context(), func(core control.Core) error {
				var runs []state.ActionRun
				if err := control.Do(cmd.Context(), core, command, &runs); err != nil {
					return err
				}
				return e.printRuns(runs, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// pathOrID makes a path absolute and leaves an id as it is.
func pathOrID(file string) string {
	if _, err := os.Lstat(file); err != nil {
		return file
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	if resolved, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(resolved, filepath.Base(path))
	}
	return path
}

// printRuns tells what became of runs; one that failed is a failure.
func (e *environment) printRuns(runs []state.ActionRun, asJSON bool) error {
	if asJSON {
		if err := e.printJSON(runs); err != nil {
			return err
		}
	} else {
		table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		for _, r := range runs {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Time.Local().Format("2006-01-02 15:04:05"), r.Action, r.State, r.Title, r.Error)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	for _, r := range runs {
		if r.State == "failed" {
			return fmt.Errorf("%s did not succeed: %s", r.Action, r.Error)
		}
	}
	return nil
}

func newActionLog(e *environment) *cobra.Command {
	var command state.ActionLog
	var since time.Duration
	cmd := e.lister("log", "List what was run, newest first", "RUN\tTIME\tACTION\tBY\tSTATE\tFILE\tRESULT", func(cmd *cobra.Command, core control.Core) (any, []string, error) {
		if since > 0 {
			command.Since = time.Now().Add(-since)
		}
		var runs []state.ActionRun
		err := control.Do(cmd.Context(), core, command, &runs)
		var rows []string
		for _, r := range runs {
			rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s", r.ID, day(r.Time), r.Action, r.Trigger, r.State, r.Title, r.Error))
		}
		return runs, rows, err
	})
	addFilter(cmd, &command)
	cmd.Flags().DurationVar(&since, "since", 0, "only runs of the last so many hours, such as 24h")
	cmd.Flags().IntVar(&command.Limit, "limit", 200, "at most so many")
	return cmd
}

// addFilter lets a command choose runs of the log.
func addFilter(cmd *cobra.Command, f *state.ActionLog) {
	flags := cmd.Flags()
	flags.StringVar(&f.Action, "action", "", "only runs of this action")
	flags.StringVar(&f.State, "state", "", "only runs in this state: waiting, pending, done or failed")
	flags.StringVar(&f.File, "file", "", "only runs on this file: an id or a piece of its name")
	flags.StringVar(&f.Person, "person", "", "only runs that this person asked for")
	flags.StringVar(&f.Trigger, "by", "", "only runs asked for in this way: workfront, hand, rule, api, test or resend")
	flags.StringVar(&f.Text, "text", "", "only runs with this text in action, file, person or rule")
}

func newActionShow(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "show RUN",
		Short: "Show what a run sent and what came back, as JSON",
		Args:  exactly(1, "a run's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.withCore(cmd.Context(), func(core control.Core) error {
				var run state.ActionRun
				if err := control.Do(cmd.Context(), core, state.ActionDetail{Run: args[0]}, &run); err != nil {
					return err
				}
				return e.printJSON(run)
			})
		},
	}
}

func newActionResend(e *environment) *cobra.Command {
	var allFailed bool
	var filter state.ActionLog
	cmd := &cobra.Command{
		Use:   "resend [RUN]",
		Short: "Carry out a run of the log again, or all that failed",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if allFailed == (len(args) == 1) {
				return usagef("\"folderfront action resend\" takes a run's id, or --all-failed.")
			}
			if !allFailed {
				return e.do(cmd, state.ResendRun{Run: args[0]})
			}
			return e.withCore(cmd.Context(), func(core control.Core) error {
				var resent state.Resent
				if err := control.Do(cmd.Context(), core, state.ResendFailed{Filter: filter}, &resent); err != nil {
					return err
				}
				_, err := fmt.Fprintln(e.out, resent.Count)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&allFailed, "all-failed", false, "all that failed and weren't resent, and print how many")
	cmd.Flags().StringVar(&filter.Action, "action", "", "with --all-failed: only of this action")
	return cmd
}

func newActionConfirm(e *environment) *cobra.Command {
	var no bool
	cmd := &cobra.Command{
		Use:   "confirm RUN",
		Short: "Let a run go on that waits for a yes at this computer",
		Args:  exactly(1, "a run's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.DecideRun{Run: args[0], Yes: !no})
		},
	}
	cmd.Flags().BoolVar(&no, "no", false, "decline it")
	return cmd
}

func newActionSecret(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "secret NAME",
		Short: "Store a connection's secret, read from standard input",
		Long: `Store a secret in the keyring, read as one line from standard input; an empty
line forgets it. A connection's password is named connection/NAME/password, its
signing secret connection/NAME/signing; header values secret:NAME name their own.`,
		Args: exactly(1, "a secret's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
			if err != nil && line == "" {
				return usagef("Give the secret on standard input, on one line.")
			}
			return e.do(cmd, state.SetSecret{Name: args[0], Secret: strings.TrimRight(line, "\r\n")})
		},
	}
}

func newActionDocument(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "document DOCUMENT-ID FILE",
		Short: "Say which file a document of Workfront is",
		Args:  exactly(2, "Workfront's document id and a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.NameDocument{DocumentID: args[0], File: pathOrID(args[1])})
		},
	}
}
