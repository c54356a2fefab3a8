// Folderfront makes folders of one's own computer a document provider for Adobe Workfront.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"folderfront/app/cli"
)

// version is set by the release build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, version, os.Args[1:])
	stop()
	os.Exit(code)
}
