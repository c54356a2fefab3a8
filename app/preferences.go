package app

import (
	"context"

	"folderfront/app/autostart"
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
		set(&s.Uploads.Limit, c.UploadLimit)
		set(&s.Uploads.MinimumFree, c.MinimumFree)
		if c.SizeAsNumber != nil {
			s.Workfront.Size = map[bool]string{true: "number", false: "quoted"}[*c.SizeAsNumber]
		}
		set(&s.Workfront.SearchLimit, c.SearchLimit)
		set(&s.Workfront.PerFolder, c.PerFolder)
		set(&s.Workfront.ExpiresID, c.ExpiresID)
		set(&s.Desktop.Commands, c.Commands)
		set(&s.Desktop.LibreOffice, c.LibreOffice)
		set(&s.Tunnel.Allow, c.Allow)
		return nil
	})
}

// startAtLogin has the system start the program with the computer, or no longer.
// Only a desktop start says how; a server is started by the system's own means.
func (a *App) startAtLogin(on bool) {
	if a.options.LoginCommand == nil {
		return
	}
	err := autostart.Set(on, a.options.LoginCommand)
	if err == nil {
		a.setProblem("login", nil)
		return
	}
	a.log.Warn("start at login", "error", err)
	a.setProblem("login", &state.Problem{
		Sentence: "Folderfront could not be set to start with this computer; sharing goes on.",
		Advice:   "Switch it off in Settings, or add Folderfront to your system's own list of programs that start at login.",
		Remedy:   "settings",
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
		UploadLimit:   s.Uploads.Limit,
		MinimumFree:   s.Uploads.MinimumFree,
		SizeAsNumber:  s.Workfront.Size == "number",
		SearchLimit:   s.Workfront.SearchLimit,
		PerFolder:     s.Workfront.PerFolder,
		ExpiresID:     s.Workfront.ExpiresID,
		Commands:      s.Desktop.Commands,
		LibreOffice:   s.Desktop.LibreOffice,
		Allow:         s.Tunnel.Allow,
		Listen:        s.Sharing.Listen,
		PublicURL:     s.Tunnel.PublicURL,
	}
	if err := store.Fault(); err != nil {
		shown.Error = err.Error()
	}
	return shown
}
