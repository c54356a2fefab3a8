//go:build (!headless || ci) && !linux

package tray

import (
	"context"

	"github.com/ncruces/zenity"
)

// notifier returns what shows a notification by the system's own means. Clicks
// on it cannot be heard here.
func notifier(Config) (show func(context.Context, notification) error, end func()) {
	return func(ctx context.Context, n notification) error {
		return zenity.Notify(n.Body, zenity.Title("Folderfront: "+n.Title), zenity.Context(ctx))
	}, func() {}
}
