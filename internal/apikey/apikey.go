// Package apikey makes, reads and checks the API keys of the service.
//
// The service keeps the id, the scopes and the SHA-256 hash of a key, never the key
// itself: reading the environment of the service gives no access, and a lost key
// cannot be recovered. A plain hash is enough, because a key is 256 random bits and
// cannot be guessed.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Scope is what a key allows. Neither scope includes the other.
type Scope string

// The scopes.
const (
	Read    Scope = "read"    // every route that only reads
	Trigger Scope = "trigger" // trigger, cancel and retry
)

// Key is one API key, without its secret part.
type Key struct {
	id     string
	hash   [sha256.Size]byte
	scopes []Scope
}

// New returns the key with a text. The id names it in logs, see [CheckID]; a key needs
// at least one scope.
func New(id, text string, scopes ...Scope) (Key, error) {
	return newKey(id, sha256.Sum256([]byte(text)), scopes)
}

// Generate makes a new key of 256 random bits, and returns it with its text, which
// its holder presents and which is kept nowhere.
func Generate(id string, scopes ...Scope) (k Key, text string, err error) {
	bits := make([]byte, sha256.Size)
	if _, err := rand.Read(bits); err != nil {
		return Key{}, "", err
	}
	text = "ait_" + hex.EncodeToString(bits)
	k, err = New(id, text, scopes...)
	return k, text, err
}

var validID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// CheckID refuses an id that no key can have: 1 to 64 of A-Z, a-z, 0-9, dot,
// underscore and hyphen are allowed. The error begins with the id.
func CheckID(id string) error {
	if !validID.MatchString(id) {
		return fmt.Errorf("%q: 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen are allowed", id)
	}
	return nil
}

// newKey is the one place where keys come from.
func newKey(id string, hash [sha256.Size]byte, scopes []Scope) (Key, error) {
	if err := CheckID(id); err != nil {
		return Key{}, fmt.Errorf("id %w", err)
	}
	if len(scopes) == 0 {
		return Key{}, fmt.Errorf("%q has no scope: read or trigger is expected", id)
	}
	for _, s := range scopes {
		if s != Read && s != Trigger {
			return Key{}, fmt.Errorf("%q has the unknown scope %q: read or trigger is expected", id, s)
		}
	}
	return Key{id, hash, slices.Clone(scopes)}, nil
}

// ID returns the name of the key in logs.
func (k Key) ID() string { return k.id }

// Allows reports whether the key has a scope.
func (k Key) Allows(s Scope) bool { return slices.Contains(k.scopes, s) }

// String writes the key as [Parse] reads it: ID:SCOPE+SCOPE:HASH.
func (k Key) String() string {
	scopes := make([]string, len(k.scopes))
	for i, s := range k.scopes {
		scopes[i] = string(s)
	}
	return k.id + ":" + strings.Join(scopes, "+") + ":" + hex.EncodeToString(k.hash[:])
}

// Set holds the keys of a service. The zero value holds none.
type Set struct{ keys []Key }

// NewSet returns a set of keys, whose ids must differ.
func NewSet(keys ...Key) (Set, error) {
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k.id] {
			return Set{}, fmt.Errorf("API key id %q appears twice", k.id)
		}
		seen[k.id] = true
	}
	return Set{slices.Clone(keys)}, nil
}

// Parse reads the keys of AITRADER_API_KEYS: entries ID:SCOPE+SCOPE:HASH, separated
// by commas or white space. HASH is the SHA-256 of the key in 64 hexadecimal digits.
// An empty text holds no key. Errors name the entry, and never a hash.
func Parse(text string) (Set, error) {
	entries := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
	keys := make([]Key, len(entries))
	for i, entry := range entries {
		var err error
		if keys[i], err = parseEntry(entry); err != nil {
			return Set{}, fmt.Errorf("API key %d of %d: %w; ID:SCOPE+SCOPE:HASH is expected, as aitrader keys new prints it", i+1, len(entries), err)
		}
	}
	return NewSet(keys...)
}

func parseEntry(entry string) (Key, error) {
	parts := strings.Split(entry, ":")
	if len(parts) != 3 {
		return Key{}, fmt.Errorf("%d parts between colons", len(parts))
	}
	id, names, digits := parts[0], parts[1], parts[2]
	hash, err := hex.DecodeString(digits)
	if err != nil || len(hash) != sha256.Size {
		return Key{}, fmt.Errorf("the hash of %q does not have 64 hexadecimal digits", id)
	}
	var scopes []Scope
	for name := range strings.SplitSeq(names, "+") {
		scopes = append(scopes, Scope(name))
	}
	return newKey(id, [sha256.Size]byte(hash), scopes)
}

// IsEmpty reports whether the set holds no key.
func (s Set) IsEmpty() bool { return len(s.keys) == 0 }

// Find returns the key with a text; an empty text is none. The time it takes depends
// neither on which key it is, nor on how much of one was right.
func (s Set) Find(text string) (Key, bool) {
	hash := sha256.Sum256([]byte(text))
	found := -1
	for i, k := range s.keys {
		if subtle.ConstantTimeCompare(hash[:], k.hash[:]) == 1 {
			found = i
		}
	}
	if found < 0 || text == "" {
		return Key{}, false
	}
	return s.keys[found], true
}
