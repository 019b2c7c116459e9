package download

import (
	"math"
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

// factor parses a ratio that is written as one figure with limited decimals: 0.3333
// means 1:3, not 3333:10000.
func factor(text string) (numerator, denominator int64, ok bool) {
	text = strings.TrimSpace(text)
	numerator, denominator, ok = prices.ParseRatio(text, "1")
	_, decimals, _ := strings.Cut(text, ".")
	if !ok || len(decimals) < 4 || len(decimals) > 8 {
		return numerator, denominator, ok
	}
	lastPlace := int64(math.Pow10(len(decimals)))
	for small := int64(1); small <= 30 && small < denominator; small++ {
		near := (2*numerator*small + denominator) / (2 * denominator) // rounded
		apart := numerator*small - near*denominator
		if near > 0 && 2*lastPlace*max(apart, -apart) <= denominator*small {
			return near, small, true
		}
	}
	return numerator, denominator, true
}

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
