//go:build !headless || ci

package ui

import (
	"reflect"
	"testing"

	"folderfront/app/state"
)

// TestWaysInThatWantSomethingFirst chooses the ways in that need an address or a
// host: nothing is changed before these are given, and another choice drops them.
func TestWaysInThatWantSomethingFirst(t *testing.T) {
	core := typical()
	core.st.Tunnel.SSH.KnownHosts = "/home/anna/hosts"
	f := newTestFace(t, core)
	f.open("Connection")
	p := f.pages["Connection"].(*connection)
	p.provider.SetSelectedIndex(1)
	if len(core.did()) != 0 || !p.ssh.all.Visible() || p.ngrok.all.Visible() {
		t.Fatalf("choosing ssh: commands %v, its form is shown: %v", core.did(), p.ssh.all.Visible())
	}
	follow(f, core)
	if !p.ssh.all.Visible() || p.provider.SelectedIndex() != 1 {
		t.Error("the next State takes the form away")
	}
	p.provider.SetSelectedIndex(2)
	if len(core.did()) != 0 || !p.external.all.Visible() || p.ssh.all.Visible() {
		t.Errorf("choosing an own address: commands %v", core.did())
	}
	p.provider.SetSelectedIndex(1)
	p.ssh.host.SetText(" me@example.com ")
	p.ssh.remote.SetText("127.0.0.1:8080")
	p.ssh.public.SetText("https://files.example.com")
	p.ssh.submit()
	follow(f, core)
	ssh := state.SSH{Host: "me@example.com", Remote: "127.0.0.1:8080", KnownHosts: "/home/anna/hosts"}
	want := []any{state.SetTunnel{Provider: "ssh", PublicURL: "https://files.example.com", SSH: &ssh}}
	if got := core.did(); !reflect.DeepEqual(got, want) || p.chosen != "" || !p.ssh.all.Visible() {
		t.Errorf("commands %v, want %v; still choosing %q", got, want, p.chosen)
	}
	p.provider.SetSelectedIndex(3)
	follow(f, core)
	if p.ssh.all.Visible() || core.st.Tunnel.Provider != "none" {
		t.Errorf("the way in is %s, the form for ssh is shown: %v", core.st.Tunnel.Provider, p.ssh.all.Visible())
	}
}
