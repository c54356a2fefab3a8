// Command edge runs a loopback ngrok edge by hand, so that the built program can be
// tried without the internet:
//
//	go run ./tunnel/tunneltest/edge -ca edge.pem
//	FOLDERFRONT_NGROK_TOKEN=any folderfront serve --tunnel ngrok \
//		--ngrok-edge HOST:PORT --ngrok-edge-ca edge.pem
//
// It prints where agents connect and runs until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"folderfront/tunnel/tunneltest"
)

func main() {
	var o tunneltest.Options
	var rtt time.Duration
	ca := flag.String("ca", "edge.pem", "write the certificate to trust to this file")
	flag.StringVar(&o.AgentAddr, "agents", "127.0.0.1:0", "listen here for agents")
	flag.StringVar(&o.PublicAddr, "public", "127.0.0.1:0", "listen here for visitors")
	flag.BoolVar(&o.HTTPS, "https", false, "serve visitors by TLS")
	flag.DurationVar(&rtt, "rtt", 0, "make the way to the agents so much longer")
	flag.Parse()
	if err := run(o, rtt, *ca); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o tunneltest.Options, rtt time.Duration, ca string) error {
	e, err := tunneltest.Start(o)
	if err != nil {
		return err
	}
	defer e.Close()
	e.SetRTT(rtt)
	if err := os.WriteFile(ca, e.CAPEM(), 0o644); err != nil {
		return err
	}
	fmt.Printf("agents: %s\npublic: %s\nca: %s\n", e.AgentAddr(), e.PublicAddr(), ca)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	<-ctx.Done()
	return nil
}
