package agent

import (
	"strings"
	"unicode/utf8"
)

// clipText cuts a text to at most limit bytes, at a character's edge, and puts
// the mark behind what is left. It also replaces what is not UTF-8, so that
// every text can be stored and sent.
func clipText(s string, limit int, mark string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + mark
}

// firstRunes returns at most n characters of a text.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
