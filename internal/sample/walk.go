package sample

import (
	"math/rand/v2"

	"aitrader/internal/sim"
)

// The prices follow a geometric random walk with one factor, the market. All of
// it is computed with whole numbers, because the results of floating point
// differ between processors.

const (
	// seed makes the market what it is: another one gives another market.
	seed = 20251031
	// one is a return of 100 %: returns are counted in units of 1e-6.
	one = 1_000_000
	// basisPoint is 1/10,000 in these units.
	basisPoint = one / 10_000
	// marketNoise is the typical size of the market's daily return, and
	// marketDrift its mean, in basis points.
	marketNoise = 80
	marketDrift = 6
	// nightShare is the part of a day's return that comes before the open, in
	// percent.
	nightShare = 40
	// perMoney is how many units of [sim.PerShare] make one of [sim.Money].
	perMoney = 10_000
	// cent is the tick of all prices.
	cent = sim.Dollar / 100
)

// step is the return of one day in two parts, in units of 1e-6: from the close
// before to the open, and from the open to the close.
type step struct {
	night, day int64
}

// walkMarket returns the market's own returns.
func walkMarket(days int) []step {
	r := rand.New(rand.NewPCG(seed, 0))
	steps := make([]step, days)
	for i := range steps {
		steps[i] = randomStep(r, marketDrift, marketNoise)
	}
	return steps
}

// randomStep draws a day's return of a mean and a typical size in basis points.
func randomStep(r *rand.Rand, drift, noise int64) step {
	night := (drift*basisPoint + noise*basisPoint*bell(r)/one) * nightShare / 100
	day := (drift*basisPoint + noise*basisPoint*bell(r)/one) * (100 - nightShare) / 100
	return step{night, day}
}

// bell draws from nearly a normal distribution with mean 0 and variance 1, in
// units of 1e-6: the sum of twelve uniform draws (Irwin-Hall).
func bell(r *rand.Rand) int64 {
	sum := int64(-6 * one)
	for range 12 {
		sum += r.Int64N(one + 1)
	}
	return sum
}

// trade adds all bars and events of one company.
func (c company) trade(set *sim.PriceRows, dates []sim.Date, market []step, r *rand.Rand) {
	last := c.price
	for i, d := range dates {
		own := randomStep(r, c.drift, c.noise)
		last = c.event(set, i, d, last)
		bar := c.bar(last, step{
			night: market[i].night*c.beta/100 + own.night,
			day:   market[i].day*c.beta/100 + own.day,
		}, r)
		if i < c.listed || c.isHalted(i) {
			continue
		}
		set.Bars = append(set.Bars, sim.SymbolBar{Symbol: c.symbol, Date: d, Bar: bar})
		last = bar.Close
	}
}

// event adds the events before the open of a day, and returns the last close adjusted
// for them.
func (c company) event(set *sim.PriceRows, i int, d sim.Date, last sim.Money) sim.Money {
	if c.split != 0 && i == c.split {
		set.Splits = append(set.Splits, sim.Split{Symbol: c.symbol, ExDate: d, Numerator: splitNumerator, Denominator: splitDenominator})
		last = last * splitDenominator / splitNumerator
	}
	if c.dividend != 0 && i == c.dividend {
		set.Dividends = append(set.Dividends, sim.Dividend{Symbol: c.symbol, ExDate: d, Amount: dividendAmount})
		last -= dividendAmount / perMoney
	}
	return last
}

// isHalted reports whether trading is halted on a day.
func (c company) isHalted(i int) bool {
	return c.halted != 0 && i >= c.halted && i < c.halted+haltedDays
}

// bar makes the bar of a day from the close before.
func (c company) bar(last sim.Money, s step, r *rand.Rand) sim.Bar {
	open := grow(last, s.night)
	closing := grow(open, s.day)
	// High and low lie a little beyond the open and the close.
	beyond := func() int64 { return r.Int64N((c.noise + marketNoise) * basisPoint / 2) }
	return sim.Bar{
		Open:   open,
		High:   grow(max(open, closing), beyond()),
		Low:    grow(min(open, closing), -beyond()),
		Close:  closing,
		Volume: 200_000 + r.Int64N(1_800_000),
	}
}

// grow applies a return, in units of 1e-6, and rounds down to a whole cent.
func grow(price sim.Money, by int64) sim.Money {
	grown := price + sim.Money(int64(price)*by/one)
	return grown - grown%cent
}
