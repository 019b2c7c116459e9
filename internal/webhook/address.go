package webhook

import (
	"context"
	"net/netip"
	"syscall"

	"aitrader/internal/sim"
)

// special are ranges within the global unicast addresses that lead to this
// machine, its network or its cloud, or nowhere: the registries of IANA for special
// purposes, and where clouds serve metadata outside of them.
var special = func() (out []netip.Prefix) {
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

// ordinary holds the IPv6 addresses that are given out; others embed or stand for
// something else.
var ordinary = netip.MustParsePrefix("2000::/3")

// public reports whether an address is one of the Internet at large.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !ordinary.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// control looks at the address of each connection before it is made.
func (h Hosts) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if a := to.Addr().Unmap().WithZone(""); !public(a) && !h.addresses[a] {
		return sim.Errorf(sim.KindForbidden, "its host stands for %s, which is not a public address and not on the list itself", a)
	}
	return nil
}
