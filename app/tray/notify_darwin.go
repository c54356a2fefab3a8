//go:build !headless || ci

package tray

import (
	"context"

	"github.com/ncruces/zenity"
)

// notifier returns what shows a notification. Clicks on it cannot be heard: macOS
// tells them to programs with a bundle of their own alone.
func notifier(Config) (show func(context.Context, notification) error, end func()) {
	return func(ctx context.Context, n notification) error {
		return zenity.Notify(n.Body, zenity.Title("Folderfront: "+n.Title), zenity.Context(ctx))
	}, func() {}
}
