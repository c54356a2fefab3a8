package app

import (
	"slices"

	"folderfront/app/settings"
	"folderfront/server/catalogue"
)

// Overrides are settings given on the command line. They hold for the run.
// Empty strings leave the setting as it is.
type Overrides struct {
	Folders   []settings.Folder
	Listen    string
	Provider  string
	PublicURL string
	SSH       settings.SSH
	Developer settings.Developer
}

// Apply returns s as it holds for this run: given folders come first and
// replace those of the same name. The result is valid or the error says why.
func (o Overrides) Apply(s settings.Settings) (settings.Settings, error) {
	folders := slices.Clone(o.Folders)
	for _, f := range s.Folders {
		if !o.shares(f.Name) {
			folders = append(folders, f)
		}
	}
	s.Folders = folders
	override(&s.Sharing.Listen, o.Listen)
	override(&s.Tunnel.Provider, o.Provider)
	override(&s.Tunnel.PublicURL, o.PublicURL)
	override(&s.Tunnel.SSH.Host, o.SSH.Host)
	override(&s.Tunnel.SSH.Key, o.SSH.Key)
	override(&s.Tunnel.SSH.KnownHosts, o.SSH.KnownHosts)
	override(&s.Tunnel.SSH.Remote, o.SSH.Remote)
	override(&s.Developer.NgrokEdge, o.Developer.NgrokEdge)
	override(&s.Developer.NgrokEdgeCA, o.Developer.NgrokEdgeCA)
	return s, s.Validate()
}

// shares tells whether the folder of that name was given for this run.
func (o Overrides) shares(name string) bool {
	return slices.ContainsFunc(o.Folders, func(f settings.Folder) bool {
		return settings.Fold(f.Name) == settings.Fold(name)
	})
}

func override(field *string, value string) {
	if value != "" {
		*field = value
	}
}

func shares(folders []settings.Folder) []catalogue.Share {
	all := make([]catalogue.Share, len(folders))
	for i, f := range folders {
		all[i] = catalogue.Share{Name: f.Name, Path: f.Path, ReadOnly: f.ReadOnly, Paused: f.Paused}
	}
	return all
}
