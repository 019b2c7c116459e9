// Package text cuts and quotes text that comes from outside, so that it can be
// stored, logged and shown: always valid UTF-8, never cut inside a character.
package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Ellipsis is the mark of a cut of [Clip].
const Ellipsis = "..."

// Clip returns s in at most maxBytes bytes, followed by Ellipsis where it was cut. It
// cuts between characters, and replaces bytes that are not UTF-8 with U+FFFD.
func Clip(s string, maxBytes int) string { return ClipWith(s, maxBytes, Ellipsis) }

// ClipWith is Clip with another mark of a cut.
func ClipWith(s string, maxBytes int, mark string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	if len(s) <= maxBytes {
		return s
	}
	end := max(maxBytes, 0)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}

// Quote returns s as a Go string literal of its first maxBytes bytes: how an error
// shows a value.
func Quote(s string, maxBytes int) string {
	return strconv.Quote(Clip(s, maxBytes))
}
