package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Scope is what a key allows. Neither scope includes the other.
type Scope string

// The scopes.
const (
	ScopeRead    Scope = "read"    // everything that only reads
	ScopeTrigger Scope = "trigger" // trigger, cancel, retry
)

// Key is one API key. The key itself is not kept, only its hash.
type Key struct {
	ID     string // for the log: [A-Za-z0-9._-]{1,64}
	Hash   [sha256.Size]byte
	Scopes []Scope
}

// HashKey returns the SHA-256 hash of a key as its holder writes it.
func HashKey(key string) [sha256.Size]byte { return sha256.Sum256([]byte(key)) }

// String writes a key as [ParseKeys] reads it: ID:SCOPE+SCOPE:HASH.
func (k Key) String() string {
	names := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		names[i] = string(s)
	}
	return k.ID + ":" + strings.Join(names, "+") + ":" + hex.EncodeToString(k.Hash[:])
}

// Allows reports whether the key has a scope.
func (k Key) Allows(s Scope) bool { return slices.Contains(k.Scopes, s) }

// ParseKeys reads the keys of AITRADER_API_KEYS: entries of the form
// ID:SCOPE+SCOPE:HASH, separated by commas or blanks. HASH is
// the SHA-256 of the key in 64 hexadecimal digits, SCOPE is read or trigger. An
// empty text holds no key. Errors name the entry, and never a hash.
func ParseKeys(text string) ([]Key, error) {
	entries := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
	var keys []Key
	for i, entry := range entries {
		k, err := parseKey(entry)
		if err != nil {
			return nil, fmt.Errorf("API key %d of %d: %w; ID:SCOPE+SCOPE:HASH is expected, as aitrader keys new prints it", i+1, len(entries), err)
		}
		keys = append(keys, k)
	}
	return keys, checkKeys(keys)
}

func parseKey(entry string) (Key, error) {
	parts := strings.Split(entry, ":")
	if len(parts) != 3 {
		return Key{}, fmt.Errorf("%d parts between colons", len(parts))
	}
	k := Key{ID: parts[0]}
	hash, err := hex.DecodeString(parts[2])
	if err != nil || len(hash) != sha256.Size {
		return Key{}, fmt.Errorf("the hash of %q does not have 64 hexadecimal digits", k.ID)
	}
	copy(k.Hash[:], hash)
	for name := range strings.SplitSeq(parts[1], "+") {
		k.Scopes = append(k.Scopes, Scope(name))
	}
	return k, nil
}

var keyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// checkKeys refuses keys that could not be told apart or that allow nothing.
func checkKeys(keys []Key) error {
	seen := map[string]bool{}
	for _, k := range keys {
		switch {
		case !keyID.MatchString(k.ID):
			return fmt.Errorf("API key id %q: 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen are expected", k.ID)
		case seen[k.ID]:
			return fmt.Errorf("API key id %q appears twice", k.ID)
		case len(k.Scopes) == 0:
			return fmt.Errorf("API key %q has no scope: read or trigger is expected", k.ID)
		}
		for _, s := range k.Scopes {
			if s != ScopeRead && s != ScopeTrigger {
				return fmt.Errorf("API key %q: unknown scope %q: read or trigger is expected", k.ID, s)
			}
		}
		seen[k.ID] = true
	}
	return nil
}

// findKey returns the key that a caller presented. Its time depends neither on
// which key it is nor on how much of one was right.
func findKey(keys []Key, presented string) (Key, bool) {
	hash := HashKey(presented)
	found := -1
	for i, k := range keys {
		if subtle.ConstantTimeCompare(hash[:], k.Hash[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return Key{}, false
	}
	return keys[found], true
}

// Presents reports whether headers carry one of the keys that has a scope.
func Presents(h http.Header, keys []Key, scope Scope) bool {
	key, ok := findKey(keys, presentedKey(h))
	return ok && key.Allows(scope)
}
