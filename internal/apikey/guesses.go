package apikey

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// How often one client may present a wrong key: a page that holds an old one, or a
// person who mistypes it, stays below.
const (
	guessesAtOnce = 20
	guessInterval = 3 * time.Second // until there is room for one more
)

// maxClients bounds how many clients a half of [Guesses] remembers, in some 100 bytes
// each.
const maxClients = 8192

// Guesses limits the rate of wrong keys per client address. The zero value is ready, and
// safe for concurrent use. Who has too many clients in too short a time is forgotten
// early; its memory is bounded.
type Guesses struct {
	mu sync.Mutex
	// Two halves: once recent is full it takes the place of older, and begins anew.
	recent, older map[netip.Addr]time.Time
}

// Wrong counts a wrong key that a client has presented, at HOST or HOST:PORT. It returns
// 0 as long as the client may, and otherwise how long it has to wait.
func (g *Guesses) Wrong(client string, now time.Time) time.Duration {
	address := clientOf(client)
	g.mu.Lock()
	defer g.mu.Unlock()
	// The generic cell rate algorithm (ITU-T I.371): the time until which the guesses so
	// far have used up the rate is all that has to be remembered of a client.
	until, ok := g.recent[address]
	if !ok {
		until = g.older[address]
	}
	if until.Before(now) {
		until = now
	}
	until = until.Add(guessInterval)
	if wait := until.Sub(now) - guessesAtOnce*guessInterval; wait > 0 {
		return wait
	}
	if len(g.recent) >= maxClients {
		g.older, g.recent = g.recent, nil
	}
	if g.recent == nil {
		g.recent = map[netip.Addr]time.Time{}
	}
	g.recent[address] = until
	return 0
}

// clientOf returns the address that stands for a client: of IPv6 the first 64 bits, since
// a client has all addresses behind them. The zero address stands for all unreadable ones.
func clientOf(address string) netip.Addr {
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Addr{}
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		network, _ := ip.Prefix(64) // IPv6 has so many bits
		return network.Addr()
	}
	return ip
}
