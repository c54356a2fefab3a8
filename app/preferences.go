package app

import (
	"context"

	"folderfront/app/settings"
	"folderfront/app/state"
)

func (a *App) preferenceVerbs() verbs {
	v := verbs{}
	act(v, a.ChangeSettings)
	return v
}

// ChangeSettings changes the settings that are not nil.
func (a *App) ChangeSettings(_ context.Context, c state.ChangeSettings) error {
	return a.modify(func(s *settings.Settings) error {
		set(&s.Desktop.StartAtLogin, c.StartAtLogin)
		set(&s.Sharing.Start, c.StartSharing)
		set(&s.Desktop.KeepRunning, c.KeepRunning)
		set(&s.Desktop.Theme, c.Theme)
		set(&s.Desktop.Language, c.Language)
		set(&s.Desktop.Notifications, c.Notifications)
		set(&s.History.Days, c.KeepDays)
		set(&s.History.Versions, c.KeepVersions)
		set(&s.History.Percent, c.KeepPercent)
		if c.KeepBoth != nil {
			s.Uploads.NameTaken = map[bool]string{true: "both", false: "version"}[*c.KeepBoth]
		}
		return nil
	})
}

func settingsState(s settings.Settings, store *settings.Store) state.Settings {
	shown := state.Settings{
		File:          store.Path(),
		StartAtLogin:  s.Desktop.StartAtLogin,
		StartSharing:  s.Sharing.Start,
		KeepRunning:   s.Desktop.KeepRunning,
		Theme:         s.Desktop.Theme,
		Language:      s.Desktop.Language,
		Notifications: s.Desktop.Notifications,
		KeepDays:      s.History.Days,
		KeepVersions:  s.History.Versions,
		KeepPercent:   s.History.Percent,
		KeepBoth:      s.Uploads.NameTaken == "both",
		Listen:        s.Sharing.Listen,
		PublicURL:     s.Tunnel.PublicURL,
	}
	if err := store.Fault(); err != nil {
		shown.Error = err.Error()
	}
	return shown
}
