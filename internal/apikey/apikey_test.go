package apikey_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/apikey"
)

func key(t *testing.T, id, text string, scopes ...apikey.Scope) apikey.Key {
	t.Helper()
	k, err := apikey.New(id, text, scopes...)
	require.NoError(t, err)
	return k
}

func TestParseReadsWhatAKeyPrints(t *testing.T) {
	reader := key(t, "reader", "read-me", apikey.Read)
	both := key(t, "Flow-1.prod_x", "run-me", apikey.Read, apikey.Trigger)
	assert.Regexp(t, `^Flow-1\.prod_x:read\+trigger:[0-9a-f]{64}$`, both.String())
	want, err := apikey.NewSet(reader, both)
	require.NoError(t, err)
	got, err := apikey.Parse(" " + reader.String() + ",\n" + both.String() + "\t")
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.False(t, got.IsEmpty())

	none, err := apikey.Parse(" \n")
	require.NoError(t, err)
	assert.True(t, none.IsEmpty())
	_, found := none.Find("read-me")
	assert.False(t, found)
}

func TestParseNamesTheEntryAndNeverAHash(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for text, part := range map[string]string{
		"a:read":                             "2 parts",
		"a:read:xyz":                         "64 hexadecimal",
		"a:read:abcd":                        "64 hexadecimal",
		"a::" + hash:                         `unknown scope ""`,
		"a:write:" + hash:                    `"write"`,
		"a b:read:" + hash:                   "key 1 of 2",
		"a/b:read:" + hash:                   `"a/b"`,
		"a:read:" + hash + " a:read:" + hash: "twice",
	} {
		_, err := apikey.Parse(text)
		require.ErrorContains(t, err, part, text)
		assert.NotContains(t, err.Error(), hash)
	}
}

// One rule holds where keys are made and where they are read.
func TestAnIDIsValidEverywhereOrNowhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringOfN(rapid.RuneFrom([]rune("aZ9._-/ :ä,")), 0, 66, -1).Draw(t, "id")
		valid := apikey.CheckID(id) == nil
		k, err := apikey.New(id, "x", apikey.Read)
		assert.Equal(t, valid, err == nil)
		_, _, err = apikey.Generate(id, apikey.Read)
		assert.Equal(t, valid, err == nil)
		if valid {
			_, err = apikey.Parse(k.String())
			assert.NoError(t, err)
		}
	})
	for _, good := range []string{"a", "flow-1", "my_key", "A", "v1.2", strings.Repeat("x", 64)} {
		assert.NoError(t, apikey.CheckID(good))
	}
	for _, bad := range []string{"", "a b", "a:b", "ä", "a\n", strings.Repeat("x", 65)} {
		assert.ErrorContains(t, apikey.CheckID(bad), fmt.Sprintf("%q", bad))
	}
}

func TestAKeyNeedsAKnownScope(t *testing.T) {
	_, err := apikey.New("a", "x")
	assert.ErrorContains(t, err, "no scope")
	_, err = apikey.New("a", "x", "write")
	assert.ErrorContains(t, err, `"write"`)
	k := key(t, "a", "x", apikey.Trigger)
	assert.True(t, k.Allows(apikey.Trigger))
	assert.False(t, k.Allows(apikey.Read), "neither scope includes the other")
}

func TestFindKnowsAKeyByItsText(t *testing.T) {
	keys, err := apikey.NewSet(key(t, "reader", "read-me", apikey.Read), key(t, "flow", "run-me", apikey.Trigger))
	require.NoError(t, err)
	found, ok := keys.Find("run-me")
	require.True(t, ok)
	assert.Equal(t, "flow", found.ID())
	for _, wrong := range []string{"", "run-m", "run-mee", "flow"} {
		_, ok := keys.Find(wrong)
		assert.False(t, ok, wrong)
	}
	empty := sha256.Sum256(nil)
	keys, err = apikey.Parse("empty:read:" + hex.EncodeToString(empty[:]))
	require.NoError(t, err)
	_, ok = keys.Find("")
	assert.False(t, ok, "no key is no key, whatever is configured")
}

func TestGeneratedKeysAreNewAndFound(t *testing.T) {
	one, text, err := apikey.Generate("flow", apikey.Read)
	require.NoError(t, err)
	_, other, err := apikey.Generate("flow", apikey.Read)
	require.NoError(t, err)
	assert.NotEqual(t, text, other)
	assert.Regexp(t, `^ait_[0-9a-f]{64}$`, text)
	keys, err := apikey.Parse(one.String())
	require.NoError(t, err)
	_, ok := keys.Find(text)
	assert.True(t, ok)
	_, ok = keys.Find(other)
	assert.False(t, ok)
}
