package webhook

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"aitrader/internal/sim"
)

// httpsPort is the port that a host on the list stands for, if it names no other.
const httpsPort = "443"

// maxURL bounds the length of an address.
const maxURL = 2048

// Hosts are the hosts that may be called.
type Hosts struct {
	places    map[string]bool // host:port
	addresses map[netip.Addr]bool
}

// ParseHosts reads a list of hosts, separated by commas: names or addresses, each
// with a port if that is not 443. An address on the list may also be what a listed
// name stands for, where it is not a public one. Nothing is on an empty list.
func ParseHosts(list string) (Hosts, error) {
	h := Hosts{places: map[string]bool{}, addresses: map[netip.Addr]bool{}}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		host, port := splitHost(entry)
		address, err := netip.ParseAddr(host)
		isName := hostName.MatchString(host) && !numeric.MatchString(host)
		if number, bad := strconv.ParseUint(port, 10, 16); bad != nil || number == 0 || err != nil && !isName || address.Zone() != "" {
			return Hosts{}, sim.Errorf(sim.KindInvalid, "%q is not a host: names or addresses are expected, separated by commas, each with :PORT if that is not 443", entry)
		}
		if err == nil {
			h.addresses[address.Unmap()] = true
		}
		h.places[place(host, port)] = true
	}
	return h, nil
}

var (
	hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)
	// numeric is what some resolvers take for an address, such as 127.1.
	numeric = regexp.MustCompile(`(^|\.)(0[xX][0-9a-fA-F]*|[0-9]+)\.?$`)
)

// splitHost separates the port from a host; an IPv6 address without brackets has
// none.
func splitHost(entry string) (host, port string) {
	if host, port, err := net.SplitHostPort(entry); err == nil {
		return host, port
	}
	return strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]"), httpsPort
}

// place is how a host and its port are compared.
func place(host, port string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if address, err := netip.ParseAddr(host); err == nil {
		host = address.Unmap().String()
	}
	return net.JoinHostPort(host, port)
}

// Empty reports whether no host may be called.
func (h Hosts) Empty() bool { return len(h.places) == 0 }

// parse reads an address and refuses what may not be called. plain allows http on
// loopback.
func (h Hosts) parse(to sim.CallbackURL, plain bool) (*url.URL, error) {
	u, err := url.Parse(string(to))
	switch {
	case err != nil, len(to) > maxURL, u.Host == "", u.Opaque != "", u.User != nil, u.Fragment != "", strings.Contains(u.Host, "%"):
		return nil, sim.Errorf(sim.KindInvalid, "it is not an absolute https URL of at most %d bytes, without credentials and fragment", maxURL)
	case u.Scheme != "https" && (!plain || u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, sim.Errorf(sim.KindInvalid, "its scheme is not https")
	}
	port := u.Port()
	if port == "" {
		port = httpsPort
	}
	if !h.places[place(u.Hostname(), port)] {
		return nil, sim.Errorf(sim.KindInvalid, "its host is not on the list of those that may be called")
	}
	return u, nil
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
