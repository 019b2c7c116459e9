package download

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

// Vendor answers questions about daily prices.
type Vendor interface {
	// Name is the vendor's name, for people.
	Name() string
	// Questions divides the missing bars into questions, in the order in which they
	// should be asked. Settled is the last date that can have bars.
	Questions(m Missing, settled sim.Date) []Question
	// Ask answers one question. Rows belong to its symbols and to its window; some may
	// be missing. An error is a [sim.Error]: rate_limited where the vendor takes no
	// more questions now, unauthorized where it refuses the key, no_data where it does
	// not know the symbols. Rows beside an error are valid and can be stored.
	Ask(ctx context.Context, q Question) (Answer, error)
}

// Missing holds, by symbol, the dates without a bar, in order.
type Missing map[string][]sim.Date

// symbols returns the symbols, sorted.
func (m Missing) symbols() []string { return slices.Sorted(maps.Keys(m)) }

// dates returns the dates of all symbols, in order.
func (m Missing) dates() []sim.Date {
	seen := map[sim.Date]bool{}
	for _, dates := range m {
		for _, d := range dates {
			seen[d] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Question is one batch of bars that a vendor can answer.
type Question struct {
	// Symbols are the symbols of the wanted rows.
	Symbols []string
	// Dates are the dates of missing bars, in order; at least one.
	Dates []sim.Date
	// Whole requests the whole history from a vendor that also has a shorter answer.
	Whole bool
}

// lookBack is how many days before the first missing bar are compared as well, for
// corrections and for late splits and dividends.
const lookBack = 7

// from returns the first date of the window.
func (q Question) from() sim.Date { return q.Dates[0].AddDays(-lookBack) }

// to returns the last date of the window.
func (q Question) to() sim.Date { return q.Dates[len(q.Dates)-1] }

// wants reports whether a row belongs to the question.
func (q Question) wants(symbol string, d sim.Date) bool {
	return d >= q.from() && d <= q.to() && slices.Contains(q.Symbols, symbol)
}

// Answer is the answer to a question.
type Answer struct {
	sim.PriceRows
	// Answered are the dates that the answer covers: a symbol without a bar on one of
	// them has none.
	Answered []sim.Date
}

// Options configure the client of a vendor.
type Options struct {
	// BaseURL is the address of the vendor; "" is the vendor's own.
	BaseURL string
	// Key returns the key of that address, or "" for none. It is called for each
	// request, so that a new key counts at once. Its error must not hold the key.
	Key func(ctx context.Context) (secret.Text, error)
	// PerMinute is the rate limit, in requests per minute.
	PerMinute int
	// Timeout bounds one attempt; 30 s by default.
	Timeout time.Duration
	// Clock paces the requests; the real clock by default.
	Clock Clock
}

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Wait returns after a time, or with an error when the context ends before.
	Wait(ctx context.Context, d time.Duration) error
}

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) Wait(ctx context.Context, d time.Duration) error { return backoff.Wait(ctx, d) }

// about names the subject of a question in a warning.
func (q Question) about() string {
	if len(q.Symbols) == 1 {
		return q.Symbols[0]
	}
	if len(q.Dates) == 1 {
		return q.Dates[0].String()
	}
	return fmt.Sprintf("%s to %s", q.Dates[0], q.to())
}
