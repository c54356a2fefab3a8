// Package cli is the command line: one file a command. It wires the rooms
// together and holds no decision of its own.
//
// Scripts may rely on the commands, their flags, their --json output and the
// exit status: 0, 1 for a failure, 2 for wrong usage. A failure is one sentence
// on standard error that says what to do.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"folderfront/app"
	"folderfront/app/control"
)

// Main runs the command line and returns the exit status.
func Main(ctx context.Context, version string, args []string) int {
	e := &environment{version: version, out: os.Stdout, err: os.Stderr}
	root := newRoot(e)
	root.SetArgs(args)
	root.SetOut(e.out)
	root.SetErr(e.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(e.err, "folderfront: "+err.Error())
	var usage *usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

// environment is what every command shares.
type environment struct {
	version  string
	out, err io.Writer
	profile  string // --profile
	secrets  string // --secrets
}

// usageError is a call whose words are off.
type usageError struct{ sentence string }

func (e *usageError) Error() string { return e.sentence }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

func newRoot(e *environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "folderfront [FOLDER]…",
		Short: "Make folders of this computer a document provider for Adobe Workfront",
		Long: `Folderfront makes folders of this computer a document provider for Adobe
Workfront: Workfront's users browse, search, link, view and upload files that
stay where they are.

Without a command the desktop program opens; folders given as arguments are
shared. On a computer without a display, use "folderfront serve".`,
		Example: `  folderfront ~/Pictures
  folderfront serve --share Projects=/srv/projects
  folderfront key new "Workfront"`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return e.prepare()
		},
		RunE: func(cmd *cobra.Command, folders []string) error {
			return runDesktop(cmd, e, folders)
		},
	}
	root.PersistentFlags().StringVar(&e.profile, "profile", "", "folder that holds all state (default: the system's place for it)")
	root.PersistentFlags().StringVar(&e.secrets, "secrets", "keyring", "where API keys are kept: keyring, or file for a file that only you can read")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%s. See \"%s --help\".", sentence(err.Error()), cmd.CommandPath())
	})
	root.AddCommand(newServe(e), newKey(e), newFolders(e), newHistory(e), newActivity(e), newPeople(e), newSessions(e), newOAuth(e), newTunnel(e), newAction(e), newRule(e), newStatus(e), newCheck(e), newTry(e), newReset(e), newExport(e), newImport(e), newVersion(e), newWorker())
	addDesktopCommands(root, e)
	return root
}

// sentence begins what a library said with a capital.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]&^0x20) + s[1:]
}

// exactly wants n arguments and names them in the error.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%q takes %s. See \"%s --help\".", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}

// prepare brings the shared flags into their final form.
func (e *environment) prepare() error {
	if e.secrets != "keyring" && e.secrets != "file" {
		return usagef("--secrets takes keyring or file, not %q.", e.secrets)
	}
	if e.profile == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return usagef("This system names no place for a program's files. Give one with --profile DIR.")
		}
		e.profile = filepath.Join(config, "folderfront")
	}
	profile, err := filepath.Abs(e.profile)
	if err != nil {
		return usagef("--profile %q is no usable path.", e.profile)
	}
	e.profile = profile
	return nil
}

// options are those that every opening of the core shares.
func (e *environment) options() (app.Options, error) {
	log, file, err := openLog(e.profile)
	if err != nil {
		return app.Options{}, err
	}
	program, err := os.Executable()
	if err != nil {
		return app.Options{}, err
	}
	return app.Options{
		Profile:        e.profile,
		Version:        e.version,
		SecretsInFile:  e.secrets == "file",
		EnvironmentKey: os.Getenv("FOLDERFRONT_API_KEY"),
		NgrokToken:     os.Getenv("FOLDERFRONT_NGROK_TOKEN"),
		WorkerCommand:  []string{program, "worker"},
		Log:            log,
		LogFile:        file,
	}, nil
}

// withCore does something with the running core or, when none runs, with the
// profile itself.
func (e *environment) withCore(ctx context.Context, do func(control.Core) error) error {
	client, err := control.Dial(ctx, e.profile)
	if err == nil {
		defer client.Close()
		return do(client)
	}
	options, err := e.options()
	if err != nil {
		return err
	}
	core, err := app.Open(ctx, options)
	if err != nil {
		return err
	}
	return errors.Join(do(core), core.Close())
}
