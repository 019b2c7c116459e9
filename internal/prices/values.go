package prices

import (
	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// barText holds the figures of a bar as they are written; "" means not given.
type barText struct {
	open, high, low, close, volume string
}

// barNames are the names of those figures in the file, for errors.
type barNames barText

const (
	priceAllowed  = "a price in USD above 0 is expected, such as 187.15, at most 100000000000"
	volumeAllowed = "a whole number of shares from 0 to 1000000000000 is expected"
	emptyAllowed  = "high, low, close and volume are expected together, or none of them while only the open is known"
)

// parseBar reads the figures of a bar. One without high, low, close and volume
// is a bar of which only the open is known.
func (c *collector) parseBar(at place, text barText, names barNames) (sim.Bar, error) {
	var bar sim.Bar
	var err error
	if bar.Open, err = c.price(at, names.open, text.open); err != nil {
		return sim.Bar{}, err
	}
	if text.high+text.low+text.close+text.volume == "" {
		bar.OpenOnly = true
		return bar, nil
	}
	for _, p := range []struct {
		into       *sim.Money
		name, text string
	}{{&bar.High, names.high, text.high}, {&bar.Low, names.low, text.low}, {&bar.Close, names.close, text.close}} {
		if p.text == "" {
			return sim.Bar{}, c.badValue(at, p.name, "", emptyAllowed)
		}
		if *p.into, err = c.price(at, p.name, p.text); err != nil {
			return sim.Bar{}, err
		}
	}
	if text.volume == "" {
		return sim.Bar{}, c.badValue(at, names.volume, "", emptyAllowed)
	}
	// Vendors also write 35423294.0 and 3.5423294E7.
	shares, err := sim.ParseQuantity(text.volume)
	if err != nil || shares < 0 || !shares.IsWhole() {
		return sim.Bar{}, c.badValue(at, names.volume, text.volume, volumeAllowed)
	}
	bar.Volume = int64(shares / sim.Share)
	return bar, nil
}

// price reads a price, and counts it when it had to be rounded.
func (c *collector) price(at place, column, text string) (sim.Money, error) {
	price, err := sim.ParseMoney(text)
	if err != nil {
		price, err = sim.RoundMoney(text)
		c.rounded++
	}
	if err != nil || price <= 0 {
		return 0, c.badValue(at, column, text, priceAllowed)
	}
	return price, nil
}

// maxShown bounds what an error shows of a value, in bytes.
const maxShown = 60

func quote(s string) string { return text.Quote(s, maxShown) }
