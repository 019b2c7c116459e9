package download

import (
	"strings"

	"aitrader/internal/prices"
	"aitrader/internal/sim"
)

// figures are the figures of a bar as a vendor writes them.
type figures struct {
	open, high, low, close, volume string
}

// bar parses the figures; ok is false where they are not a valid bar.
func (f figures) bar() (bar sim.Bar, ok bool) {
	for _, p := range []struct {
		into *sim.Money
		text string
	}{{&bar.Open, f.open}, {&bar.High, f.high}, {&bar.Low, f.low}, {&bar.Close, f.close}} {
		price, err := sim.RoundMoney(strings.TrimSpace(p.text))
		if err != nil {
			return sim.Bar{}, false
		}
		*p.into = price
	}
	// Where fractions of shares are traded, volumes have decimals, and more of them
	// than counts. The rounded amount has the same range as a price.
	volume, err := sim.RoundMoney(strings.TrimSpace(f.volume))
	if err != nil {
		return sim.Bar{}, false
	}
	bar.Volume = int64(volume / sim.Dollar)
	return bar, bar.Check() == nil
}

// factor parses a ratio that is written as one figure.
func factor(text string) (numerator, denominator int64, ok bool) { return prices.ParseRatio(text, "1") }

// dividends sums the dividends of a day, such as a regular and a special one.
type dividends map[sim.Dividend]sim.PerShare

// add adds an amount; ok is false where it is not valid.
func (d dividends) add(symbol string, on sim.Date, amount string) (ok bool) {
	value, err := sim.ParsePerShare(strings.TrimSpace(amount))
	if err != nil || value <= 0 {
		return false
	}
	d[sim.Dividend{Symbol: symbol, ExDate: on}] += value
	return true
}

// list returns the dividends, in any order.
func (d dividends) list() []sim.Dividend {
	var out []sim.Dividend
	for day, amount := range d {
		day.Amount = amount
		out = append(out, day)
	}
	return out
}
