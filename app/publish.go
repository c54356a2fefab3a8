package app

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server"
	"folderfront/tunnel"
)

// apiPath follows the origin in the Base API URL.
const apiPath = "/api/v1"

// publish composes the State and, when it differs from the newest, hands it to
// every face.
func (a *App) publish() {
	a.publishing.Lock()
	defer a.publishing.Unlock()
	next := a.compose()
	if last := a.feed.last(); last != nil {
		previous := last.value
		previous.Time = next.Time
		if reflect.DeepEqual(previous, next) {
			return
		}
	}
	a.feed.publish(next)
}

// compose reads every room once; what is shown is decided here and nowhere
// else.
func (a *App) compose() state.State {
	now := a.current()
	s := state.State{
		Version:   a.options.Version,
		Time:      time.Now(),
		Profile:   a.options.Profile,
		LocalURL:  a.localURL(),
		Origin:    a.origin(now),
		Folders:   a.folderStates(now),
		Keys:      a.keys.list(),
		Tunnel:    a.tunnelState(),
		Transfers: transferStates(a.server.Activity().Transfers()),
		Recent:    a.activity.Recent(),
		Index:     indexState(a.server.Search.Progress(), a.server.Catalogue.Status()),
		Settings:  settingsState(now, a.store),
		Actions:   a.actionsState(),
	}
	s.Access = a.accessState(now, s.Origin)
	a.mu.Lock()
	s.Waiting, s.Tray, s.Summons = a.waiting, a.tray, a.summons
	s.Problems = slices.Collect(maps.Values(a.problems))
	a.mu.Unlock()
	s.Problems = append(s.Problems, tunnelProblems(s.Tunnel, s.Origin, a.way.meter.Usage().Warning())...)
	worstFirst(s.Problems)
	if len(s.Problems) > 0 {
		s.Problem = &s.Problems[0]
	}
	if s.Origin != "" {
		s.BaseAPIURL = s.Origin + apiPath
	}
	want, address := a.sharing.status()
	s.Phase = phase(want, address, s)
	s.Headline = headline(s)
	return s
}

// patience is how long sharing may be out before it is called trouble: most
// lost connections are back sooner.
const patience = 10 * time.Second

// phase decides what sharing is doing, from the person's point of view.
func phase(want state.Phase, address net.Addr, s state.State) state.Phase {
	out := slices.IndexFunc(s.Problems, keepsWorkfrontOut)
	switch {
	case want != state.Live:
		return want
	case out >= 0 && s.Time.Sub(s.Problems[out].Since) > patience:
		return state.Trouble
	case out >= 0, address == nil, s.Waiting != "":
		return state.Connecting
	case s.Tunnel.Provider != "" && s.Tunnel.Provider != "none" && s.Tunnel.State != "live":
		return state.Connecting
	}
	return state.Live
}

func keepsWorkfrontOut(p state.Problem) bool {
	return p.Area == "server" || p.Area == "keyring" || p.Area == "tunnel"
}

// headline says in one line what is the case.
func headline(s state.State) string {
	switch s.Phase {
	case state.Off:
		return "Off. Nothing is shared."
	case state.Paused:
		return "Paused. Workfront can't reach your files until you go on."
	case state.Trouble:
		return s.Problems[0].Sentence // the worst, which keeps Workfront out
	case state.Connecting:
		if s.Waiting != "" {
			return s.Waiting
		}
		return "Connecting …"
	}
	switch shared := len(s.Folders); {
	case shared == 0:
		return "Live, but no folder is shared yet."
	case shared == 1:
		return "Live. Sharing " + s.Folders[0].Name + "."
	default:
		return fmt.Sprintf("Live. Sharing %d folders.", shared)
	}
}

// areas of problems, what keeps Workfront out first, so that headline, tray and
// window tell the same one.
var areas = []string{"server", "keyring", "tunnel", "address", "settings", "actions", "plan", "window", "login"}

// worstFirst orders problems by what is worth telling first.
func worstFirst(problems []state.Problem) {
	slices.SortStableFunc(problems, func(x, y state.Problem) int {
		return cmp.Compare(slices.Index(areas, x.Area), slices.Index(areas, y.Area))
	})
}

// localURL is the Base API URL on this computer while it listens.
func (a *App) localURL() string {
	_, address := a.sharing.status()
	if address == nil {
		return ""
	}
	return localOrigin(address) + apiPath
}

// localOrigin is how this computer reaches its own listener.
func localOrigin(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port)
	}
	return "http://" + address.String()
}

// origin is the public one; without a tunnel it is this computer's own.
func (a *App) origin(s settings.Settings) string {
	if public := a.publicOrigin(s); public != "" {
		return public
	}
	if _, address := a.sharing.status(); address != nil && s.Tunnel.Provider == "none" {
		return localOrigin(address)
	}
	return ""
}

func (a *App) folderStates(s settings.Settings) []state.Folder {
	all := []state.Folder{}
	for _, share := range a.server.Catalogue.Status() {
		all = append(all, state.Folder{
			Name:     share.Name,
			Path:     share.Path,
			ID:       string(share.ID),
			ReadOnly: share.ReadOnly,
			Paused:   share.Paused,
			Status:   string(share.State),
			Reason:   share.Reason,
			Files:    share.Files,
			Bytes:    share.Bytes,
			Links:    slices.Contains(linkFolders(s.Folders), share.Name),
			ForRun:   a.options.Overrides.shares(share.Name),
		})
	}
	order := func(name string) int {
		return slices.IndexFunc(s.Folders, func(f settings.Folder) bool { return f.Name == name })
	}
	slices.SortStableFunc(all, func(x, y state.Folder) int { return order(x.Name) - order(y.Name) })
	return all
}

func transferStates(transfers []server.Transfer) []state.Transfer {
	all := make([]state.Transfer, 0, len(transfers))
	for _, t := range transfers {
		all = append(all, state.Transfer(t))
	}
	return all
}

// serverOptions says what the server needs of the settings.
func (a *App) serverOptions(s settings.Settings) server.Options {
	allowed, err := tunnel.ParseAllow(s.Tunnel.Allow)
	if err != nil { // settings in force are valid; if they weren't, nobody gets in
		allowed = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 32)}
	}
	return server.Options{
		Origin:       a.origin(s),
		Allow:        allowed,
		SizeAsNumber: s.Workfront.Size == "number",
		SearchMax:    s.Workfront.SearchLimit,
		Links:        linkFolders(s.Folders),
	}
}
