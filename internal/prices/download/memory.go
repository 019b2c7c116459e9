package download

import (
	"time"

	"aitrader/internal/sim"
)

const (
	// memoryLife is how long a missing bar is remembered.
	memoryLife = 12 * time.Hour
	// lateDays is how many days back bars may still arrive late. Missing bars of these
	// days are requested every time.
	lateDays = 4
)

// memory holds the bars that a vendor does not have: a symbol that was not listed yet is
// not requested on every date again.
type memory map[absence]time.Time // until when it is valid

// absence identifies a missing bar.
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
