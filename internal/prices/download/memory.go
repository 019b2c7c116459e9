package download

import (
	"time"

	"aitrader/internal/sim"
)

const (
	// memoryLife is how long it is remembered what a vendor does not have.
	memoryLife = 12 * time.Hour
	// lateDays is how many days back bars may still be on their way. What is missing
	// there is asked for again each time.
	lateDays = 4
)

// memory is what a vendor has said not to have: a symbol that was not listed yet
// is not asked for on every date again.
type memory map[absence]time.Time // until when that is believed

// absence names a bar.
type absence struct {
	symbol string
	date   sim.Date
}

// knows reports whether a bar is known not to be there.
func (m memory) knows(symbol string, d sim.Date, now time.Time) bool {
	return now.Before(m[absence{symbol, d}])
}

// remember records that a bar is not there.
func (m memory) remember(symbol string, d sim.Date, now time.Time) {
	m[absence{symbol, d}] = now.Add(memoryLife)
}
