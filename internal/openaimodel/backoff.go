package openaimodel

import "time"

const (
	// maxBackoff bounds the random wait.
	maxBackoff = time.Minute
	// maxRetryAfter bounds the wait that a provider may ask for.
	maxRetryAfter = 5 * time.Minute
)

// delay returns the wait after a failed attempt, the first of which is number 1. It
// is random, up to a bound that doubles with each attempt; where the provider asks
// to be left alone, it is that time and up to the base delay more.
func (m *Model) delay(attempt int, after time.Duration) time.Duration {
	if after > 0 {
		return min(after+m.retry.Delay(1), maxRetryAfter)
	}
	return m.retry.Delay(attempt)
}
