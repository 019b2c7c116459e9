// Package netaddr tells addresses of this machine from all others.
package netaddr

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// IsLoopback reports whether an IP address, with or without a port, is a loopback
// address. No name is one: what a name resolves to is decided elsewhere.
func IsLoopback(address string) bool {
	ip, err := netip.ParseAddr(Host(address))
	return err == nil && ip.Unmap().IsLoopback()
}

// IsLocalhost is IsLoopback that also accepts the name localhost.
func IsLocalhost(address string) bool {
	return Host(address) == "localhost" || IsLoopback(address)
}

// Host returns the name or the IP address in HOST or HOST:PORT, in lower case and
// without brackets.
func Host(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	return strings.ToLower(strings.Trim(address, "[]"))
}

// ParseHosts reads names and IP addresses, without ports, separated by commas or white
// space. They are compared with what [Host] returns. Errors name the entry.
func ParseHosts(text string) ([]string, error) {
	entries := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
	for i, entry := range entries {
		host := Host(entry)
		_, notAnAddress := netip.ParseAddr(host)
		if notAnAddress != nil && (host == "" || host != strings.ToLower(entry) || strings.ContainsAny(host, ":/*@[]?#")) {
			return nil, fmt.Errorf("%q: a name or an IP address is expected, without scheme, port and wildcard", entry)
		}
		entries[i] = host
	}
	return entries, nil
}
