package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"

	"aitrader/internal/sim"
)

// KeyRef refers to a provider's key: in an environment variable, in an SSM parameter, or
// in the configuration itself. The zero value refers to no key. However it is printed, it
// shows the place and never the key.
type KeyRef struct {
	kind keyKind
	name string // of the variable or parameter
	// plain returns a key that the configuration itself holds. It is a function so
	// that no printing by reflection can show what it returns.
	plain func() string
}

type keyKind byte

const (
	noKey keyKind = iota
	envKey
	parameterKey
	plainKey
)

// Exists reports whether it refers to a key.
func (k KeyRef) Exists() bool { return k.kind != noKey }

// Parameter returns the name of the SSM parameter that holds the key; ok is false for a
// key in another place.
func (k KeyRef) Parameter() (name string, ok bool) { return k.name, k.kind == parameterKey }

// Resolve returns the key, or "" for no key. Env looks up the name of the environment
// variable or SSM parameter. Kind unavailable: it is not set.
func (k KeyRef) Resolve(env func(name string) (value string, ok bool)) (string, error) {
	switch k.kind {
	case noKey:
		return "", nil
	case plainKey:
		return k.plain(), nil
	}
	if value, ok := env(k.name); ok && value != "" {
		return value, nil
	}
	what := "environment variable"
	if k.kind == parameterKey {
		what = "SSM parameter"
	}
	return "", sim.Errorf(sim.KindUnavailable, "the key of the model's provider is missing: the %s %s is not set", what, k.name).
		Stopping(sim.StopFault)
}

// String returns the place of the key, never the key.
func (k KeyRef) String() string {
	switch k.kind {
	case envKey:
		return "${" + k.name + "}"
	case parameterKey:
		return k.name
	case plainKey:
		return "(in plain text)"
	default:
		return ""
	}
}

// GoString is String for %#v.
func (k KeyRef) GoString() string { return fmt.Sprintf("config.KeyRef(%q)", k.String()) }

// Format prints String, whatever the verb.
func (k KeyRef) Format(f fmt.State, verb rune) {
	text := k.String()
	if verb == 'v' && f.Flag('#') {
		text = k.GoString()
	}
	// The formatter reports a failed write itself.
	_, _ = f.Write([]byte(text))
}

// MarshalJSON writes String as a JSON text.
func (k KeyRef) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// LogValue is String for log/slog.
func (k KeyRef) LogValue() slog.Value { return slog.StringValue(k.String()) }

var (
	envPattern       = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)
	parameterPattern = regexp.MustCompile(`^/[A-Za-z0-9_./-]{1,1000}$`)
)

// parseKey parses the value of a key field. A mistake does not show the value.
func parseKey(text string, allowPlain bool) (k KeyRef, mistake string) {
	if m := envPattern.FindStringSubmatch(text); m != nil {
		return KeyRef{kind: envKey, name: m[1]}, ""
	}
	if text[0] == '$' {
		return KeyRef{}, "an environment variable is written as ${NAME}, of letters, digits and underscores"
	}
	if allowPlain {
		return KeyRef{kind: plainKey, plain: func() string { return text }}, ""
	}
	if parameterPattern.MatchString(text) {
		return KeyRef{kind: parameterKey, name: text}, ""
	}
	return KeyRef{}, "a key in plain text is refused here; ${NAME} for an environment variable, or the name of an SSM " +
		"parameter beginning with / is expected"
}
