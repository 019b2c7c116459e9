package openaimodel

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

// Secret is a key. It prints as "[key]", also inside of other values, as text
// and as JSON; only a conversion to string gives it away.
type Secret string

const masked = "[key]"

// String returns "[key]", or "" for no key.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString returns what String returns.
func (s Secret) GoString() string { return s.String() }

// MarshalText writes what String returns.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

const (
	// minRun is how many characters of a secret in a row are taken for it: a
	// vendor may show a part of the key that it got.
	minRun = 8
	// minSecret is the length from which on something can be a secret; shorter
	// ones ("x", "any") only please servers that want a key to be there.
	minSecret = 4
)

// secrets lists what must not be shown.
func secrets(key Secret, user *url.Userinfo) []string {
	out := []string{string(key)}
	if user != nil {
		password, ok := user.Password()
		if !ok {
			password = user.Username() // a token in the place of a name
		}
		out = append(out, password)
	}
	return out
}

// newScrubber returns a function that masks secrets in a text: in upper or lower
// case, encoded in the usual ways, whole or in part.
func newScrubber(secrets []string) func(string) string {
	var known []string
	for _, s := range secrets {
		if len(s) >= minSecret {
			known = append(known, spellings(s)...)
		}
	}
	return func(text string) string { return mask(text, known) }
}

// spellings returns a secret as it may appear in a text, in lower case.
func spellings(secret string) []string {
	quoted, _ := json.Marshal(secret) // a string can always be encoded
	out := []string{
		secret, string(quoted[1 : len(quoted)-1]), html.EscapeString(secret),
		url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret)),
	}
	// In base64 three bytes share four characters, so a secret that stands behind
	// something else ("Bearer ", "user:") has three forms. Their ends depend on
	// the neighbours and are left out.
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
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

// mask replaces each run of characters that stands in one of the spellings.
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
		out.WriteString(masked)
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
