//go:build !linux

package tunnel

import "context"

// networkEvents has nothing to listen to here.
func networkEvents(ctx context.Context, told chan<- struct{}) { poll(ctx, told) }
