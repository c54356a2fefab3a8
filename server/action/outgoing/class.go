package outgoing

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Class is where a destination lies.
type Class string

// The classes.
const (
	Public   Class = "the internet"
	Local    Class = "the local network"
	Computer Class = "this computer"
	Never    Class = "an address that is never called"
)

// Addresses that look ordinary and are none.
var (
	embedding = []netip.Prefix{ // the last or inner 32 bits are an IPv4 address
		netip.MustParsePrefix("64:ff9b::/96"), // NAT64, RFC 6052
		netip.MustParsePrefix("2002::/16"),    // 6to4, RFC 3056
	}
	never = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("100.100.100.200/32"), // a cloud's metadata service
		netip.MustParsePrefix("fd00:ec2::/32"),      // another's
		netip.MustParsePrefix("::/96"),              // IPv4-compatible, RFC 4291
	}
	local = []netip.Prefix{
		netip.MustParsePrefix("100.64.0.0/10"), // carriers' and overlay networks, RFC 6598
		netip.MustParsePrefix("198.18.0.0/15"), // benchmarks, RFC 2544
	}
)

// Classify tells where an address lies. Link-local (with the clouds' metadata
// services), multicast, broadcast and unspecified ones are Never.
func Classify(ip netip.Addr) Class {
	ip = ip.Unmap().WithZone("")
	if inner, ok := embedded(ip); ok {
		return Classify(inner)
	}
	switch {
	case !ip.IsValid(), ip.IsUnspecified(), ip.IsMulticast(), ip.IsLinkLocalUnicast():
		return Never
	case ip.IsLoopback():
		return Computer
	case within(never, ip):
		return Never
	case ip.IsPrivate(), within(local, ip):
		return Local
	}
	return Public
}

func within(prefixes []netip.Prefix, ip netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func embedded(ip netip.Addr) (netip.Addr, bool) {
	if !ip.Is6() || !within(embedding, ip) {
		return netip.Addr{}, false
	}
	b := ip.As16()
	if b[0] == 0x20 {
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.AddrFrom4([4]byte(b[12:16])), true
}

// Authority returns the host of a URL template. It must stand there literally:
// a host that comes from a file's name would be a way out.
func Authority(rawURL string) (host string, err error) {
	scheme, rest, found := strings.Cut(rawURL, "://")
	if !found || scheme != "https" && scheme != "http" {
		return "", fmt.Errorf("%w: the URL must begin with https:// or http://", ErrDestination)
	}
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	if strings.ContainsAny(authority, "{}%@\\ \t\r\n") {
		return "", fmt.Errorf("%w: the host must stand in the URL as it is, without variables or a password", ErrDestination)
	}
	u, err := url.Parse(scheme + "://" + authority)
	if err != nil || u.Hostname() == "" {
		return "", fmt.Errorf("%w: the URL has no host", ErrDestination)
	}
	return u.Hostname(), nil
}

// Guess tells where a host seems to lie, to be shown and confirmed: an address
// by its class, localhost as this computer, a name without a dot or of a local
// domain in the local network, all else on the internet. It asks nobody.
func Guess(host string) Class {
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return Classify(ip)
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	switch {
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		return Computer
	case !strings.Contains(host, "."), strings.HasSuffix(host, ".local"), strings.HasSuffix(host, ".lan"),
		strings.HasSuffix(host, ".home.arpa"), strings.HasSuffix(host, ".internal"):
		return Local
	}
	return Public
}
