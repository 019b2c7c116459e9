package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"aitrader/internal/secret"
)

const canary = "sk-Canary-7f3A9b/2+Zq8"

func TestScrubbing(t *testing.T) {
	scrub := secret.Scrubber(canary)
	assert.Equal(t, "the key [secret] is bad", scrub("the key "+canary+" is bad"))
	assert.Equal(t, "[secret][secret]", scrub(canary+canary))
	assert.Equal(t, "a [secret]… b", scrub("a "+canary[:10]+"… b"))
	assert.Equal(t, "sk-Cana is too short to tell", scrub("sk-Cana is too short to tell"))
	short := secret.Scrubber("Local")
	assert.Equal(t, "[secret] and [secret]E", short("local and LOCALE"), "a short one as a whole")
	none := secret.Scrubber("", "x")
	assert.Equal(t, "x marks the spot", none("x marks the spot"))
}

func TestNoSpellingOfASecretIsLeft(t *testing.T) {
	scrub := secret.Scrubber(canary)
	spellings := []string{
		canary, strings.ToUpper(canary), "Bearer " + canary, hex.EncodeToString([]byte(canary)),
		base64.StdEncoding.EncodeToString([]byte(canary)), base64.URLEncoding.EncodeToString([]byte("u:" + canary)),
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom(spellings))).Draw(t, "parts")
		got := scrub(strings.Join(parts, ""))
		for _, s := range spellings {
			assert.NotContains(t, strings.ToLower(got), strings.ToLower(s))
		}
	})
}
