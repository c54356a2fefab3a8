package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"folderfront/app"
	"folderfront/app/control"
	"folderfront/app/settings"
	"folderfront/app/state"
)

func newServe(e *environment) *cobra.Command {
	var (
		overrides       app.Overrides
		shares, forRead []string
		asJSON          bool
	)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Share folders without a window",
		Long: `Share folders until interrupted, without a window.

What flags say holds for this run; the settings file stays as it is. The
environment's FOLDERFRONT_API_KEY, whatever its form, is an accepted API key for
this run, and FOLDERFRONT_NGROK_TOKEN is ngrok's token for it. With --json every event is a JSON object on a line of its own, the
first being {"event":"ready","baseAPIURL":"http://127.0.0.1:…/api/v1"}.

An interrupt (SIGINT or SIGTERM) lets transfers finish for up to 10 seconds.`,
		Example: `  folderfront serve --share Projects=/srv/projects
  folderfront serve --share-read-only Brand=/srv/brand --listen 127.0.0.1:0 --json
  FOLDERFRONT_NGROK_TOKEN=… folderfront serve --tunnel ngrok --json
  folderfront serve --tunnel ssh --ssh-host me@example.com --ssh-remote 127.0.0.1:8080 --public-url https://files.example.com
  folderfront serve --tunnel external --public-url https://files.example.com`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if overrides.Folders, err = parseShares(shares, forRead); err != nil {
				return err
			}
			if _, err := overrides.Apply(settings.Default()); err != nil {
				return flagError(err)
			}
			return serve(cmd.Context(), e, overrides, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&shares, "share", nil, "share the folder `NAME=PATH`; repeatable")
	flags.StringArrayVar(&forRead, "share-read-only", nil, "share the folder `NAME=PATH` for reading; repeatable")
	flags.StringVar(&overrides.Listen, "listen", "", "address on this computer, `HOST:PORT`; port 0 picks one (default 127.0.0.1:8437)")
	flags.StringVar(&overrides.Provider, "tunnel", "", "way in from the internet: none, ngrok, ssh or external")
	flags.StringVar(&overrides.PublicURL, "public-url", "", "public `URL` of this program, such as https://files.example.com")
	flags.StringVar(&overrides.SSH.Host, "ssh-host", "", "tunnel ssh: sign in at `USER@HOST:PORT`")
	flags.StringVar(&overrides.SSH.Key, "ssh-key", "", "tunnel ssh: private key `FILE` (default: the ssh-agent's keys)")
	flags.StringVar(&overrides.SSH.KnownHosts, "ssh-known-hosts", "", "tunnel ssh: `FILE` that pins the host's key (default ~/.ssh/known_hosts)")
	flags.StringVar(&overrides.SSH.Remote, "ssh-remote", "", "tunnel ssh: the host listens on `BIND:PORT`")
	flags.StringVar(&overrides.Developer.NgrokEdge, "ngrok-edge", "", "for developers: connect to the ngrok edge at `HOST:PORT`")
	flags.StringVar(&overrides.Developer.NgrokEdgeCA, "ngrok-edge-ca", "", "for developers: trust the certificates in `FILE` for it")
	flags.MarkHidden("ngrok-edge")
	flags.MarkHidden("ngrok-edge-ca")
	flags.BoolVar(&asJSON, "json", false, "print events as JSON, one object a line")
	return cmd
}

// flagError says what is wrong with a flag that stands for a setting.
func flagError(err error) error {
	var invalid *settings.Invalid
	if !errors.As(err, &invalid) {
		return usagef("%s.", sentence(err.Error()))
	}
	flag := map[string]string{
		"provider":   "--tunnel",
		"listen":     "--listen",
		"public_url": "--public-url",
		"host":       "--ssh-host",
		"name":       "The name in --share",
		"path":       "The path in --share",
	}[invalid.Key]
	return usagef("%s %s.", flag, invalid.Reason)
}

// parseShares reads NAME=PATH arguments.
func parseShares(shares, forRead []string) ([]settings.Folder, error) {
	var folders []settings.Folder
	for i, given := range append(shares, forRead...) {
		name, path, found := strings.Cut(given, "=")
		if !found || name == "" || path == "" {
			return nil, usagef("--share takes NAME=PATH, not %q.", given)
		}
		folder, err := app.NewFolder(name, path, i >= len(shares))
		if err != nil {
			return nil, err
		}
		folders = append(folders, folder)
	}
	return folders, nil
}

// serve runs the core until ctx ends.
func serve(ctx context.Context, e *environment, overrides app.Overrides, asJSON bool) error {
	options, err := e.options()
	if err != nil {
		return err
	}
	options.Overrides = overrides
	options.Strict = true
	newKeys := make(chan state.NewKeyAnswer, 1)
	options.KeyMade = func(key state.NewKeyAnswer) { newKeys <- key }
	core, err := app.Open(ctx, options)
	if err != nil {
		return err
	}
	report := &reporter{out: e.out, json: asJSON, newKeys: newKeys}
	return runCore(ctx, e.profile, core, options, func(ctx context.Context) error {
		for s := range core.States(ctx) {
			report.show(s)
		}
		return nil
	})
}

// runCore runs an opened core with its control socket, and a face on the
// calling goroutine, which a tray wants to be the first. When the core or the
// face ends, all do.
func runCore(ctx context.Context, profile string, core *app.App, options app.Options, face func(context.Context) error) error {
	listener, err := control.Listen(profile)
	if err != nil {
		core.Close()
		return fmt.Errorf("The control socket can't be opened in the profile folder: %w", err)
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { defer end(); return core.Run(ctx) })
	group.Go(func() error { return control.Serve(ctx, listener, core, options.Log) })
	group.Go(func() error { restAfterStart(ctx); return nil })
	err = face(ctx)
	end()
	return errors.Join(err, group.Wait())
}

// reporter tells what happens while serving, for people or for scripts.
type reporter struct {
	out     io.Writer
	json    bool
	newKeys <-chan state.NewKeyAnswer
	ready   bool
	waiting string
	tunnel  tunnelEvent
}

type readyEvent struct {
	Event      string `json:"event"`
	BaseAPIURL string `json:"baseAPIURL"`
}

type keyEvent struct {
	Event string `json:"event"`
	Name  string `json:"name"`
	Key   string `json:"key"`
}

type tunnelEvent struct {
	Event      string `json:"event"`
	State      string `json:"state"`
	BaseAPIURL string `json:"baseAPIURL"`
	Error      string `json:"error"`
	Advice     string `json:"advice"`
}

func (r *reporter) show(s state.State) {
	if s.Waiting != r.waiting {
		r.waiting = s.Waiting
		r.say("%s\n", s.Waiting)
	}
	if s.LocalURL != "" && !r.ready && s.Waiting == "" {
		r.ready = true
		r.showReady(s)
	}
	if r.ready {
		r.showKey()
		r.showTunnel(s)
	}
}

func (r *reporter) showReady(s state.State) {
	r.event(readyEvent{"ready", s.LocalURL})
	r.say("%s\n\n  Base API URL  %s\n", s.Headline, s.BaseAPIURL)
}

func (r *reporter) showKey() {
	select {
	case key := <-r.newKeys:
		r.event(keyEvent{"key", key.Name, key.Secret})
		r.say("  API key       %s\n\nIn Workfront: Setup > Documents > Custom Integrations > Add Integration.\nKeep the key now: it is not shown here again.\n", key.Secret)
	default:
	}
}

func (r *reporter) showTunnel(s state.State) {
	now := tunnelEvent{"tunnel", s.Tunnel.State, s.BaseAPIURL, s.Tunnel.Error, s.Tunnel.Advice}
	if now == r.tunnel || s.Tunnel.Provider == "none" {
		return
	}
	r.tunnel = now
	r.event(now)
	r.say("Tunnel: %s %s %s %s\n", now.State, now.BaseAPIURL, now.Error, now.Advice)
}

func (r *reporter) event(event any) {
	if r.json {
		json.NewEncoder(r.out).Encode(event)
	}
}

func (r *reporter) say(format string, args ...any) {
	if !r.json {
		fmt.Fprintf(r.out, format, args...)
	}
}
