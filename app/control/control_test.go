package control

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"folderfront/app/state"
)

// core answers like an App with one verb and a stream that the test feeds.
type core struct{ states chan state.State }

func (c core) Call(_ context.Context, call state.Call) (json.RawMessage, error) {
	if call.Verb != "AddFolder" {
		return nil, errors.New("A sentence for a person.")
	}
	return call.Args, nil
}

func (c core) States(ctx context.Context) iter.Seq[state.State] {
	return func(yield func(state.State) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case s, open := <-c.states:
				if !open || !yield(s) {
					return
				}
			}
		}
	}
}

func start(t *testing.T, profile string) (core, *Client, context.CancelFunc) {
	t.Helper()
	c := core{make(chan state.State, 10)}
	listener, err := Listen(profile)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, c, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	client, err := Dial(ctx, profile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return c, client, cancel
}

func TestCommandsTravelWithTheirAnswers(t *testing.T) {
	_, client, _ := start(t, t.TempDir())
	var back state.AddFolder
	sent := state.AddFolder{Name: "Bränd \"x\"", Path: "/srv", ReadOnly: true}
	if err := client.Do(t.Context(), sent, &back); err != nil || back != sent {
		t.Errorf("%+v came back as %+v, %v", sent, back, err)
	}
	if err := client.Do(t.Context(), state.Start{}, nil); err == nil || err.Error() != "A sentence for a person." {
		t.Errorf("got %v", err)
	}
}

func TestStatesArriveInOrderUntilTheCoreEnds(t *testing.T) {
	c, client, stop := start(t, t.TempDir())
	for _, headline := range []string{"one", "two", "three"} {
		c.states <- state.State{Headline: headline}
	}
	var got []string
	for s := range client.States(t.Context()) {
		got = append(got, s.Headline)
		if len(got) == 3 {
			stop()
		}
	}
	if strings.Join(got, " ") != "one two three" {
		t.Errorf("got %v", got)
	}
	if err := client.Do(t.Context(), state.Start{}, nil); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after the end: %v, want ErrNotRunning", err)
	}
}

func TestNobodyRuns(t *testing.T) {
	if _, err := Dial(t.Context(), t.TempDir()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("got %v", err)
	}
}

func TestASocketLeftBehindIsReplaced(t *testing.T) {
	profile := t.TempDir()
	os.WriteFile(SocketPath(profile), nil, 0o600)
	start(t, profile)
}

func TestOnlyTheOwnerMayOpenTheSocket(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the profile folder guards it on Windows")
	}
	profile := t.TempDir()
	start(t, profile)
	info, err := os.Stat(SocketPath(profile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

// A socket that somebody else put where the core's would be is told nothing.
func TestASocketOfSomebodyElseIsNotDialled(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a socket to somebody else")
	}
	const somebody = 12345
	profile := t.TempDir()
	start(t, profile)
	if err := os.Chown(SocketPath(profile), somebody, -1); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), profile); !errors.Is(err, ErrNotRunning) {
		t.Errorf("dialled all the same: %v", err)
	}
	if err := os.Chown(profile, somebody, -1); err != nil {
		t.Fatal(err)
	}
	client, err := Dial(t.Context(), profile) // now it is the profile's owner's
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
}

func TestLongProfilePathStillHasASocket(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	profile := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.MkdirAll(profile, 0o700); err != nil {
		t.Fatal(err)
	}
	_, client, _ := start(t, profile)
	if err := client.Do(t.Context(), state.AddFolder{}, nil); err != nil {
		t.Error(err)
	}
}

func TestRubbishIsRefusedWithASentence(t *testing.T) {
	_, client, _ := start(t, t.TempDir())
	response, err := client.http.Post("http://core/do", "application/json", strings.NewReader("{"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var r reply
	if json.NewDecoder(response.Body).Decode(&r); response.StatusCode != 400 || r.Error == "" {
		t.Errorf("status %d, %q", response.StatusCode, r.Error)
	}
}
