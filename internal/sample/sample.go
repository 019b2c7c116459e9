// Package sample makes the sample market: invented prices of invented
// companies, for a first run without any data. It is the same on every machine,
// because it is computed from a seed with whole numbers only.
//
// It holds what a real price file holds too: a company that lists later, one
// whose trading is halted for two days, a split and a dividend.
package sample

import (
	"math/rand/v2"
	"slices"

	"aitrader/internal/sim"
)

// Source is the source of these prices in every report.
const Source = "synthetic sample market"

// Benchmark is the ticker of the fund that follows the whole sample market.
const Benchmark = "SYNTH"

// Days is the number of trading days.
const Days = 60

// lastDate is the last of them, on the real calendar of the US exchanges.
var lastDate = sim.MustParseDate("2025-10-31")

// company describes how a company's price moves.
type company struct {
	symbol string
	price  sim.Money // before the first day
	beta   int64     // how much of the market's return it takes, in percent
	noise  int64     // the typical size of its own daily return, in basis points
	drift  int64     // its own mean daily return, in basis points

	// Its events, by the number of the trading day, from 0; 0: never.
	listed   int
	halted   int // the first of two days without trading
	split    int // 2 for 1, before the open
	dividend int // ex-date
}

// dividendAmount is what the one dividend of the market pays per share.
const dividendAmount = 42_000_000 // 0.42 USD

const (
	splitNumerator   = 2
	splitDenominator = 1
	haltedDays       = 2
)

// companies are the dozen companies of the market, in order of their tickers. Their names
// are invented, too.
var companies = []company{
	{symbol: "BRYZT", price: 48 * sim.Dollar, beta: 60, noise: 70, dividend: 25},            // Bryzant Water
	{symbol: "FENWO", price: 31 * sim.Dollar, beta: 80, noise: 110, drift: -6},              // Fenwold Paper
	{symbol: "GLIMR", price: 87 * sim.Dollar, beta: 110, noise: 140, drift: 8},              // Glimmerast Lighting
	{symbol: "HUXTA", price: 22 * sim.Dollar, beta: 120, noise: 180, halted: 33},            // Huxtall Toys
	{symbol: "KELDO", price: 64 * sim.Dollar, beta: 90, noise: 200, drift: -10},             // Keldora Mining
	{symbol: "NIMVA", price: 152 * sim.Dollar, beta: 70, noise: 90, drift: 4},               // Nimvale Health
	{symbol: "OLVEK", price: 75 * sim.Dollar, beta: 100, noise: 120},                        // Olveka Energy
	{symbol: "PYRLO", price: 41 * sim.Dollar, beta: 100, noise: 150, drift: 5, listed: 20},  // Pyrlowe Ceramics
	{symbol: "QUELM", price: 58 * sim.Dollar, beta: 50, noise: 60, drift: 2},                // Quelmark Foods
	{symbol: "TRXNE", price: 118 * sim.Dollar, beta: 95, noise: 100},                        // Traxonne Rail
	{symbol: "VOXLO", price: 36 * sim.Dollar, beta: 140, noise: 210, drift: 14},             // Voxlorne Audio
	{symbol: "ZAVRO", price: 264 * sim.Dollar, beta: 150, noise: 190, drift: 18, split: 40}, // Zavrotek Robotics
}

// benchmark moves as the market does.
var benchmark = company{symbol: Benchmark, price: 400 * sim.Dollar, beta: 100}

// Dates returns the trading days of the market, in order.
func Dates() []sim.Date {
	dates := make([]sim.Date, Days)
	d := lastDate
	for i := Days - 1; i >= 0; i-- {
		dates[i] = d
		d = sim.DefaultMarket.PrevBar(d)
	}
	return dates
}

// Market returns the prices of the whole market, in order of symbol and date,
// the benchmark last.
func Market() sim.PriceRows {
	dates := Dates()
	market := walkMarket(len(dates))
	set := sim.PriceRows{Source: Source}
	for i, c := range append(slices.Clip(companies), benchmark) {
		// Each company has its own random stream, so the events of one company do not
		// change another.
		c.trade(&set, dates, market, rand.New(rand.NewPCG(seed, uint64(i)+1)))
	}
	return set
}
