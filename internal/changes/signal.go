// Package changes wakes readers when this process has changed a job, so that they
// need not poll for it. Changes by other processes are not announced.
package changes

import (
	"sync"
	"time"
)

// minGap bounds how often a Signal wakes its readers. A change after a quiet time
// wakes them at once; while jobs of fast models change thousands of times a second,
// readers see the state ten times a second.
const minGap = 100 * time.Millisecond

// Signal wakes all who wait for the next change. The zero value is ready for use. It
// is safe for concurrent use.
type Signal struct {
	mu       sync.Mutex
	next     chan struct{} // closed by the next wake-up; nil: no reader waits
	last     time.Time     // of the last wake-up
	deferred bool          // a wake-up is due minGap after the last one
}

// Next returns a channel that is closed after the next change. A reader calls it
// before it reads, so that it misses none.
func (s *Signal) Next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.next
}

// Announce says that something has changed.
func (s *Signal) Announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil || s.deferred {
		return
	}
	if gap := minGap - time.Since(s.last); gap > 0 {
		s.deferred = true
		time.AfterFunc(gap, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.deferred = false
			s.wake()
		})
		return
	}
	s.wake()
}

// wake wakes all readers; the caller holds the mutex.
func (s *Signal) wake() {
	if s.next != nil {
		close(s.next)
	}
	s.next, s.last = nil, time.Now()
}
