package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/tunnel"
)

// Names of the tunnel's secrets in the keyring.
const (
	tokenSecret      = "ngrok-token"
	passphraseSecret = "ssh-passphrase"
)

// checkTime is how long SetToken waits to say whether the token is good.
const checkTime = 15 * time.Second

func (a *App) tunnelVerbs() verbs {
	v := verbs{}
	act(v, a.SetTunnel)
	act(v, a.SetToken)
	act(v, a.SetPassphrase)
	act(v, a.Reconnect)
	act(v, a.AcknowledgeAddress)
	verb(v, a.TestConnection)
	return v
}

// SetTunnel chooses the way in from the internet. For ngrok the public URL is
// the domain to ask for.
func (a *App) SetTunnel(_ context.Context, c state.SetTunnel) error {
	public := strings.TrimSpace(c.PublicURL)
	if public != "" {
		origin, err := tunnel.ParseOrigin(public)
		if err != nil {
			return tunnelError(err)
		}
		public = origin
	}
	return a.modify(func(s *settings.Settings) error {
		override(&s.Tunnel.Provider, c.Provider)
		if c.SSH != nil {
			s.Tunnel.SSH = settings.SSH(*c.SSH)
		}
		if s.Tunnel.Provider == "ngrok" {
			override(&s.Tunnel.Ngrok.URL, public)
		} else {
			override(&s.Tunnel.PublicURL, public)
		}
		return nil
	})
}

// SetToken keeps ngrok's token, and has it checked at once when ngrok is in
// use: the error then says what is wrong with it.
func (a *App) SetToken(ctx context.Context, c state.SetToken) error {
	token := strings.TrimSpace(c.Token)
	if err := a.keep(tokenSecret, token); err != nil {
		return err
	}
	a.way.changed(func(w *wayIn) { w.hasToken = token != "" || a.options.NgrokToken != "" })
	if token == "" || a.current().Tunnel.Provider != "ngrok" {
		return nil
	}
	return a.way.outcome(ctx, checkTime)
}

// SetPassphrase keeps the passphrase of the ssh tunnel's private key.
func (a *App) SetPassphrase(_ context.Context, c state.SetPassphrase) error {
	if err := a.keep(passphraseSecret, c.Passphrase); err != nil {
		return err
	}
	a.way.changed(func(*wayIn) {})
	return nil
}

// keep stores a secret, or forgets it when it is empty.
func (a *App) keep(name, secret string) error {
	if secret == "" {
		return a.secrets.Delete(name)
	}
	return a.secrets.Set(name, secret)
}

// Reconnect connects anew at once. Where ngrok said that the address asked for
// can't be had, it asks for the account's own.
func (a *App) Reconnect(context.Context, state.Reconnect) error {
	if status := a.way.now(); status.Permanent && tunnel.AddressRefused(status.Code) {
		return a.modify(func(s *settings.Settings) error { s.Tunnel.Ngrok.URL = ""; return nil })
	}
	a.way.reconnect()
	return nil
}

// AcknowledgeAddress says that Workfront knows the present address.
func (a *App) AcknowledgeAddress(context.Context, state.AcknowledgeAddress) error {
	return a.way.acknowledge()
}

// TestConnection goes the whole way from the internet to this program.
func (a *App) TestConnection(ctx context.Context, _ state.TestConnection) (state.TestAnswer, error) {
	_, address := a.sharing.status()
	answer := state.TestAnswer{Steps: []state.TestStep{{Name: "Sharing is on", OK: address != nil}}}
	origin := a.origin(a.current())
	if address == nil || origin == "" {
		return answer, nil
	}
	status := a.way.now()
	connected := state.TestStep{Name: "The tunnel is connected", OK: status.State != tunnel.Off && !status.Permanent, Detail: status.Region}
	if !connected.OK {
		connected.Detail = status.Error
	}
	answer.Steps = append(answer.Steps, connected)
	steps, _, err := a.way.prober.Probe(ctx, origin)
	for _, s := range steps {
		answer.Steps = append(answer.Steps, state.TestStep(s))
	}
	answer.OK = err == nil && connected.OK
	return answer, nil
}

// tunnelError says a failure of the tunnel in one go.
func tunnelError(err error) error {
	var f *tunnel.Failure
	if errors.As(err, &f) {
		return errors.New(f.Sentence + " " + f.Advice)
	}
	return err
}

// publicOrigin is the address under which the internet reaches this computer,
// or "" when there is none: without a tunnel, the address of one before leads
// nowhere.
func (a *App) publicOrigin(s settings.Settings) string {
	if s.Tunnel.Provider == "none" {
		return ""
	}
	if origin := a.way.now().Origin; origin != "" {
		return origin
	}
	if s.Tunnel.Provider == "ngrok" {
		return s.Tunnel.Ngrok.URL
	}
	origin, err := tunnel.ParseOrigin(s.Tunnel.PublicURL)
	if err != nil {
		return ""
	}
	return origin
}

func (a *App) tunnelState() state.Tunnel {
	status, usage := a.way.now(), a.way.meter.Usage()
	chosen := a.current().Tunnel
	return state.Tunnel{
		Provider:     chosen.Provider,
		SSH:          state.SSH(chosen.SSH),
		State:        string(status.State),
		Latency:      status.Latency.Round(100 * time.Microsecond),
		Region:       status.Region,
		Plan:         status.Plan,
		HasToken:     a.way.tokenKnown(),
		Error:        status.Error,
		Advice:       status.Advice,
		Since:        status.Since,
		OldOrigin:    a.way.oldOrigin(),
		Requests:     usage.Requests,
		BytesOut:     usage.BytesOut,
		RequestLimit: usage.RequestLimit,
		BytesLimit:   usage.BytesLimit,
	}
}

// tunnelProblems are what is wrong with the tunnel, its address or its plan.
func tunnelProblems(t state.Tunnel, origin, warning string) []state.Problem {
	var all []state.Problem
	if t.Error != "" {
		all = append(all, state.Problem{Area: "tunnel", Sentence: t.Error, Advice: t.Advice, Remedy: "reconnect", Since: t.Since})
	}
	if t.OldOrigin != "" {
		all = append(all, state.Problem{
			Area:     "address",
			Sentence: "The public address changed, and Workfront still asks at the old one, " + t.OldOrigin + ".",
			Advice: "Paste the new Base API URL, " + origin + apiPath + ", into the integration in Workfront. Until then linked documents and folders don't open, " +
				"thumbnails and uploads fail, sign-in by OAuth2 fails (its two addresses begin with the new one, too), and links that people were sent lead nowhere.",
			Remedy: "acknowledgeAddress",
		})
	}
	if warning != "" {
		all = append(all, state.Problem{
			Area: "plan", Sentence: warning, Advice: "A larger plan, or another way in, lifts the limit.",
		})
	}
	return all
}
