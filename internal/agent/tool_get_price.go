package agent

import (
	"sort"

	"aitrader/internal/sim"
)

// recentBars is how many bars get_price gives beside today's open.
const recentBars = 5

const getPriceSchema = `{"type":"object","properties":{` +
	`"symbol":{"type":"string","description":"ticker, such as AAPL"},` +
	`"date":{"type":"string","description":"a past date (YYYY-MM-DD) for the bar of that date; leave it out for today"}},` +
	`"required":["symbol"],"additionalProperties":false}`

func (d *Desk) getPriceTool() Tool {
	return d.tool("get_price",
		"Today's opening price of a symbol and its last bars before today, or the bar of a past date. Prices are in USD and not adjusted for splits, which are listed.",
		getPriceSchema, []string{"symbol", "date"}, d.getPrice)
}

func (d *Desk) getPrice(in input, out *answer) error {
	symbol, err := in.text("symbol")
	if err != nil {
		return err
	}
	dateText, dated, err := in.optionalText("date")
	if err != nil {
		return err
	}
	date := d.Date()
	if dated {
		// The refusal names today and nothing else: not even the date asked for.
		if date, err = sim.ParseDate(dateText); err != nil || date > d.Date() {
			return sim.Errorf(sim.KindInvalid, "the date cannot be used: a calendar date written YYYY-MM-DD, not later than today (%s), is expected", d.Date())
		}
	}
	symbol, ok := d.listed(out, symbol)
	if !ok {
		return nil
	}
	if date < d.Date() {
		return d.addPastBar(out, symbol, date)
	}
	out.text("symbol", symbol)
	out.date("date", date)
	d.addOpen(out, symbol)
	if !dated {
		bars := d.view.History(symbol, recentBars)
		addBars(out, "recent_bars", bars)
		d.addSplitsSince(out, symbol, bars)
	}
	return nil
}

// addPastBar adds the bar of a date before today.
func (d *Desk) addPastBar(out *answer, symbol string, date sim.Date) error {
	// No more bars than days lie between the date and today.
	bars := d.view.History(symbol, int(d.Date()-date))
	i := sort.Search(len(bars), func(i int) bool { return bars[i].Date >= date })
	if i == len(bars) || bars[i].Date != date {
		return sim.Errorf(sim.KindInvalid, "%s has no bar on %s; get_history gives the dates that have one", symbol, date)
	}
	out.text("symbol", symbol)
	addBar(out, bars[i])
	d.addSplitsSince(out, symbol, bars[i:i+1])
	return nil
}

// addOpen adds today's open of a symbol, null when it does not trade today.
func (d *Desk) addOpen(out *answer, symbol string) {
	if open, ok := d.view.Open(symbol); ok {
		out.money("open", open)
	} else {
		out.literal("open", "null")
	}
}

func addBars(out *answer, name string, bars []sim.DatedBar) {
	out.objects(name, len(bars), func(i int) { addBar(out, bars[i]) })
}

// addBar adds the figures of one bar; of an open-only one nothing else is known.
func addBar(out *answer, b sim.DatedBar) {
	out.date("date", b.Date)
	out.money("open", b.Bar.Open)
	if b.Bar.OpenOnly {
		return
	}
	out.money("high", b.Bar.High)
	out.money("low", b.Bar.Low)
	out.money("close", b.Bar.Close)
	out.integer("volume", b.Bar.Volume)
}

// addSplitsSince lists the splits after the first of some bars and up to today:
// what makes raw prices comparable.
func (d *Desk) addSplitsSince(out *answer, symbol string, bars []sim.DatedBar) {
	var splits []sim.Split
	if len(bars) > 0 {
		splits = d.view.Splits(symbol, bars[0].Date)
	}
	out.objects("splits", len(splits), func(i int) {
		out.date("ex_date", splits[i].ExDate)
		out.integer("numerator", splits[i].Numerator)
		out.integer("denominator", splits[i].Denominator)
	})
}
