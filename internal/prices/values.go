package prices

import (
	"strings"
	"unicode/utf8"

	"aitrader/internal/sim"
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
			return sim.Bar{}, c.bad(at, p.name, "", emptyAllowed)
		}
		if *p.into, err = c.price(at, p.name, p.text); err != nil {
			return sim.Bar{}, err
		}
	}
	if text.volume == "" {
		return sim.Bar{}, c.bad(at, names.volume, "", emptyAllowed)
	}
	// Vendors also write 35423294.0 and 3.5423294E7.
	shares, err := sim.ParseQuantity(text.volume)
	if err != nil || shares < 0 || !shares.IsWhole() {
		return sim.Bar{}, c.bad(at, names.volume, text.volume, volumeAllowed)
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
		return 0, c.bad(at, column, text, priceAllowed)
	}
	return price, nil
}

// Bounds of a split: the largest known ones are of the order of 1:1000.
const maxRatio = 10_000

// ratioUnit is 1 in the decimals that a part of a ratio may have.
const ratioUnit = 100_000_000

// parseRatio reads new shares for each old one, written 10, 3:2 or 0.125, in
// lowest terms.
func parseRatio(text string) (numerator, denominator int64, ok bool) {
	left, right, isPair := strings.Cut(text, ":")
	numerator, denominator = 0, ratioUnit
	for _, part := range []struct {
		into  *int64
		text  string
		given bool
	}{{&numerator, left, true}, {&denominator, right, isPair}} {
		if !part.given {
			continue
		}
		value, err := sim.ParsePerShare(strings.TrimSpace(part.text))
		if err != nil || value <= 0 || value > maxRatio*ratioUnit {
			return 0, 0, false
		}
		*part.into = int64(value)
	}
	// Products with the bound stay below 2^63: both parts are at most 1e12.
	if numerator > denominator*maxRatio || denominator > numerator*maxRatio {
		return 0, 0, false
	}
	common := gcd(numerator, denominator)
	return numerator / common, denominator / common, true
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// clip keeps a quoted value readable in an error.
func clip(s string) string {
	const longest = 60
	if len(s) <= longest {
		return s
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
