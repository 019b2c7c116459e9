package openaimodel

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"aitrader/internal/backoff"
)

// maxNamedWait bounds the wait that a response can ask for.
const maxNamedWait = 24 * time.Hour

// waitOf returns the wait that the header of a response asks for; 0: none.
func waitOf(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(strings.TrimSpace(h.Get("Retry-After-Ms")), 64); err == nil && ms > 0 {
		return seconds(ms / 1000)
	}
	if wait := cmp.Or(backoff.RetryAfter(h.Get("Retry-After"), now), duration(h.Get("Retry-After"))); wait > 0 {
		return wait
	}
	var longest time.Duration
	for name, values := range h {
		reset := strings.ToLower(name)
		if !strings.Contains(reset, "ratelimit") || !strings.Contains(reset, "reset") {
			continue
		}
		// A limit that is not reached did not cause the refusal.
		remaining := h.Get(strings.NewReplacer("reset-after", "remaining", "reset", "remaining").Replace(reset))
		if left, err := strconv.ParseFloat(remaining, 64); err != nil && remaining != "" || left > 0 {
			continue
		}
		longest = max(longest, resetIn(values[0], now))
	}
	return longest
}

// resetIn returns the time until a limit is reset: a duration ("1m2.5s"), a number of
// seconds, a time of Unix in seconds or milliseconds, or a date.
func resetIn(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		const earliest = 1e9 // as a time of Unix, in 2001
		switch {
		case n > earliest*1000:
			n = n/1000 - float64(now.UnixMilli())/1000
		case n > earliest:
			n -= float64(now.Unix())
		}
		return seconds(n)
	}
	if date, err := time.Parse(time.RFC3339, value); err == nil {
		return min(max(date.Sub(now), 0), maxNamedWait)
	}
	return cmp.Or(duration(value), backoff.RetryAfter(value, now))
}

// waitIn reads a wait in a field of a body: a number of seconds or a text.
func waitIn(raw json.RawMessage, now time.Time) time.Duration { return resetIn(textOf(raw), now) }

func seconds(n float64) time.Duration {
	if !(n > 0) { // also NaN
		return 0
	}
	return time.Duration(min(n, maxNamedWait.Seconds()) * float64(time.Second))
}

// somewhatLong matches a length of time as it is written, and more.
const somewhatLong = `(?:[0-9]+(?:\.[0-9]+)?\s*[a-z]+[\s,]*(?:and\s+)?)+`

var (
	quantities = regexp.MustCompile(`(?i)([0-9]+(?:\.[0-9]+)?)\s*` +
		`(ms|msecs?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b`)
	lengthOfTime = regexp.MustCompile(`(?i)^` + somewhatLong + `$`)
	letterDigit  = regexp.MustCompile(`([a-zA-Z])([0-9])`)
	waitInWords  = regexp.MustCompile(`(?i)\b(?:try(?:ing)?(?: it)?(?: again)?|retry(?:ing)?|wait|resets?|available)\b` +
		`(?:\s+(?:again|at least|about|approximately|another|(?:your|the) requests?|in|after|for|until|is|will be|it)){0,4}` +
		`[\s:]*(` + somewhatLong + `)`)
	retryAfterText = regexp.MustCompile(`(?i)retry[ _-]after["']?[\s:=]+([0-9]+(?:\.[0-9]+)?)(?:[^0-9a-z.]|\.?$|\.\s)`)
	units          = map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}
)

// duration reads a length of time as people and Go write it: "9.8s", "1m2.5s", "350ms",
// "2 minutes and 3 seconds". 0: it is none.
func duration(text string) time.Duration {
	text = strings.TrimSpace(text)
	if !lengthOfTime.MatchString(text) {
		return 0
	}
	text = letterDigit.ReplaceAllString(text, "$1 $2") // a boundary of words within "1m2.5s"
	total := 0.0
	for _, m := range quantities.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0
		}
		total += n * unit(m[2]).Seconds()
	}
	return seconds(total)
}

// unit returns the unit that a word names.
func unit(word string) time.Duration {
	word = strings.ToLower(word)
	if strings.HasPrefix(word, "ms") || strings.HasPrefix(word, "milli") {
		return units["ms"]
	}
	return units[word[:1]]
}

// waitInText returns the wait that a message asks for: "Please try again in 9.8s."
func waitInText(text string) time.Duration {
	var longest time.Duration
	for _, m := range waitInWords.FindAllStringSubmatch(text, -1) {
		longest = max(longest, duration(m[1]))
	}
	if m := retryAfterText.FindStringSubmatch(text); m != nil && longest == 0 {
		n, _ := strconv.ParseFloat(m[1], 64) // 0 for one that is too large
		longest = seconds(n)
	}
	return longest
}

func sortedNames(fields map[string]json.RawMessage) []string { return slices.Sorted(maps.Keys(fields)) }
