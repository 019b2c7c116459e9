package callback

import (
	"context"
	"net/netip"
	"syscall"

	"aitrader/internal/sim"
)

// specialRanges are global unicast addresses that lead to this machine, its
// network or its cloud, or nowhere: the special-purpose registries of IANA, and
// the addresses outside of them where clouds serve metadata.
var specialRanges = func() (out []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"168.63.129.16/32",                                     // the platform of Azure
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", // Teredo, documentation, 6to4
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// allocatedIPv6 holds the allocated IPv6 unicast addresses; others embed or stand
// for something else.
var allocatedIPv6 = netip.MustParsePrefix("2000::/3")

// public reports whether an address belongs to the Internet at large.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !allocatedIPv6.Contains(a) {
		return false
	}
	for _, p := range specialRanges {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// control checks the IP address of each connection before it is made.
func (h Hosts) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if a := to.Addr().Unmap().WithZone(""); !public(a) && !h.addresses[a] {
		return sim.Errorf(sim.KindForbidden, "the host resolves to %s, which is not a public address and is not itself on the list", a)
	}
	return nil
}
