package callback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

// SigningSecret is the key that signs callbacks. It prints as [secret.Redacted].
type SigningSecret struct{ key []byte }

const secretPrefix = "whsec_"

// ParseSigningSecret reads a secret as Standard Webhooks write it: whsec_ and the
// base64 of 24 to 64 bytes. The error does not reveal it.
func ParseSigningSecret(text string) (SigningSecret, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return SigningSecret{}, sim.Errorf(sim.KindInvalid, "it is not a Standard Webhooks secret: "+
			"whsec_ and the base64 of 24 to 64 bytes are expected, as by: echo whsec_$(openssl rand -base64 32)")
	}
	return SigningSecret{key}, nil
}

// String returns [secret.Redacted].
func (SigningSecret) String() string { return secret.Redacted }

// GoString is String for the verb %#v.
func (s SigningSecret) GoString() string { return s.String() }

// sign returns the signature of a message, in scheme v1 of Standard Webhooks:
// HMAC-SHA256 of id, Unix time and body, joined by dots.
func (s SigningSecret) sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
