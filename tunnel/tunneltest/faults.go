package tunneltest

import (
	"errors"
	"time"

	"golang.ngrok.com/muxado/v2"
)

// faults are what an edge does wrong from now on.
type faults struct {
	auth, bind string        // refuse with this code
	assign     string        // give every bind this address, whatever it asks for
	rtt        time.Duration // of later links
	answer     string        // answer public requests with this code instead of asking the agent
}

func (e *Edge) fault(change func(*faults)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.faults)
}

// RefuseAuth refuses agents with a code such as "107"; "" accepts them again.
func (e *Edge) RefuseAuth(code string) { e.fault(func(f *faults) { f.auth = code }) }

// RefuseBind refuses binds with a code such as "334"; "" accepts them again.
func (e *Edge) RefuseBind(code string) { e.fault(func(f *faults) { f.bind = code }) }

// Assign gives every later bind this address, whatever it asks for; "" ends it.
func (e *Edge) Assign(address string) { e.fault(func(f *faults) { f.assign = address }) }

// SetRTT makes later links as slow as if the way to the edge and back took so
// long.
func (e *Edge) SetRTT(rtt time.Duration) { e.fault(func(f *faults) { f.rtt = rtt }) }

// Answer answers public requests as the edge itself does, with one of its
// codes, such as "725"; "" ends it.
func (e *Edge) Answer(code string) { e.fault(func(f *faults) { f.answer = code }) }

// Reset resets the TCP connections of all agents.
func (e *Edge) Reset() { e.eachLink((*link).cut) }

// Freeze stops reading and writing on the present links without closing them,
// as a network does that has gone away: half-open connections.
func (e *Edge) Freeze() { e.eachLink((*link).freeze) }

func (e *Edge) eachLink(do func(*link)) {
	e.mu.Lock()
	var links []*link
	for l := range e.links {
		links = append(links, l)
	}
	e.mu.Unlock()
	for _, l := range links {
		do(l)
	}
}

// StopTunnel ends every bind with a code and a message, as an account's owner
// can on ngrok's pages; the sessions stay.
func (e *Edge) StopTunnel(code, message string) error {
	e.mu.Lock()
	binds := e.binds
	e.binds = map[string]*bind{}
	e.mu.Unlock()
	var errs []error
	for _, b := range binds {
		_, err := b.session.call(callStopTunnel, map[string]string{
			"Id": b.id, "Message": message, "ErrorCode": "ERR_NGROK_" + code,
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// StopAgent, RestartAgent and UpdateAgent ask every agent to stop, to restart
// or to update itself, as ngrok's pages can, and return what agents answered:
// "" is yes.
func (e *Edge) StopAgent() (string, error)    { return e.command(callStop) }
func (e *Edge) RestartAgent() (string, error) { return e.command(callRestart) }
func (e *Edge) UpdateAgent() (string, error)  { return e.command(callUpdate) }

func (e *Edge) command(kind muxado.StreamType) (string, error) {
	e.mu.Lock()
	var live []*session
	for _, s := range e.sessions {
		if e.links[s.link] {
			live = append(live, s)
		}
	}
	e.mu.Unlock()
	for _, s := range live {
		answer, err := s.call(kind, struct{}{})
		if code, _ := muxado.GetError(err); err != nil && code == muxado.SessionClosed {
			continue // it ended meanwhile, its link is about to
		}
		if err != nil || answer != "" {
			return answer, err
		}
	}
	return "", nil
}
