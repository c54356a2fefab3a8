package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"folderfront/app/autostart"
	"folderfront/app/secrets"
	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server/action"
)

// profileFiles are what Folderfront keeps in the profile folder, as patterns.
// Nothing else there is touched by a reset: the folder may be a person's own.
var profileFiles = []string{
	"settings.toml", "catalogue.db*", "auth.db*", "activity.db*", "secrets.json", "keys-used.json",
	"tunnel-usage.json", "address.json", "cache", "folderfront.log*", "control.sock",
}

// profileLock is the file whose lock says who owns the profile.
const profileLock = "lock"

func (a *App) resetVerbs() verbs {
	v := verbs{}
	act(v, a.Reset)
	return v
}

// Reset ends the core, which forgets everything as its last act. The secrets go
// first: where they can't, nothing goes. Nothing in the shared folders is
// touched.
func (a *App) Reset(context.Context, state.Reset) error {
	if left := forgetSecrets(a.options, a.current()); len(left) > 0 {
		return errors.New("Nothing was removed, for the keyring can't be reached and would keep your keys. Unlock it and try again, or give the command “folderfront reset”, which does without.")
	}
	a.resetting.Store(true)
	a.quit()
	return nil
}

// Forget removes everything that Folderfront keeps on this computer for a
// profile: its files, its secrets, its start at login. Of the options it takes
// Profile and SecretsInFile. It waits until no core owns the profile; ErrRunning
// when one goes on. left names what could not be removed, each as a sentence.
//
// The shared folders are never opened: their files stay, and the old versions
// and deleted files in their hidden folder, too.
func Forget(ctx context.Context, options Options) (left []string, err error) {
	lock := flock.New(filepath.Join(options.Profile, profileLock))
	if _, err := os.Stat(options.Profile); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	if owned, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil || !owned {
		return nil, ErrRunning
	}
	defer lock.Unlock()
	s, readable := lastSettings(options.Profile)
	left = append(forgetSecrets(options, s), forgetLogin(s, readable)...)
	left = append(left, forgetFiles(options.Profile, s)...)
	return left, errors.Join(lock.Unlock(), forgetFolder(options.Profile))
}

// stopTime is how long a core may take to end, with its transfers.
const stopTime = 30 * time.Second

// lastSettings reads the settings as far as they can be read.
func lastSettings(profile string) (s settings.Settings, readable bool) {
	text, err := os.ReadFile(filepath.Join(profile, "settings.toml"))
	if err == nil {
		s, err = settings.Parse(text)
	}
	return s, err == nil
}

// forgetSecrets removes every secret from the keyring. Where there is no keyring
// there is nothing to remove, but nobody can be sure.
func forgetSecrets(options Options, s settings.Settings) (left []string) {
	if options.SecretsInFile {
		return nil // they go with their file
	}
	names := []string{keysSecret, tokenSecret, passphraseSecret}
	for _, c := range s.Connections {
		names = append(names, secretOf(action.PasswordOf(c.Name)), secretOf(action.SigningOf(c.Name)))
	}
	keyring := secrets.NewKeyring(options.Profile)
	for _, name := range names {
		if err := keyring.Delete(name); err != nil {
			return []string{"The keyring could not be reached. If it keeps entries named “Folderfront”, remove them there."}
		}
	}
	return nil
}

// forgetLogin ends the start at login of this profile. Settings that can't be
// read may have had one.
func forgetLogin(s settings.Settings, readable bool) (left []string) {
	if readable && !s.Desktop.StartAtLogin {
		return nil
	}
	if err := autostart.Set(false, nil); err != nil {
		return []string{"The start at login could not be ended. Remove Folderfront from your system's own list of programs that start at login."}
	}
	return nil
}

// forgetFiles removes what is in the profile, but nothing that is shared.
func forgetFiles(profile string, s settings.Settings) (left []string) {
	for _, pattern := range profileFiles {
		paths, err := filepath.Glob(filepath.Join(escapeGlob(profile), pattern))
		if err != nil {
			left = append(left, pattern+" could not be looked for.")
		}
		for _, path := range paths {
			if holdsShared(path, s) {
				left = append(left, fmt.Sprintf("%s was left, for a shared folder lies in it.", path))
			} else if err := os.RemoveAll(path); err != nil {
				left = append(left, fmt.Sprintf("%s could not be removed. Remove it yourself.", path))
			}
		}
	}
	return left
}

// escapeGlob has a path stand for itself in a pattern.
func escapeGlob(path string) string {
	if os.PathSeparator == '\\' {
		return path // backslashes are no escapes there, and brackets can't be escaped
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// holdsShared tells whether a shared folder is at a path or below it.
func holdsShared(path string, s settings.Settings) bool {
	for _, f := range s.Folders {
		if rest, err := filepath.Rel(path, f.Path); err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(os.PathSeparator)) {
			return true
		}
	}
	return false
}

// forgetFolder removes the lock and, when nothing else is in it, the profile
// folder.
func forgetFolder(profile string) error {
	if err := os.Remove(filepath.Join(profile, profileLock)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("The profile folder %s could not be cleared whole. Remove it yourself.", profile)
	}
	_ = os.Remove(profile) // what else is in it is a person's own, and keeps it
	return nil
}

// forgetAtLast is the last act of a core that was reset.
func (a *App) forgetAtLast() error {
	if !a.resetting.Load() {
		return nil
	}
	left, err := Forget(context.Background(), a.options)
	if err == nil && len(left) > 0 {
		err = errors.New(strings.Join(left, " "))
	}
	return err
}
