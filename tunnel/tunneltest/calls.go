package tunneltest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.ngrok.com/muxado/v2"
)

// The kinds of calls; a stream begins with its kind.
const (
	callAuth       muxado.StreamType = 0
	callBind       muxado.StreamType = 1
	callUnbind     muxado.StreamType = 2
	callProxy      muxado.StreamType = 3
	callRestart    muxado.StreamType = 4
	callStop       muxado.StreamType = 5
	callUpdate     muxado.StreamType = 6
	callSrvInfo    muxado.StreamType = 8
	callStopTunnel muxado.StreamType = 9
	callPatch      muxado.StreamType = 10
)

type authCall struct {
	Version  []string
	ClientID string `json:"ClientId"`
	Extra    struct{ Authtoken, Cookie string }
}

type authAnswer struct {
	Version  string
	ClientID string `json:"ClientId"`
	Error    string
	Extra    struct {
		Version, Region, Cookie, AccountName, PlanName, AgentSessionID string
		SessionDuration                                                int64
	}
}

type bindCall struct {
	ID    string `json:"Id"`
	Proto string
	Opts  map[string]any
	Extra struct{ Token string }
}

type bindAnswer struct {
	ID    string `json:"Id"`
	URL   string
	Proto string
	Opts  map[string]any
	Error string
	Extra struct{ Token, TunnelID string }
}

// answer reads one call from an agent and writes the answer.
func (e *Edge) answer(s *session, stream muxado.TypedStream) {
	defer stream.Close()
	in, out := json.NewDecoder(stream), json.NewEncoder(stream)
	switch stream.StreamType() {
	case callAuth:
		var call authCall
		if in.Decode(&call) == nil {
			out.Encode(e.auth(s, call))
		}
	case callBind:
		var call bindCall
		if in.Decode(&call) == nil {
			out.Encode(e.bind(s, call))
		}
	case callUnbind:
		var call struct {
			ID string `json:"Id"`
		}
		if in.Decode(&call) == nil {
			e.unbind(s, call.ID)
			out.Encode(struct{ Error string }{})
		}
	case callSrvInfo:
		out.Encode(struct{ Region string }{e.opts.Region})
	case callPatch:
		out.Encode(struct{ Error string }{})
	}
}

func (e *Edge) auth(s *session, call authCall) (answer authAnswer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	answer.Version, answer.ClientID = "3", call.ClientID
	refuse := e.faults.auth
	if refuse == "" && e.opts.Tokens != nil && !slices.Contains(e.opts.Tokens, call.Extra.Authtoken) {
		refuse = "107"
	}
	if refuse != "" {
		e.counts.Refused++
		answer.Error = errorText(refuse)
		return answer
	}
	if answer.ClientID == "" {
		answer.ClientID = fmt.Sprintf("client-%d", e.counts.Sessions+1)
	}
	s.id = answer.ClientID
	s.link.token = call.Extra.Authtoken
	e.takeOver(s)
	e.sessions[s.id] = s
	e.counts.Sessions++
	answer.Extra.Version, answer.Extra.Region, answer.Extra.PlanName = "prod", e.opts.Region, e.opts.Plan
	answer.Extra.Cookie, answer.Extra.AccountName = "cookie-"+s.id, "Test account"
	answer.Extra.AgentSessionID = "ts_" + s.id
	return answer
}

// takeOver ends the connection that held s's client id before.
func (e *Edge) takeOver(s *session) {
	old := e.sessions[s.id]
	if old == nil {
		return
	}
	e.counts.Takeover++
	for host, b := range e.binds {
		if b.session == old {
			delete(e.binds, host)
		}
	}
	go old.link.cut()
}

func (e *Edge) bind(s *session, call bindCall) (answer bindAnswer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	asked, _ := call.Opts["URL"].(string)
	policy, _ := call.Opts["TrafficPolicy"].(string)
	e.counts.URLs = append(e.counts.URLs, asked)
	e.counts.Policies = append(e.counts.Policies, policy)

	address := e.address(s, asked, call.Extra.Token)
	refuse := e.faults.bind
	if held := e.binds[hostOf(address)]; refuse == "" && held != nil && held.session != s {
		refuse = "334"
	}
	answer.ID, answer.Proto = call.ID, call.Proto
	if refuse != "" {
		e.counts.Refused++
		answer.Error = errorText(refuse)
		return answer
	}
	e.counts.Binds++
	if answer.ID == "" {
		answer.ID = fmt.Sprintf("bind-%d", e.counts.Binds)
	}
	e.binds[hostOf(address)] = &bind{id: answer.ID, url: address, session: s}
	answer.URL, answer.Opts = address, call.Opts
	answer.Opts["URL"] = address
	answer.Extra.Token, answer.Extra.TunnelID = remember(address), "tn_"+answer.ID
	return answer
}

// address decides on a bind's public address.
func (e *Edge) address(s *session, asked, token string) string {
	switch {
	case e.faults.assign != "":
		return e.faults.assign
	case remembered(token) != "":
		return remembered(token)
	case asked != "":
		return strings.TrimSuffix(asked, "/")
	}
	return e.origin(s.link.token)
}

func (e *Edge) unbind(s *session, id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for host, b := range e.binds {
		if b.session == s && b.id == id {
			delete(e.binds, host)
		}
	}
}

// errorText is an error as agents get it: a sentence, and the code on a line
// of its own.
func errorText(code string) string {
	return fmt.Sprintf("The request was refused by the test edge.\r\n\r\nERR_NGROK_%s\r\n", code)
}

// call opens a stream to a session's agent, sends one message and reads the
// answer's Error.
func (s *session) call(kind muxado.StreamType, message any) (string, error) {
	stream, err := s.mux.OpenTypedStream(kind)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	if err := json.NewEncoder(stream).Encode(message); err != nil {
		return "", err
	}
	if kind == callStopTunnel {
		return "", nil
	}
	var answer struct{ Error string }
	err = json.NewDecoder(stream).Decode(&answer)
	return answer.Error, err
}
