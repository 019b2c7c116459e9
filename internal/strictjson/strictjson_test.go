package strictjson_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/strictjson"
)

func TestAnObjectKeepsItsOrderAndItsText(t *testing.T) {
	members, err := strictjson.Object([]byte(` {"b": 5.0, "B": 9007199254740993, "":{"x":1,"x":2}, "a\n": [1, "x"]} ` + "\n"))
	require.NoError(t, err)
	assert.Equal(t, []strictjson.Member{
		{Name: "b", Value: json.RawMessage("5.0")}, {Name: "B", Value: json.RawMessage("9007199254740993")},
		{Name: "", Value: json.RawMessage(`{"x":1,"x":2}`)}, {Name: "a\n", Value: json.RawMessage(`[1, "x"]`)},
	}, members)
	members, err = strictjson.Object([]byte("{}"))
	require.NoError(t, err)
	assert.Empty(t, members)
}

func TestAMistakeHasAKindAndAPlace(t *testing.T) {
	for text, want := range map[string]strictjson.Error{
		``:                    {Kind: strictjson.Truncated},
		` `:                   {Kind: strictjson.Truncated},
		`{`:                   {Kind: strictjson.Truncated, Offset: 1},
		`{"a"`:                {Kind: strictjson.Truncated, Offset: 4},
		`{"a":`:               {Kind: strictjson.Truncated, Offset: 5},
		`{"a":1`:              {Kind: strictjson.Truncated, Offset: 6},
		`{"a":[1`:             {Kind: strictjson.Truncated, Offset: 5},
		`nonsense`:            {Kind: strictjson.Broken},
		`{a:1}`:               {Kind: strictjson.Broken, Offset: 1},
		`{1:1}`:               {Kind: strictjson.Broken, Offset: 1},
		`{"a" 1}`:             {Kind: strictjson.Broken, Offset: 5},
		`{"a":nonsense}`:      {Kind: strictjson.Broken, Offset: 5},
		`{"a":1,}`:            {Kind: strictjson.Broken, Offset: 7},
		`{"a":1]`:             {Kind: strictjson.Broken, Offset: 6},
		`[{"a":1}]`:           {Kind: strictjson.NotObject},
		`5`:                   {Kind: strictjson.NotObject},
		`"{}"`:                {Kind: strictjson.NotObject},
		`null`:                {Kind: strictjson.NotObject},
		`{"a":1,"b":2,"a":3}`: {Kind: strictjson.Repeated, Offset: 16, Name: "a"},
		`{"a":1,"\u0061":3}`:  {Kind: strictjson.Repeated, Offset: 15, Name: "a"},
		`{"a":1}{"b":2}`:      {Kind: strictjson.Trailing, Offset: 7},
		`{"a":1} and more`:    {Kind: strictjson.Trailing, Offset: 7},
		`{}` + "\x00":         {Kind: strictjson.Trailing, Offset: 2},
	} {
		members, err := strictjson.Object([]byte(text))
		var got *strictjson.Error
		require.ErrorAs(t, err, &got, text)
		assert.Nil(t, members, text)
		assert.Equal(t, want.Kind == strictjson.Truncated, errors.Is(got, io.ErrUnexpectedEOF), text)
		assert.Equal(t, want.Kind == strictjson.Truncated || want.Kind == strictjson.Broken, errors.Unwrap(got) != nil, text)
		assert.NotContains(t, err.Error(), "%!", text)
		got.Err = nil
		assert.Equal(t, want, *got, text)
	}
}

func TestNestingHasAnEnd(t *testing.T) {
	_, err := strictjson.Object([]byte(`{"a":` + strings.Repeat("[", 20_000)))
	var got *strictjson.Error
	require.ErrorAs(t, err, &got)
	assert.Equal(t, strictjson.Broken, got.Kind)
}

func TestMembersReportsRepeatedNamesAndGoesOn(t *testing.T) {
	d := json.NewDecoder(strings.NewReader(`{"a":1,"b":2,"a":3} next`))
	_, err := d.Token()
	require.NoError(t, err)
	var got []string
	require.NoError(t, strictjson.Members(d, func(name string, repeated bool) error {
		if repeated {
			name += " again"
		}
		got = append(got, name)
		_, err := d.Token()
		return err
	}))
	assert.Equal(t, []string{"a", "b", "a again"}, got)
}

// What Object accepts is what encoding/json accepts as an object, and it means the
// same.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"a":1,"a":2}`, `{"a":{"b":[1,2]}} x`, "{\"\xff\":1}", `[`, `{"a":1,`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		members, err := strictjson.Object(text)
		var plain map[string]json.RawMessage
		plainErr := json.Unmarshal(text, &plain)
		if err != nil {
			var mistake *strictjson.Error
			require.ErrorAs(t, err, &mistake)
			assert.True(t, plainErr != nil || plain == nil || mistake.Kind == strictjson.Repeated, "%q: %v", text, err)
			assert.LessOrEqual(t, mistake.Offset, int64(len(text)))
			return
		}
		require.NoError(t, plainErr)
		require.Len(t, members, len(plain))
		for _, m := range members {
			assert.Equal(t, string(plain[m.Name]), string(m.Value))
		}
	})
}
