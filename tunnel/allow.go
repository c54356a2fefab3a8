package tunnel

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// ParseAllow reads a list of addresses and address ranges that a person
// entered: "192.0.2.7", "192.0.2.0/24", "2001:db8::/32". Empty entries are
// skipped; a range is reduced to its own bits. The error is a sentence.
func ParseAllow(entries []string) ([]netip.Prefix, error) {
	var allowed []netip.Prefix
	for _, entry := range entries {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		p, err := netip.ParsePrefix(entry)
		if err != nil {
			var a netip.Addr
			a, err = netip.ParseAddr(entry)
			p = netip.PrefixFrom(a, a.BitLen())
			if a.Zone() != "" {
				err = errors.New("an interface's name means nothing elsewhere")
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%q is not an IP address or range: write it like 192.0.2.7 or 192.0.2.0/24", entry)
		}
		allowed = append(allowed, unmap(p).Masked())
	}
	return allowed, nil
}

// unmap turns a range of IPv4 addresses written as IPv6 into one of IPv4, as
// addresses of clients are.
func unmap(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// TrafficPolicy is allowed as a policy for ngrok: the API is for these
// addresses alone, links in browsers stay open to all, and so does the service
// description, which has nothing private and which the self-probe fetches from
// this computer's own address. "" when nothing is restricted. The server
// enforces the same again.
func TrafficPolicy(allowed []netip.Prefix) string {
	if len(allowed) == 0 {
		return ""
	}
	type action struct {
		Type   string         `json:"type"`
		Config map[string]any `json:"config"`
	}
	type rule struct {
		Expressions []string `json:"expressions"`
		Actions     []action `json:"actions"`
	}
	b, err := json.Marshal(map[string][]rule{"on_http_request": {{
		Expressions: []string{`req.url.path.startsWith("/api/") && req.url.path != "` + probePath + `"`},
		Actions:     []action{{"restrict-ips", map[string]any{"enforce": true, "allow": allowed}}},
	}}})
	if err != nil {
		panic(err) // plain strings and prefixes always marshal
	}
	return string(b)
}
