package callback

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"aitrader/internal/netaddr"
	"aitrader/internal/sim"
)

// httpsPort is the port of a listed host that names none.
const httpsPort = "443"

// maxURL bounds the length of an address, in bytes.
const maxURL = 2048

// Hosts are the hosts that may be called.
type Hosts struct {
	hostPorts map[string]bool // host:port
	addresses map[netip.Addr]bool
}

// ParseHosts reads a comma-separated list of hosts: names or IP addresses, each
// with a port unless it is 443. A listed name may resolve to a public address, or
// to an address that is itself on the list. An empty list allows nothing.
func ParseHosts(list string) (Hosts, error) {
	h := Hosts{hostPorts: map[string]bool{}, addresses: map[netip.Addr]bool{}}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		host, port := splitHost(entry)
		address, err := netip.ParseAddr(host)
		isName := hostName.MatchString(host) && !numeric.MatchString(host)
		if number, bad := strconv.ParseUint(port, 10, 16); bad != nil || number == 0 || err != nil && !isName || address.Zone() != "" {
			return Hosts{}, sim.Errorf(sim.KindInvalid,
				"%q is not a host: names or IP addresses are expected, separated by commas, each with :PORT unless it is 443", entry)
		}
		if err == nil {
			h.addresses[address.Unmap()] = true
		}
		h.hostPorts[canonical(host, port)] = true
	}
	return h, nil
}

var (
	hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)
	// numeric matches names that some resolvers read as an address, such as 127.1.
	numeric = regexp.MustCompile(`(^|\.)(0[xX][0-9a-fA-F]*|[0-9]+)\.?$`)
)

// splitHost splits an entry into host and port; an IPv6 address without brackets
// has no port.
func splitHost(entry string) (host, port string) {
	if host, port, err := net.SplitHostPort(entry); err == nil {
		return host, port
	}
	return strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]"), httpsPort
}

// canonical returns the form in which a host and its port are compared.
func canonical(host, port string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if address, err := netip.ParseAddr(host); err == nil {
		host = address.Unmap().String()
	}
	return net.JoinHostPort(host, port)
}

// Empty reports whether no host may be called.
func (h Hosts) Empty() bool { return len(h.hostPorts) == 0 }

// parse reads an address and refuses one that must not be called. plain allows
// http on loopback.
func (h Hosts) parse(to sim.CallbackURL, plain bool) (*url.URL, error) {
	u, err := url.Parse(string(to))
	switch {
	case err != nil, len(to) > maxURL, u.Host == "", u.Opaque != "", u.User != nil, u.Fragment != "", strings.Contains(u.Host, "%"):
		return nil, sim.Errorf(sim.KindInvalid, "an absolute https URL of at most %d bytes is expected, without credentials or fragment", maxURL)
	case u.Scheme != "https" && (!plain || u.Scheme != "http" || !netaddr.IsLoopback(u.Hostname())):
		return nil, sim.Errorf(sim.KindInvalid, "its scheme is not https")
	}
	port := u.Port()
	if port == "" {
		port = httpsPort
	}
	if !h.hostPorts[canonical(u.Hostname(), port)] {
		return nil, sim.Errorf(sim.KindInvalid, "its host is not on the list of allowed hosts")
	}
	return u, nil
}
