// Package clocktest is the clock of a test: it moves when the test moves it. Only tests
// import this package.
package clocktest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Clock is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	waited []time.Duration
	timers []chan time.Time
	parked chan struct{}
}

// New returns a clock that shows a time.
func New(now time.Time) *Clock { return &Clock{now: now, parked: make(chan struct{}, 1)} }

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to a time, forward or back.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// Pass moves the clock forward.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Wait waits by moving the clock forward. It returns the error of a context that has
// ended.
func (c *Clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.waited = c.now.Add(d), append(c.waited, d)
	return ctx.Err()
}

// Waited returns the waits of [Clock.Wait] so far.
func (c *Clock) Waited() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.waited)
}

// After returns a timer that fires at the next [Clock.Fire], however long it was to
// wait. One timer can be set before the test calls [Clock.Parked].
func (c *Clock) After(time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	timer := make(chan time.Time, 1)
	c.timers = append(c.timers, timer)
	c.parked <- struct{}{}
	return timer
}

// Parked returns when a timer has been set since the last call.
func (c *Clock) Parked() { <-c.parked }

// Fire moves the clock to a time and fires the timers.
func (c *Clock) Fire(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
	for _, timer := range c.timers {
		timer <- now
	}
	c.timers = nil
}

// Forget drops the timers that are set: what waited for them has ended.
func (c *Clock) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timers = nil
}
