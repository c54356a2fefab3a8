package tunnel

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"folderfront/tunnel/tunneltest"
)

func TestParseAllow(t *testing.T) {
	t.Parallel()
	got, err := ParseAllow([]string{" 192.0.2.7 ", "", "198.51.100.9/24", "2001:db8::1", "2001:db8::/32", "::ffff:203.0.113.5", "::ffff:203.0.113.0/120"})
	want := []string{"192.0.2.7/32", "198.51.100.0/24", "2001:db8::1/128", "2001:db8::/32", "203.0.113.5/32", "203.0.113.0/24"}
	var texts []string
	for _, p := range got {
		texts = append(texts, p.String())
	}
	if err != nil || !slices.Equal(texts, want) {
		t.Errorf("%v, %v", texts, err)
	}
	for _, wrong := range []string{"example.com", "192.0.2.0/33", "192.0.2", "fe80::1%eth0", "fe80::1%eth0/64", "*", "192.0.2.1-9"} {
		if p, err := ParseAllow([]string{wrong}); err == nil || !strings.Contains(err.Error(), "write it like") {
			t.Errorf("%q: %v, %v", wrong, p, err)
		}
	}
}

func TestTrafficPolicy(t *testing.T) {
	t.Parallel()
	if p := TrafficPolicy(nil); p != "" {
		t.Errorf("nothing restricted: %s", p)
	}
	allowed := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	policy := TrafficPolicy(allowed)
	var parsed map[string][]struct {
		Expressions []string
		Actions     []struct {
			Type   string
			Config struct {
				Enforce bool
				Allow   []string
			}
		}
	}
	if err := json.Unmarshal([]byte(policy), &parsed); err != nil {
		t.Fatal(err)
	}
	rules := parsed["on_http_request"]
	if len(parsed) != 1 || len(rules) != 1 || len(rules[0].Actions) != 1 {
		t.Fatalf("policy %s", policy)
	}
	a := rules[0].Actions[0]
	if a.Type != "restrict-ips" || !a.Config.Enforce || !slices.Equal(a.Config.Allow, []string{"192.0.2.0/24", "2001:db8::/32"}) {
		t.Errorf("action %+v", a)
	}
	if e := rules[0].Expressions; len(e) != 1 || !strings.Contains(e[0], `startsWith("/api/")`) || !strings.Contains(e[0], probePath) {
		t.Errorf("expressions %q", e)
	}

	e := startEdge(t, tunneltest.Options{})
	startNgrok(t, e, func(c *NgrokConfig) { c.Policy = policy }).until(Live)
	if got := e.Counts().Policies; !slices.Equal(got, []string{policy}) {
		t.Errorf("the edge was given %q", got)
	}
}
