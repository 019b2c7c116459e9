package download

import (
	"sync"
	"time"
)

// pace limits the requests in any minute. It is safe for concurrent use.
type pace struct {
	perMinute int

	mu    sync.Mutex
	slots []time.Time // when the last of them may be sent, in order
}

// reserve reserves the next request and returns how long it has to wait. When that
// is longer than the time left, nothing is reserved and ok is false.
func (p *pace) reserve(now time.Time, left time.Duration) (wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := now
	full := len(p.slots) >= p.perMinute
	if full {
		if free := p.slots[0].Add(time.Minute); free.After(at) {
			at = free
		}
	}
	if wait = at.Sub(now); wait > left {
		return wait, false
	}
	if full {
		p.slots = p.slots[1:]
	}
	p.slots = append(p.slots, at)
	return wait, true
}
