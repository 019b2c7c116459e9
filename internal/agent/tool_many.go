package agent

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// The bounds of a call that asks for many symbols. Its answer fits into a message.
const (
	// MaxSymbols bounds the symbols of one call.
	MaxSymbols = 128
	// MaxBars bounds the symbols of one call of get_history, times its days.
	MaxBars = 3000
)

var getPricesSchema = json.RawMessage(`{"type":"object","properties":{` +
	`"symbols":{"type":"array","items":{"type":"string"},"maxItems":128,"description":"tickers, such as AAPL"}},` +
	`"required":["symbols"],"additionalProperties":false}`)

func (d *Desk) getPricesTool() Tool {
	return d.tool("get_prices",
		"Today's opening prices and the last closes of up to 128 symbols, in one call. Prices are in USD.",
		getPricesSchema, []string{"symbols"}, d.getPrices)
}

type pricesAnswer struct {
	Date    sim.Date       `json:"date"`
	Prices  []symbolAnswer `json:"prices"`
	Unknown []string       `json:"unknown_symbols,omitempty"`
}

type symbolAnswer struct {
	Symbol    string        `json:"symbol"`
	Open      *sim.Money    `json:"open"`       // null when it does not trade today
	LastClose *sim.Money    `json:"last_close"` // null before the first one
	CloseDate *sim.Date     `json:"close_date"`
	Splits    []splitAnswer `json:"splits,omitempty"` // since that close
}

func (d *Desk) getPrices(_ context.Context, in input) (any, error) {
	symbols, unknown, err := d.symbols(in)
	if err != nil {
		return nil, err
	}
	answer := pricesAnswer{Date: d.Date(), Prices: []symbolAnswer{}, Unknown: unknown}
	for _, symbol := range symbols {
		row := symbolAnswer{Symbol: symbol, Open: d.todaysOpen(symbol)}
		if last, on, ok := d.view.LastClose(symbol); ok {
			row.LastClose, row.CloseDate = &last, &on
			row.Splits = d.splitsSince(symbol, d.view.History(symbol, 1))
		}
		answer.Prices = append(answer.Prices, row)
	}
	return answer, nil
}

// historiesAnswer holds the bars of many symbols, each as a list of its columns: half as
// long as an object.
type historiesAnswer struct {
	Columns   []string        `json:"columns"`
	Histories []symbolHistory `json:"histories"`
	Unknown   []string        `json:"unknown_symbols,omitempty"`
}

type symbolHistory struct {
	Symbol string        `json:"symbol"`
	Bars   [][]any       `json:"bars"`
	Splits []splitAnswer `json:"splits"`
}

var historyColumns = []string{"date", "open", "high", "low", "close", "volume"}

func (d *Desk) getHistories(in input, days int) (any, error) {
	symbols, unknown, err := d.symbols(in)
	if err != nil {
		return nil, err
	}
	if bars := len(symbols) * days; bars > MaxBars {
		return nil, sim.Errorf(sim.KindInvalid, "%d symbols with %d days are %d bars: at most %d are allowed in one call; "+
			"ask for %d days, or for %d symbols at a time", len(symbols), days, bars, MaxBars, MaxBars/len(symbols), MaxBars/days)
	}
	answer := historiesAnswer{Columns: historyColumns, Histories: []symbolHistory{}, Unknown: unknown}
	for _, symbol := range symbols {
		bars := d.view.History(symbol, days)
		history := symbolHistory{symbol, make([][]any, len(bars)), d.splitsSince(symbol, bars)}
		for i, b := range bars {
			history.Bars[i] = []any{b.Date, b.Bar.Open, nil, nil, nil, nil}
			if !b.Bar.OpenOnly {
				history.Bars[i] = []any{b.Date, b.Bar.Open, b.Bar.High, b.Bar.Low, b.Bar.Close, b.Bar.Volume}
			}
		}
		answer.Histories = append(answer.Histories, history)
	}
	return answer, nil
}

// symbols returns the symbols of a call, each once, as the market writes them, and apart
// from them those that it does not know. A symbol that is listed later is not known.
func (d *Desk) symbols(in input) (known, unknown []string, err error) {
	given, err := in.texts("symbols", MaxSymbols)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range given {
		symbol, err := d.listed(name)
		switch {
		case err != nil:
			unknown = append(unknown, text.Clip(strings.TrimSpace(name), 40))
		case !slices.Contains(known, symbol):
			known = append(known, symbol)
		}
	}
	if len(given) == 0 {
		return nil, nil, in.missing("symbols")
	}
	return known, unknown, nil
}
