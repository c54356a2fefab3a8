package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net"
	"net/http"

	"folderfront/app/state"
)

// Client speaks with the core of one profile. Safe concurrently.
type Client struct {
	http *http.Client
}

// Dial connects to the profile's core; ErrNotRunning when there is none.
func Dial(ctx context.Context, profile string) (*Client, error) {
	path := SocketPath(profile)
	if !trusted(path, profile) {
		return nil, ErrNotRunning
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialCore(ctx, path)
	}
	probe, err := dial(ctx, "", "")
	if err != nil {
		return nil, ErrNotRunning
	}
	probe.Close()
	return &Client{&http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do carries out a command; see the function Do.
func (c *Client) Do(ctx context.Context, command, answer any) error {
	return Do(ctx, c, command, answer)
}

// Call carries out one command; see Core.
func (c *Client) Call(ctx context.Context, call state.Call) (json.RawMessage, error) {
	body, err := json.Marshal(call)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://core/do", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, gone(ctx)
	}
	defer response.Body.Close()
	var r reply
	if err := json.NewDecoder(response.Body).Decode(&r); err != nil {
		return nil, gone(ctx)
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(r.Error)
	}
	return r.Answer, nil
}

// States yields States until ctx ends or the core is gone; see Core.
func (c *Client) States(ctx context.Context) iter.Seq[state.State] {
	return func(yield func(state.State) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://core/states", nil)
		if err != nil {
			return
		}
		response, err := c.http.Do(request)
		if err != nil {
			return
		}
		defer response.Body.Close()
		decoder := json.NewDecoder(bufio.NewReader(response.Body))
		for {
			var s state.State
			if decoder.Decode(&s) != nil || !yield(s) {
				return
			}
		}
	}
}

// gone explains a connection that broke: the person's own doing, or a core
// that ended.
func gone(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ErrNotRunning
}
