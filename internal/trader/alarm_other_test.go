//go:build !linux

package trader

import "time"

// wait returns after a time, or up to a millisecond later.
func wait(d time.Duration) error {
	time.Sleep(d)
	return nil
}
