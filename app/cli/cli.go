// Package cli is the command line: one file a command. It wires the rooms
// together and holds no decision of its own.
package cli

import "context"

// Main runs the command line and returns the exit status: 0, 1 for a failure,
// 2 for wrong usage.
func Main(ctx context.Context, version string, args []string) int {
	return 0
}
