// Package control is the socket through which the faces of Folderfront speak
// with its core: commands go in, a stream of whole States comes out. It is
// HTTP over a Unix socket that only the profile's owner can open.
//
//	POST /do      a state.Call in; an answer out
//	GET  /states  State after State, a JSON object a line, the present one first
package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"reflect"

	"folderfront/app/state"
)

// Core is what a face can reach: the App itself, or a Client of it.
type Core interface {
	// States yields the present State and then each later one, skipping those
	// that a slow reader missed, until ctx ends or the core does.
	States(ctx context.Context) iter.Seq[state.State]
	// Call carries out one command. Its errors are sentences for a person.
	Call(ctx context.Context, call state.Call) (answer json.RawMessage, err error)
}

// ErrNotRunning says that no core owns the profile.
var ErrNotRunning = errors.New("Folderfront is not running. Start it, then try again.")

// Local lets a face in the core's own process use it as a Client would.
type Local struct{ Core }

// Do carries out a command; see the function Do.
func (l Local) Do(ctx context.Context, command, answer any) error {
	return Do(ctx, l.Core, command, answer)
}

// Do carries out a command from package state, such as state.AddFolder, and
// reads its answer into answer unless that is nil.
func Do(ctx context.Context, core Core, command, answer any) error {
	args, err := json.Marshal(command)
	if err != nil {
		return err
	}
	reply, err := core.Call(ctx, state.Call{Verb: Verb(command), Args: args})
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(reply, answer)
}

// Verb is the name under which a command travels: that of its type.
func Verb(command any) string { return reflect.TypeOf(command).Name() }

// maxSocketPath is what every system's sockaddr_un holds, the final NUL aside.
const maxSocketPath = 100

// SocketPath is where the core of a profile listens: in the profile or, where
// that path is too long for a socket, in the runtime folder.
func SocketPath(profile string) string {
	path := filepath.Join(profile, "control.sock")
	if len(path) <= maxSocketPath {
		return path
	}
	sum := sha256.Sum256([]byte(profile))
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "folderfront-"+hex.EncodeToString(sum[:8])+".sock")
}

// reply is the body of /do.
type reply struct {
	Answer json.RawMessage `json:"answer,omitempty"`
	Error  string          `json:"error,omitempty"`
}
