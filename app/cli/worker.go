package cli

import (
	"os"

	"github.com/spf13/cobra"

	"folderfront/server/search/text"
	"folderfront/server/thumb/render"
	"folderfront/server/worker"
)

// newWorker is the hidden command that a running Folderfront starts for itself,
// to decode documents in a process of its own. It needs no profile.
func newWorker() *cobra.Command {
	return &cobra.Command{
		Use:               "worker",
		Short:             "Decode documents for a running Folderfront, which starts this by itself",
		Hidden:            true,
		Args:              cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(*cobra.Command, []string) error {
			return worker.Serve(os.Stdin, os.Stdout, map[string]worker.Handler{
				render.Kind:        render.Handle,
				render.KindPrepare: render.Prepare,
				text.Job:           text.Handle,
			})
		},
	}
}
