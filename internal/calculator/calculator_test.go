package calculator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/calculator"
	"aitrader/internal/sim"
)

func TestAnExpressionGivesItsResult(t *testing.T) {
	for expression, want := range map[string]any{
		"1 + 2 * 3":                            7.0,
		"(10000 - 250.5) / 2":                  4874.75,
		"0.1 + 0.2":                            0.3,
		"2 ** 10":                              1024.0,
		"2 ^ 3":                                8.0,
		"7 % 3":                                1.0,
		"7.5 % 2":                              1.5,
		"-3 + +4":                              1.0,
		"9223372036854775807 + 1":              9.22337203685478e18,
		"floor(9.99) + ceil(0.1) + round(2.5)": 13.0,
		"abs(-2) + min(3, 1, 2) + max(1, 5)":   8.0,
		"1 < 2":                                true,
		"1 < 2 and not (3 >= 4)":               true,
		"1 > 2 ? 3 : 4":                        4.0,
		"1e3":                                  1000.0,
	} {
		result, err := calculator.Evaluate(expression)
		require.NoError(t, err, expression)
		var got any
		require.NoError(t, json.Unmarshal(result, &got), expression)
		require.Equal(t, want, got, expression)
	}
}

func TestWhatIsNotArithmeticIsRefused(t *testing.T) {
	for expression, want := range map[string]string{
		"1/0":                           "not a finite number",
		"0/0":                           "not a finite number",
		"1e308 * 10":                    "not a finite number",
		"now()":                         "only numbers",
		"date('2025-03-07')":            "only numbers",
		"'a' + 'b'":                     "only numbers",
		"1..1000000000":                 "only numbers",
		"let x = 1; x":                  "only numbers",
		"[1, 2]":                        "only numbers",
		"cash * 2":                      `the name "cash"`,
		"remainder(5, 3)":               "only numbers",
		"map(1..3, # * 2)":              "only numbers",
		"$env":                          "only numbers",
		"nil":                           "only numbers",
		"(1,000 + 5)":                   "cannot be worked out",
		"1 +":                           "cannot be worked out",
		"abs(true)":                     "cannot be worked out",
		"true % 2":                      "cannot be worked out",
		"2 in [2]":                      "only numbers",
		"99999999999999999999 + 1":      "cannot be worked out",
		strings.Repeat("1+", 200) + "1": "cannot be worked out",
		strings.Repeat("1", 501):        "at most 500 are allowed",
	} {
		_, err := calculator.Evaluate(expression)
		require.ErrorContains(t, err, want, expression)
		require.True(t, sim.IsKind(err, sim.KindInvalid), expression)
	}
}

// An expression is text from a model: whatever it is, the answer is JSON or a refusal.
func FuzzEvaluate(f *testing.F) {
	for _, seed := range []string{"1+1", "1/0", "now()", "max()", "min(1,[2])", "1 ? 2 : 3", "abs", "2**2**2**9", "((((", "\x00",
		"5%0", "true"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		result, err := calculator.Evaluate(expression)
		if err != nil {
			require.True(t, sim.IsKind(err, sim.KindInvalid), "%q: %v", expression, err)
			return
		}
		if !json.Valid(result) {
			t.Fatalf("%q gives %s", expression, result)
		}
	})
}
