package jsoncut

import (
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/rounds"
)

var small = Limits{MaxRead: 1 << 20, MaxWhole: 10, MaxString: 8, MaxMembers: 3, MaxDepth: 3, MaxKept: 10_000}

func read(t require.TestingT, text string, l Limits) (string, int) {
	got, cut, err := Read(iotest.HalfReader(strings.NewReader(text)), l)
	require.NoError(t, err)
	return string(got), cut
}

func TestATextOfOrdinarySizeIsReturnedAsItIs(t *testing.T) {
	for _, text := range []string{"", "{}", ` {"a" : 1}`, "<html>", strings.Repeat("[", 10), "\xff"} {
		got, cut := read(t, text, small)
		assert.Equal(t, text, got)
		assert.Zero(t, cut)
	}
}

func TestALargeTextIsCut(t *testing.T) {
	x := strings.Repeat("x", 600) + strings.Repeat("y", 600)
	for text, want := range map[string]string{
		`{ "a" : 1 , "b" : [ true ] }`:            `{"a":1,"b":[true]}`,
		`{"a":1,"b":2,"c":{},"d":4,"e":{"f":5}}`:  `{"a":1,"b":2,"c":{}}`,
		`[1,2,[3],[4,[5,6]],{"g":[7,8]}]`:         `[1,2,[3]]`,
		`{"a":[{"b":[1,2]}],"c":3}`:               `{"a":[{"b":null}],"c":3}`,
		`{"a":"` + x + `","b":1}`:                 `{"a":"xxxxxxxx\n[cut: 1200 bytes in all]\n`,
		`{"a":"1234567890"}     `:                 `{"a":"1234567890"}     `,
		": KEEP ALIVE\n\n{\"a\" : 1}":             ": KEEP ALIVE\n\n{\"a\":1}",
		`{"a":"}],{[\"\\","b":1}`:                 `{"a":"}],{[\"\\","b":1}`,
		"<html><body>":                            "<html><body>",
		"}}}]]],,,\"x":                            "}}}]]],,,\"x",
		`{"a":` + strings.Repeat("9", 2000) + `}`: `{"a":` + strings.Repeat("9", 500) + `}`,
	} {
		got, cut := read(t, text, small)
		assert.Equal(t, len(text), cut)
		if strings.HasSuffix(want, `all]\n`) {
			assert.True(t, strings.HasPrefix(got, want), got)
			assert.True(t, strings.HasSuffix(got, strings.Repeat("y", 256)+`","b":1}`), got)
			assert.Less(t, len(got), 700)
			continue
		}
		assert.Equal(t, want, got, text)
	}
}

func TestATextBeyondTheLimitIsAnError(t *testing.T) {
	l := small
	l.MaxRead = 100_000
	_, size, err := Read(strings.NewReader(strings.Repeat(" ", 200_000)), l)
	require.ErrorIs(t, err, ErrTooLarge)
	assert.Less(t, size, 140_000, "it is not read further")
	broken := errors.New("broken")
	_, _, err = Read(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(broken)), l)
	require.ErrorIs(t, err, broken)
}

// JSON stays JSON, of bounded size, and what it says about its end is kept.
func TestJSONStaysJSON(t *testing.T) {
	character := rapid.SampledFrom([]string{
		"a", "é", "日", "😀", `\"`, `\\`, `\n`, `\ud83d\ude00`, `\ud800`, `\udc00`, `\u0041`, "}", "]", ",", ":",
	})
	var value func(depth int) *rapid.Generator[string]
	value = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
			case kind == 0 && depth > 0:
				return "[" + strings.Join(rapid.SliceOfN(value(depth-1), 0, 6).Draw(t, "list"), " , ") + "]"
			case kind == 1 && depth > 0:
				var members []string
				for _, v := range rapid.SliceOfN(value(depth-1), 0, 6).Draw(t, "members") {
					members = append(members, `"k" : `+v)
				}
				return "{" + strings.Join(members, ",") + " }"
			case kind == 2:
				return rapid.SampledFrom([]string{"1", "-1.5e9", "true", "null"}).Draw(t, "bare")
			}
			repeated := strings.Repeat(character.Draw(t, "repeated"), rapid.SampledFrom([]int{0, 1, 50, 2000}).Draw(t, "times"))
			return `"` + repeated + strings.Join(rapid.SliceOfN(character, 0, 20).Draw(t, "characters"), "") + `"`
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		text := `{"first":` + value(6).Draw(t, "value") + `,"last":"end"}`
		l := small
		l.MaxKept = rapid.SampledFrom([]int{50, 1000}).Draw(t, "kept")
		got, _ := read(t, text, l)
		require.True(t, json.Valid([]byte(got)), "%s\nbecomes\n%s", text, got)
		require.Less(t, len(got), 4*l.MaxKept+3000)
		var members map[string]any
		require.NoError(t, json.Unmarshal([]byte(got), &members))
		require.Equal(t, "end", members["last"])
	})
}

// However large and odd a text is, reading it takes little memory. The race detector
// doubles the figures.
func TestReadingTakesLittleMemory(t *testing.T) {
	size := rounds.Of(t, 2, 7) << 20
	l := Limits{MaxRead: 8 << 20, MaxWhole: 1 << 20, MaxString: 64 << 10, MaxMembers: 1000, MaxDepth: 100, MaxKept: 256 << 10}
	if !rounds.Long() {
		t.Logf("each text follows two of three beginnings; %s=1 reads it after all", rounds.Variable)
	}
	for i, part := range []string{"[", "{", `{"a":`, `"x",`, "[],", `{"a":{}},`, "x", "9", " ", "\x80", `\u0041`, "]", ",", "\""} {
		for j, start := range []string{"", "[", `{"a":"`} {
			if !rounds.Long() && (i+j)%3 == 0 {
				continue
			}
			text := start + strings.Repeat(part, size/len(part))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, _, err := Read(strings.NewReader(text), l)
			runtime.ReadMemStats(&after)
			require.NoError(t, err)
			assert.Less(t, len(got), 800<<10, "%q %q", start, part)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(6*size), "%q %q", start, part)
		}
	}
}
