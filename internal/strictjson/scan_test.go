package strictjson

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScanReadsWhatADecoderReads(t *testing.T) {
	for _, text := range []string{
		`{}`, " {\t} \r\n", `{"a":1}`, ` { "a" : -1.5e3 , "b" : "x" } `, `{"a":"\"}\\","b":{"c":[1,{"d":"]"}]},"e":[[],{}]}`,
		`{"a":true,"b":null,"c":false}`, "{\"a\":1\n,\"b\":2\t}", `{"":0}`, "{\"a\":\"\xff\"}", members(maxScanned),
	} {
		got, ok := scan([]byte(text))
		require.True(t, ok, text)
		want, err := explain([]byte(text))
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestScanLeavesTheRestToADecoder(t *testing.T) {
	for _, text := range []string{
		``, ` `, `5`, `null`, `[{}]`, `"{}"`, `{`, `{"a":1,}`, `{"a":1}x`, `{"a":1,"a":2}`, `{"\u0061":1}`, `{"é":1}`, "{\"\xff\":1}",
		members(maxScanned + 1),
	} {
		got, ok := scan([]byte(text))
		assert.False(t, ok, text)
		assert.Nil(t, got, text)
	}
}

func TestObjectReadsManyMembers(t *testing.T) {
	got, err := Object([]byte(members(1000)))
	require.NoError(t, err)
	require.Len(t, got, 1000)
	assert.Equal(t, Member{"n999", json.RawMessage("999")}, got[999])
}

// members returns an object with n members.
func members(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(`"n%d":%d`, i, i)
	}
	return "{" + strings.Join(out, ",") + "}"
}

// What scan reads, a decoder reads the same.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"b":{"c":"}"}}`, `{"a\"":1}`, `{"a":"\\"}`, ` {"a" : [1 , 2] } `, `{"a":1}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := scan(text)
		if !ok {
			return
		}
		want, err := explain(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
}
