package baseline

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]rule{
		"builtin/buy-and-hold?symbol=QQQ":     buyAndHold{"QQQ"},
		"builtin/equal-weight":                equalWeight{},
		"builtin/momentum":                    momentum{lookback: 20, top: 5},
		"builtin/momentum?top=2&lookback=249": momentum{lookback: 249, top: 2},
		"builtin/random":                      random{},
		"builtin/random?seed=-7":              random{-7},
		"builtin/cash":                        cash{},
	} {
		got, err := Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, model{want}, got, text)
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"openai/gpt-5": `"openai/gpt-5" is not a built-in model: "builtin/buy-and-hold", ` +
			`"builtin/cash", "builtin/equal-weight", "builtin/momentum" or "builtin/random" is expected`,
		"builtin/hodl":                         `"builtin/hodl" is not a built-in model`,
		"buy-and-hold?symbol=QQQ":              `is not a built-in model`,
		"":                                     `"" is not a built-in model`,
		"builtin/cash?interest=5":              `unknown parameter "interest": it has no parameters`,
		"builtin/buy-and-hold":                 `symbol "" is not a ticker`,
		"builtin/buy-and-hold?symbol=qqq":      `symbol "qqq" is not a ticker`,
		"builtin/buy-and-hold?symbol=A&date=1": `unknown parameter "date": "symbol" is expected`,
		"builtin/buy-and-hold?symbol=QQQ&symbol=AAPL": `parameter "symbol" is given 2 times`,
		"builtin/momentum?lookback=0":                 `lookback "0": a whole number from 1 to 249 is expected`,
		"builtin/momentum?lookback=250":               `from 1 to 249`,
		"builtin/momentum?top=2.5":                    `top "2.5": a whole number from 1 to 100 is expected`,
		"builtin/momentum?window=3":                   `unknown parameter "window": "lookback" or "top" is expected`,
		"builtin/random?seed=":                        `seed "": a whole number from`,
		"builtin/random?seed=99999999999999999999":    `seed "99999999999999999999"`,
		"builtin/random?seed=%zz":                     `the parameters "seed=%zz" cannot be read`,
	} {
		_, err := Parse(text)
		require.ErrorContains(t, err, want, text)
		assert.True(t, sim.IsKind(err, sim.KindInvalid), text)
	}
}
