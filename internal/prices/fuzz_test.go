package prices_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/prices"
	"aitrader/internal/sim"
)

// roundTrip writes bars as CSV and reads them again.
func roundTrip(t require.TestingT, bars []sim.SymbolBar) sim.PriceRows {
	var out bytes.Buffer
	fmt.Fprintln(&out, "symbol,date,open,high,low,close,volume")
	for _, row := range bars {
		b := row.Bar
		if b.OpenOnly {
			fmt.Fprintf(&out, "%s,%s,%s,,,,\n", row.Symbol, row.Date, b.Open)
			continue
		}
		fmt.Fprintf(&out, "%s,%s,%s,%s,%s,%s,%d\n", row.Symbol, row.Date, b.Open, b.High, b.Low, b.Close, b.Volume)
	}
	again, err := prices.ReadAsOf("again", &out, today)
	require.NoError(t, err)
	return again
}

func TestWrittenBarsAreReadExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Custom(func(t *rapid.T) sim.Money {
			return sim.Money(rapid.Int64Range(1, int64(sim.MaxMoney)).Draw(t, "price"))
		})
		bars := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) sim.SymbolBar {
			row := sim.SymbolBar{
				Symbol: rapid.StringMatching(`[A-Z0-9][A-Z0-9.\-]{0,11}`).Filter(sim.ValidSymbol).Draw(t, "symbol"),
				Date:   today.AddDays(-rapid.IntRange(0, today.DaysSince(sim.MustParseDate("1971-01-01"))).Draw(t, "date")),
				Bar:    sim.Bar{Open: price.Draw(t, "open"), OpenOnly: true},
			}
			if rapid.Bool().Draw(t, "full") {
				low := price.Draw(t, "low")
				row.Bar = sim.Bar{
					Open: row.Bar.Open, Low: low, High: max(low, price.Draw(t, "high")), Close: price.Draw(t, "close"),
					Volume: rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "volume"),
				}
			}
			return row
		}), 1, 50, func(row sim.SymbolBar) sim.SymbolBar { return sim.SymbolBar{Symbol: row.Symbol, Date: row.Date} }).Draw(t, "bars")
		assert.Equal(t, bars, roundTrip(t, bars).Bars)
	})
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		header + "AAA,2025-10-01,1,2,1,1.5,10\nbbb,2025-10-01,1.00005,,,,\n",
		"\ufeffsymbol,ex_date,ratio\r\nAAA,2025-10-01,3:2\r\n",
		"symbol,ex_date,amount\nAAA,2025-10-01,0.24\n",
		answer("AAA", `"2025-10-01": `+fullDay) + "\n" + answer("BBB", `"2025-10-02": {"1. buy price": 1e2}`),
		`{"Note": "no"}`, "\x1f\x8b\x08", "PK\x03\x04", "[", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		set, err := prices.ReadAsOf("fuzz", bytes.NewReader(content), today)
		if err != nil {
			assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
			return
		}
		for _, s := range set.Splits {
			assert.True(t, sim.ValidSymbol(s.Symbol) && s.Numerator > 0 && s.Denominator > 0, "%+v", s)
		}
		for _, d := range set.Dividends {
			assert.True(t, sim.ValidSymbol(d.Symbol) && d.Amount > 0, "%+v", d)
		}
		if len(set.Bars) == 0 {
			return
		}
		for _, row := range set.Bars {
			require.NoError(t, row.Bar.Check())
		}
		assert.Equal(t, set.Bars, roundTrip(t, set.Bars).Bars)
	})
}
