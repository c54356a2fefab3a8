package server

import (
	"testing"

	"folderfront/server/conformance"
)

func TestConformance(t *testing.T) {
	f := newFixture(t)
	examined := 0
	err := conformance.Run(t.Context(), conformance.Options{BaseURL: f.base, Credential: f.client.Credential, Write: true, HTTP: f.client.HTTP}, func(r conformance.Result) {
		switch {
		case r.Reason != "":
			t.Errorf("%s: %s: %s", r.Group, r.Name, r.Reason)
		case r.LeftOut != "":
			t.Logf("left out: %s: %s: %s", r.Group, r.Name, r.LeftOut)
		default:
			examined++
		}
	})
	if err != nil {
		t.Error(err)
	}
	if all := len(conformance.Cases()); examined < all-2 {
		t.Errorf("only %d of %d cases were examined", examined, all)
	}
}
