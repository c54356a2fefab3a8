package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"folderfront/app/state"
)

// maxCall bounds a command, in bytes.
const maxCall = 4 << 20

// Listen opens the profile's control socket. The caller must own the profile's
// lock: a socket that is there already was left behind.
func Listen(profile string) (net.Listener, error) {
	path := SocketPath(profile)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := listenPrivately(path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// Serve answers on the listener until ctx ends, then closes it.
func Serve(ctx context.Context, listener net.Listener, core Core, log *slog.Logger) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /do", func(w http.ResponseWriter, r *http.Request) { serveCall(w, r, core) })
	mux.HandleFunc("GET /states", func(w http.ResponseWriter, r *http.Request) { serveStates(w, r, core) })
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			server.Close()
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func serveCall(w http.ResponseWriter, r *http.Request, core Core) {
	var call state.Call
	if err := json.NewDecoder(io.LimitReader(r.Body, maxCall)).Decode(&call); err != nil {
		writeReply(w, http.StatusBadRequest, reply{Error: "The command could not be read; nothing was done."})
		return
	}
	answer, err := core.Call(r.Context(), call)
	if err != nil {
		writeReply(w, http.StatusUnprocessableEntity, reply{Error: err.Error()})
		return
	}
	writeReply(w, http.StatusOK, reply{Answer: answer})
}

func writeReply(w http.ResponseWriter, status int, body reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func serveStates(w http.ResponseWriter, r *http.Request, core Core) {
	w.Header().Set("Content-Type", "application/jsonl")
	encoder := json.NewEncoder(w)
	flush := http.NewResponseController(w)
	for s := range core.States(r.Context()) {
		if encoder.Encode(s) != nil || flush.Flush() != nil {
			return
		}
	}
}
