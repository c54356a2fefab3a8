package tunneltest

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// codeHeader marks the edge's own answers.
const codeHeader = "Ngrok-Error-Code"

type transportKey struct{}

// startPublic starts the public side.
func (e *Edge) startPublic() error {
	ln, err := net.Listen("tcp", orLoopback(e.opts.PublicAddr))
	if err != nil {
		return fmt.Errorf("edge: %w", err)
	}
	e.publicURL = &url.URL{Scheme: "http", Host: ln.Addr().String()}
	if e.opts.HTTPS {
		e.publicURL.Scheme = "https"
		ln = tls.NewListener(ln, e.ca.serverConfig())
	}
	e.public = &http.Server{
		Handler: http.HandlerFunc(e.servePublic), ReadHeaderTimeout: 10 * time.Second,
		ConnContext: e.transportOf,
	}
	e.serving.Go(func() { e.public.Serve(ln) })
	return nil
}

// PublicAddr is the host and port of the public side.
func (e *Edge) PublicAddr() string { return e.publicURL.Host }

// transportOf gives each inbound connection a transport of its own, because an
// edge never mixes the requests of two clients on one connection to an agent.
func (e *Edge) transportOf(ctx context.Context, c net.Conn) context.Context {
	t := &http.Transport{
		DialContext: func(_ context.Context, _, host string) (net.Conn, error) {
			return e.Dial(strings.TrimSuffix(host, ":80"), c.RemoteAddr().String())
		},
		DisableCompression: true, MaxIdleConnsPerHost: 4, ReadBufferSize: 64 << 10, WriteBufferSize: 64 << 10,
	}
	context.AfterFunc(ctx, t.CloseIdleConnections)
	return context.WithValue(ctx, transportKey{}, t)
}

func (e *Edge) servePublic(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	own, held := e.faults.answer, e.binds[strings.ToLower(r.Host)]
	e.mu.Unlock()
	switch {
	case own != "":
		refuse(w, own, http.StatusForbidden)
	case held == nil:
		refuse(w, "3200", http.StatusNotFound)
	default:
		e.forward(w, r)
	}
}

// forward hands a request to the agent that holds its host.
func (e *Edge) forward(w http.ResponseWriter, r *http.Request) {
	proxy := httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", p.In.Host, p.In.Host
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			p.SetXForwarded()
			p.Out.Header.Set("X-Forwarded-Proto", e.publicURL.Scheme)
		},
		Transport:     r.Context().Value(transportKey{}).(*http.Transport),
		FlushInterval: -1,
		ModifyResponse: func(res *http.Response) error {
			res.Header.Del(codeHeader) // an upstream can't set it
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			refuse(w, "3004", http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, r)
}

// refuse answers as the edge itself.
func refuse(w http.ResponseWriter, code string, status int) {
	w.Header().Set(codeHeader, "ERR_NGROK_"+code)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "The test edge answers instead of the agent: ERR_NGROK_%s\n", code)
}

// Dial opens a proxy stream to the agent that holds the public host, for a
// visitor at the address client.
func (e *Edge) Dial(host, client string) (net.Conn, error) {
	e.mu.Lock()
	b := e.binds[strings.ToLower(host)]
	e.mu.Unlock()
	if b == nil {
		return nil, fmt.Errorf("edge: no bind for %s", host)
	}
	stream, err := b.session.mux.OpenTypedStream(callProxy)
	if err != nil {
		return nil, err
	}
	header, err := json.Marshal(map[string]any{
		"Id": b.id, "ClientAddr": client, "Proto": "https", "EdgeType": "0", "PassthroughTLS": false,
	})
	if err != nil {
		return nil, err
	}
	message := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	if _, err := stream.Write(append(message, header...)); err != nil {
		stream.Close()
		return nil, err
	}
	return stream, nil
}
