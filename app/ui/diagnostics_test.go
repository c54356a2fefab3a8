//go:build !headless || ci

package ui

import (
	"strings"
	"testing"
)

// TestDiagnosticsTellNobody looks for everything in a full State that is nobody
// else's business.
func TestDiagnosticsTellNobody(t *testing.T) {
	st := failing().st
	st.Problems = append(st.Problems, *st.Problem)
	got := diagnostics(st)
	private := []string{st.BaseAPIURL, st.Tunnel.OldOrigin, "otter", st.Settings.File, "anna", "Mara", st.Keys[0].Name, st.Keys[0].ID}
	for _, f := range st.Folders {
		private = append(private, f.Name, f.Path)
	}
	for _, a := range st.Recent {
		private = append(private, a.Title)
	}
	for _, s := range private {
		if strings.Contains(got, s) {
			t.Errorf("the diagnostics tell %q:\n%s", s, got)
		}
	}
	for _, s := range []string{"phase: trouble", "folders: 4", "problem: tunnel", "ngrok, failed"} {
		if !strings.Contains(got, s) {
			t.Errorf("the diagnostics do not tell %q:\n%s", s, got)
		}
	}
}
