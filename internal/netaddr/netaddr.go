// Package netaddr tells addresses of this machine from all others.
package netaddr

import (
	"net"
	"net/netip"
	"strings"
)

// IsLoopback reports whether an IP address, with or without a port, is a loopback
// address. No name is one: what a name resolves to is decided elsewhere.
func IsLoopback(address string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host(address), "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

// IsLocalhost is IsLoopback that also accepts the name localhost.
func IsLocalhost(address string) bool {
	return strings.EqualFold(host(address), "localhost") || IsLoopback(address)
}

// host returns an address without its port.
func host(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
