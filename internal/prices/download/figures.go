package download

import (
	"strings"

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
