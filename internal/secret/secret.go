// Package secret holds text that must not be printed: keys of providers and
// vendors, and addresses that are secrets themselves.
package secret

// Redacted is what a secret shows.
const Redacted = "[secret]"

// Text is a secret. However it is printed, logged or encoded, it shows [Redacted];
// only [Text.Reveal] gives it away. Package fmt calls no method of an unexported
// field: a struct that holds a Text in one must not be printed by value.
type Text string

// Reveal returns the secret itself.
func (t Text) Reveal() string { return string(t) }

// String returns [Redacted], or "" for no secret.
func (t Text) String() string {
	if t == "" {
		return ""
	}
	return Redacted
}

// GoString is String for the verb %#v.
func (t Text) GoString() string { return t.String() }

// MarshalText is String for encoders, and for log/slog.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
