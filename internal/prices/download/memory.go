package download

import (
	"time"

	"aitrader/internal/sim"
)

const (
	// memoryLife is how long it is remembered what a vendor does not have.
	memoryLife = 12 * time.Hour
	// fresh is how many days back bars may still be on their way. What is missing
	// there is asked for again each time.
	fresh = 4
)

// memory is what a vendor has said not to have: a symbol that was not listed yet
// is not asked for on every date again.
type memory map[absence]time.Time // until when that is believed

type absence struct {
	symbol string
	date   sim.Date
}

// knows reports whether a bar is known not to be there.
func (m memory) knows(symbol string, d sim.Date, now time.Time) bool {
	return now.Before(m[absence{symbol, d}])
}

// note remembers the bars that an answer should have brought and did not.
func (m memory) note(missing Missing, q Question, a Answer, settled sim.Date, now time.Time) {
	came := map[absence]bool{}
	for _, row := range a.Bars {
		came[absence{row.Symbol, row.Date}] = true
	}
	for _, symbol := range q.Symbols {
		for _, d := range missing[symbol] {
			at := absence{symbol, d}
			if !came[at] && d <= settled-fresh && contains(a.Answered, d) {
				m[at] = now.Add(memoryLife)
			}
		}
	}
}
