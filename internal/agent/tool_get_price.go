package agent

import (
	"context"
	"encoding/json"
	"sort"

	"aitrader/internal/sim"
)

// recentBars is how many bars get_price returns with today's open.
const recentBars = 5

var getPriceSchema = json.RawMessage(`{"type":"object","properties":{` +
	`"symbol":{"type":"string","description":"ticker, such as AAPL"},` +
	`"date":{"type":"string","description":"a past date (YYYY-MM-DD) for the bar of that date; leave it out for today"}},` +
	`"required":["symbol"],"additionalProperties":false}`)

func (d *Desk) getPriceTool() Tool {
	return d.tool("get_price",
		"Today's opening price of a symbol and its last bars before today, or the bar of a past date. Prices are in USD and "+
			"not adjusted for splits, which are listed.",
		getPriceSchema, []string{"symbol", "date"}, d.getPrice)
}

// priceAnswer is today's open, and without a date also the last bars.
type priceAnswer struct {
	Symbol string     `json:"symbol"`
	Date   sim.Date   `json:"date"`
	Open   *sim.Money `json:"open"` // null when it does not trade today
	*recentAnswer
}

type recentAnswer struct {
	Bars   []barAnswer   `json:"recent_bars"`
	Splits []splitAnswer `json:"splits"`
}

// pastPriceAnswer is the bar of a date before today.
type pastPriceAnswer struct {
	Symbol string `json:"symbol"`
	barAnswer
	Splits []splitAnswer `json:"splits"`
}

// barAnswer is one bar. An open-only bar has no closedBar.
type barAnswer struct {
	Date sim.Date  `json:"date"`
	Open sim.Money `json:"open"`
	*closedBar
}

type closedBar struct {
	High   sim.Money `json:"high"`
	Low    sim.Money `json:"low"`
	Close  sim.Money `json:"close"`
	Volume int64     `json:"volume"`
}

type splitAnswer struct {
	ExDate      sim.Date `json:"ex_date"`
	Numerator   int64    `json:"numerator"`
	Denominator int64    `json:"denominator"`
}

func (d *Desk) getPrice(_ context.Context, in input) (any, error) {
	symbol, err := in.text("symbol")
	if err != nil {
		return nil, err
	}
	dateText, dated, err := in.optionalText("date")
	if err != nil {
		return nil, err
	}
	date := d.Date()
	if dated {
		// The refusal names only today, and not even the date that was asked for.
		if date, err = sim.ParseDate(dateText); err != nil || date > d.Date() {
			return nil, sim.Errorf(sim.KindInvalid,
				"the date cannot be used: a calendar date written YYYY-MM-DD, not later than today (%s), is expected", d.Date())
		}
	}
	if symbol, err = d.listed(symbol); err != nil {
		return nil, err
	}
	if date < d.Date() {
		return d.pastPrice(symbol, date)
	}
	answer := priceAnswer{Symbol: symbol, Date: date, Open: d.todaysOpen(symbol)}
	if !dated {
		bars := d.view.History(symbol, recentBars)
		answer.recentAnswer = &recentAnswer{barsOf(bars), d.splitsSince(symbol, bars)}
	}
	return answer, nil
}

func (d *Desk) pastPrice(symbol string, date sim.Date) (any, error) {
	// There are at most as many bars as days between the date and today.
	bars := d.view.History(symbol, d.Date().DaysSince(date))
	i := sort.Search(len(bars), func(i int) bool { return bars[i].Date >= date })
	if i == len(bars) || bars[i].Date != date {
		return nil, sim.Errorf(sim.KindInvalid, "%s has no bar on %s; get_history gives the dates that have one", symbol, date)
	}
	return pastPriceAnswer{symbol, barOf(bars[i]), d.splitsSince(symbol, bars[i:i+1])}, nil
}

// todaysOpen returns today's open of a symbol, nil when it does not trade today.
func (d *Desk) todaysOpen(symbol string) *sim.Money {
	if open, ok := d.view.Open(symbol); ok {
		return &open
	}
	return nil
}

func barsOf(bars []sim.DatedBar) []barAnswer {
	out := make([]barAnswer, len(bars))
	for i, b := range bars {
		out[i] = barOf(b)
	}
	return out
}

func barOf(b sim.DatedBar) barAnswer {
	out := barAnswer{Date: b.Date, Open: b.Bar.Open}
	if !b.Bar.OpenOnly {
		out.closedBar = &closedBar{b.Bar.High, b.Bar.Low, b.Bar.Close, b.Bar.Volume}
	}
	return out
}

// splitsSince lists the splits from the first of the bars up to today. They make raw
// prices comparable.
func (d *Desk) splitsSince(symbol string, bars []sim.DatedBar) []splitAnswer {
	out := []splitAnswer{}
	if len(bars) > 0 {
		for _, s := range d.view.Splits(symbol, bars[0].Date) {
			out = append(out, splitAnswer{s.ExDate, s.Numerator, s.Denominator})
		}
	}
	return out
}
