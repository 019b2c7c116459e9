package httpapi

import (
	"context"
	"time"
)

// How often a waiting call reads again: often where nothing wakes it, seldom where
// only another process could have made a change unnoticed.
const (
	pollAlone = 200 * time.Millisecond
	pollWoken = time.Second
)

// awaitChange reads again until the answer differs from the caller's, or from the
// first one, or the job has ended, or the time is up, or the service ends.
func (s *server) awaitChange(
	ctx context.Context, wait time.Duration, first answer, ifNoneMatch string, read func() (a answer, ended bool, err error),
) (answer, error) {
	have := ifNoneMatch
	if have == "" {
		have = first.etag()
	}
	if !matchesTag(have, first.etag()) {
		return first, nil
	}
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	tick := time.NewTicker(s.Poll)
	defer tick.Stop()
	for {
		var woken <-chan struct{}
		if s.Wake != nil {
			woken = s.Wake() // before reading, so that no change is missed
		}
		a, ended, err := read()
		if err != nil || ended || !matchesTag(have, a.etag()) {
			return a, err
		}
		select {
		case <-timeout.C:
			return a, nil
		case <-s.Ending:
			return a, nil
		case <-ctx.Done():
			return answer{}, ctx.Err()
		case <-woken:
		case <-tick.C:
		}
	}
}
