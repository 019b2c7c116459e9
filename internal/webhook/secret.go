package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Secret is the key of the signatures. It prints as "[secret]".
type Secret struct{ key []byte }

const secretPrefix = "whsec_"

// ParseSecret reads a secret as Standard Webhooks write it: whsec_ and the base64
// of 24 to 64 bytes. Its error does not hold it.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return Secret{}, sim.Errorf(sim.KindInvalid, "it is not a secret of Standard Webhooks: whsec_ and the base64 of 24 to 64 bytes are expected, as by: echo whsec_$(openssl rand -base64 32)")
	}
	return Secret{key}, nil
}

// String returns "[secret]".
func (Secret) String() string { return "[secret]" }

// GoString returns what String returns.
func (s Secret) GoString() string { return s.String() }

// sign returns the signature of a message: the scheme v1 of Standard Webhooks.
func (s Secret) sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
