package agent

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestNormalizeArguments(t *testing.T) {
	for sent, want := range map[string]string{
		``:                               `{}`,
		"  \n":                           `{}`,
		`null`:                           `{}`,
		`""`:                             `{}`,
		`"null"`:                         `{}`,
		` {"a": 1} `:                     `{"a": 1}`,
		`"{\"symbol\": \"AAA\"}"`:        `{"symbol": "AAA"}`,
		`{"n":5.0,"m":9007199254740993}`: `{"n":5.0,"m":9007199254740993}`,
		`{"a":{"a":1,"b":[{"a":2}]}}`:    `{"a":{"a":1,"b":[{"a":2}]}}`,
	} {
		got, err := NormalizeArguments(sent)
		require.NoError(t, err, sent)
		require.Equal(t, want, string(got), sent)
	}
}

func TestNormalizeArgumentsRefuses(t *testing.T) {
	for sent, want := range map[string]string{
		`{`:                                  "it ends too early",
		`{"a"`:                               "not valid JSON",
		`{"a":`:                              "it ends too early",
		`{"a":1`:                             "it ends too early",
		`{"a":1,}`:                           "not valid JSON",
		`{a:1}`:                              "not valid JSON",
		`{1:1}`:                              "not valid JSON",
		`{'a':1}`:                            "not valid JSON",
		`"{"`:                                "it ends too early",
		`"a`:                                 "not valid JSON",
		`"\"{}\""`:                           "not a JSON object", // unwrapped once, not twice
		`5`:                                  "not a JSON object",
		`[{"a":1}]`:                          "not a JSON object",
		`true`:                               "not a JSON object",
		`{"a":1}{"b":2}`:                     "more text follows",
		`{"a":1} and more`:                   "more text follows",
		`{"a":1,"a":1}`:                      `"a" is given twice`,
		"buy AAA":                            "not valid JSON",
		strings.Repeat(" ", 64<<10+1):        "at most 65536",
		`{"a":` + strings.Repeat("[", 20000): "not valid JSON",
	} {
		_, err := NormalizeArguments(sent)
		require.True(t, sim.IsKind(err, sim.KindInvalid), sent)
		require.Contains(t, err.Error(), want, sent)
		_, other := DecodeArguments(sent)
		require.Equal(t, err, other, sent)
	}
}

// What models write instead of {"symbol":"AAA","amount":5}.
func TestArgumentsAreUnderstood(t *testing.T) {
	for _, amount := range []string{`5`, `5.0`, `"5"`, `" 5.00 "`, `5e0`, `0.5e1`, `"5E+0"`, `"5 shares"`, `"5.0  Share"`} {
		d := testDesk(holding("1000", nil))
		got, result := call(t, d, "buy", `{"symbol":"AAA","amount":`+amount+`}`)
		require.False(t, result.IsError, result.Content)
		require.Equal(t, 5.0, got["shares_after"], amount)
	}
	d := testDesk(holding("1000", nil))
	got, _ := call(t, d, "buy", `"{\"symbol\":\"AAA\",\"amount\":\"2\"}"`)
	require.Equal(t, 2.0, got["shares_after"])
}

func TestSymbolsAreUnderstood(t *testing.T) {
	for _, symbol := range []string{"AAA", "aaa", " AAA ", "$AAA", "$aaa", "NASDAQ:AAA", "nyse: aaa", "NASDAQ:$AAA"} {
		_, result := call(t, testDesk(holding("1000", nil)), "buy", `{"symbol":"`+symbol+`","amount":"1 share"}`)
		require.False(t, result.IsError, result.Content)
		require.Contains(t, result.Content, `"symbol":"AAA"`)
	}
	for _, symbol := range []string{"AAA:NASDAQ", "XETRA:AAA", "AAA.US", "$$AAA", "AAA US", "NASDAQ:LATE", "$LATE"} {
		got, _ := call(t, testDesk(holding("1000", nil)), "buy", `{"symbol":"`+symbol+`","amount":1}`)
		require.Contains(t, got["error"], `unknown symbol "`+symbol+`": a ticker of this market is expected`)
	}
	for _, amount := range []string{"1 lot", "share", "1,000", "1.000,5", "~1", "1 share AAA", "all", "50%"} {
		got, _ := call(t, testDesk(holding("1000", nil)), "buy", `{"symbol":"AAA","amount":"`+amount+`"}`)
		require.Contains(t, got["error"], `"`+amount+`"`)
		require.Contains(t, got["error"], "a positive whole number of shares is expected")
	}
}

func TestArgumentsThatCannotBeUnderstood(t *testing.T) {
	for arguments, want := range map[string]string{
		`{"symbol":"AAA","amount":true}`:    `the argument "amount" is true: a number is expected`,
		`{"symbol":"AAA","amount":[5]}`:     `the argument "amount" is [5]: a number is expected`,
		`{"symbol":"AAA","amount":{"n":5}}`: `the argument "amount" is {"n":5}: a number is expected`,
		`{"symbol":"AAA","amount":"five"}`:  `amount "five" is not a decimal number`,
		`{"symbol":"AAA","amount":" "}`:     `amount "" is not a decimal number`,
		`{"symbol":5,"amount":5}`:           `the argument "symbol" is 5: a text is expected`,
		`{"symbol":"","amount":5}`:          `the argument "symbol" is missing; this tool takes: symbol, amount`,
		`{"Symbol":"AAA","amount":5}`:       `the argument "symbol" is missing; "Symbol" was given, but the name must be exactly "symbol"`,
		`{"symbol":"AAA"," AMOUNT":5}`:      `the argument "amount" is missing; " AMOUNT" was given, but the name must be exactly "amount"`,
		`{"ticker":"AAA","quantity":5}`:     `the argument "symbol" is missing; this tool takes: symbol, amount`,
	} {
		d := testDesk(holding("1000", nil))
		got, result := call(t, d, "buy", arguments)
		require.True(t, result.IsError, arguments)
		require.Contains(t, got["error"], want)
		require.Empty(t, d.Fills())
	}
}

func TestIgnoredArgumentsAreNamed(t *testing.T) {
	d := testDesk(holding("1000", nil))
	got, result := call(t, d, "buy", `{"symbol":"AAA","amount":1,"signature":"gpt-5","date":"2025-03-01","a\nb":null}`)
	require.False(t, result.IsError)
	require.Equal(t, []any{"a\nb", "date", "signature"}, got["ignored_arguments"])
	got, _ = call(t, d, "buy", `{"symbol":"AAA","amount":1}`)
	require.NotContains(t, got, "ignored_arguments")

	many := map[string]int{strings.Repeat("x", 100): 1}
	for c := 'a'; c <= 'z'; c++ {
		many[string(c)] = 1
	}
	text, err := json.Marshal(many)
	require.NoError(t, err)
	got, _ = call(t, d, "get_portfolio", string(text))
	require.Len(t, got["ignored_arguments"], 21)
	require.Equal(t, "...", got["ignored_arguments"].([]any)[20])
	require.NotContains(t, got["ignored_arguments"], strings.Repeat("x", 100))
}

// Whatever a model sends: each tool answers with JSON, books stay sound, and
// what is taken is taken exactly.
func FuzzArguments(f *testing.F) {
	for _, seed := range []string{
		`{"symbol":"AAA","amount":5}`, `"{\"symbol\":\"AAA\",\"amount\":\"5\"}"`, `{"symbol":"aaa","amount":1e1,"x":[]}`,
		`{"symbol":"AAA","date":"2025-03-04","days":"3"}`, `{"expression":"1+1"}`, `null`, `{"a":1,"a":2}`,
		`{"symbol":"\ud800","amount":-0}`, "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arguments string) {
		normal, err := NormalizeArguments(arguments)
		if err != nil {
			if !sim.IsKind(err, sim.KindInvalid) {
				t.Fatal(err)
			}
			return
		}
		var plain map[string]json.RawMessage
		if err := json.Unmarshal(normal, &plain); err != nil {
			t.Fatalf("%q is taken as %s: %v", arguments, normal, err)
		}
		if again, err := NormalizeArguments(string(normal)); err != nil || string(again) != string(normal) {
			t.Fatalf("%q: normal form %s is not one (%v)", arguments, normal, err)
		}
		opening := holding("1000", map[string]sim.Quantity{"AAA": 2 * sim.Share})
		d := testDesk(opening)
		for _, tool := range d.Tools() {
			if result := tool.Handle(t.Context(), plain); !json.Valid([]byte(result.Content)) {
				t.Fatalf("%s %q answers %s", tool.Spec.Name, arguments, result.Content)
			}
		}
		closing, err := sim.Fold(opening, d.Fills())
		if err != nil || !closing.Equal(d.Ledger()) {
			t.Fatalf("%q: %v", arguments, err)
		}
	})
}
