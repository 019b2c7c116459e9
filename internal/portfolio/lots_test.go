package portfolio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

func TestLotsAreSoldFirstInFirstOut(t *testing.T) {
	t.Parallel()
	buy := func(n int64, price, commission string) sim.Entry {
		return sim.Entry{Kind: sim.EntryBuy, Symbol: "AAA", Quantity: sim.Quantity(n) * sim.Share, Price: simtest.Dollars(price),
			Commission: simtest.Dollars(commission)}
	}
	sold := buy(12, "8", "1.2")
	sold.Kind = sim.EntrySell
	r := Curve{
		Before: Point{Date: date("2025-10-01")},
		Days: []sim.Day{
			{Ref: sim.DayRef{Date: date("2025-10-02")}, Opening: ledger("0", map[string]int64{"AAA": 2}), Entries: []sim.Entry{buy(4, "10", "2")}},
			{Ref: sim.DayRef{Date: date("2025-10-03")},
				Entries: []sim.Entry{{Kind: sim.EntrySplit, Symbol: "AAA", Numerator: 2, Denominator: 1}, buy(1, "9", "0")}},
			{Ref: sim.DayRef{Date: date("2025-10-06")}, Entries: []sim.Entry{sold}},
		},
	}
	lots := SoldLots(testMarket(nil, nil), r)
	require.Len(t, lots, 2, "the third lot is still held")
	// 2 shares at the close of 11 before the range, 5.50 after the split; 7.90 come in.
	assert.InDelta(t, 4, lots[0].Quantity, 1e-12)
	assert.InDelta(t, 4*(7.9-5.5), lots[0].Profit, 1e-9)
	assert.InDelta(t, 5, lots[0].Days, 0)
	assert.InDelta(t, 8, lots[1].Quantity, 1e-12)
	assert.InDelta(t, 8*(7.9-5.25), lots[1].Profit, 1e-9)
	assert.InDelta(t, 4, lots[1].Days, 0)
}
