package openaimodel

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxBackoff bounds the random wait.
	maxBackoff = time.Minute
	// maxRetryAfter bounds the wait that a provider may ask for.
	maxRetryAfter = 5 * time.Minute
)

// delay returns how long to wait after a failed attempt, the first of which is
// number 1. Without a wish of the provider it is drawn evenly from 0 to a bound
// that doubles with each attempt ("full jitter"), so that models which failed
// together do not come back together. With one it is that, and up to the base
// delay more.
func (m *Model) delay(attempt int, after time.Duration) time.Duration {
	if after > 0 {
		return min(after+time.Duration(m.jitter()*float64(m.baseDelay)), maxRetryAfter)
	}
	bound := m.baseDelay
	for i := 1; i < attempt && bound < maxBackoff; i++ {
		bound *= 2
	}
	return time.Duration(m.jitter() * float64(min(bound, maxBackoff)))
}

// retryAfter reads how long a provider wants to be left alone: a number of
// seconds or a date. 0 when it does not say, or says nothing sensible.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) { // also not a number
			return 0
		}
		return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), maxRetryAfter)
}
