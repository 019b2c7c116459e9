package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

const (
	// minRun is how many characters of a secret in a row count as the secret: a
	// server may show a part of the key that it received.
	minRun = 8
	// minSecret is the length of the shortest secret; shorter values ("x", "any")
	// only satisfy servers that require a key.
	minSecret = 4
)

// Scrubber returns a function that puts [Redacted] in the place of secrets in a text
// from outside: whole or in part, in upper or lower case, and in the usual
// encodings.
func Scrubber(secrets ...string) func(text string) string {
	var known []string
	for _, s := range secrets {
		if len(s) >= minSecret {
			known = append(known, spellings(s)...)
		}
	}
	return func(text string) string { return mask(text, known) }
}

// spellings returns a secret as it may appear in a text, in lower case.
func spellings(key string) []string {
	quoted, _ := json.Marshal(key) // a string can always be encoded
	out := []string{
		key, string(quoted[1 : len(quoted)-1]), html.EscapeString(key),
		url.QueryEscape(key), url.PathEscape(key), hex.EncodeToString([]byte(key)),
	}
	// In base64 three bytes share four characters, so a secret that stands behind
	// something else ("Bearer ", "user:") has three forms. Their ends depend on
	// the neighbours and are left out.
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), key...))
		if shift > 0 {
			text = text[min(4, len(text)):]
		}
		if len(text) > minRun {
			text = text[:len(text)-1]
			out = append(out, text, strings.NewReplacer("+", "-", "/", "_").Replace(text))
		}
	}
	for i, s := range out {
		out[i] = lower(s)
	}
	return out
}

// mask replaces each run of characters that appears in one of the spellings.
func mask(text string, known []string) string {
	folded := lower(text)
	var out strings.Builder
	for i := 0; i < len(text); {
		n := longestRun(folded[i:], known)
		if n == 0 {
			out.WriteByte(text[i])
			i++
			continue
		}
		out.WriteString(Redacted)
		i += n
	}
	return out.String()
}

// longestRun returns how many bytes at the start of a text are part of a
// spelling, or 0 when they are too few to tell.
func longestRun(text string, known []string) int {
	longest := 0
	for _, s := range known {
		n := min(minRun, len(s))
		if len(text) < n || !strings.Contains(s, text[:n]) {
			continue
		}
		for n < len(text) && strings.Contains(s, text[:n+1]) {
			n++
		}
		longest = max(longest, n)
	}
	return longest
}

// lower folds ASCII letters and keeps the length, so that positions stay.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}
