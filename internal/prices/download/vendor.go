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
	// Questions cuts what is missing into questions, in the order in which they
	// should be asked. Settled is the last date that has bars at all.
	Questions(m Missing, settled sim.Date) []Question
	// Ask answers one question. The rows belong to its symbols and lie in its
	// window; some may be missing. The error is a [sim.Error]: rate_limited when
	// nothing more can be asked now, unauthorized when the key is refused, no_data
	// when the vendor does not know what was asked for. With an error there may be
	// rows, too, and they can be stored.
	Ask(ctx context.Context, q Question) (Answer, error)
}

// Missing are the dates, in order, of which each symbol lacks the bar.
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
	// Symbols are those of which rows are wanted.
	Symbols []string
	// Dates are the dates, in order, of which a bar is missing; there is one.
	Dates []sim.Date
	// Whole asks for the whole history, where the vendor knows a shorter one.
	Whole bool
}

// lookBack is how many days before the first missing one are looked at, too: what
// a vendor corrected there in the meantime, and what it told late.
const lookBack = 7

// from returns the first date whose rows are wanted.
func (q Question) from() sim.Date { return q.Dates[0] - lookBack }

// to returns the last date whose rows are wanted.
func (q Question) to() sim.Date { return q.Dates[len(q.Dates)-1] }

// wants reports whether a row belongs to the question.
func (q Question) wants(symbol string, d sim.Date) bool {
	return d >= q.from() && d <= q.to() && slices.Contains(q.Symbols, symbol)
}

// Answer is what came of a question.
type Answer struct {
	sim.PriceRows
	// Answered are the dates that the vendor has answered for: a symbol without a
	// bar there has none.
	Answered []sim.Date
}

// Options configure the client of a vendor.
type Options struct {
	// BaseURL is the address of the vendor; "" is the vendor's own.
	BaseURL string
	// Key returns the key of that address, or "" when it needs none. It is called
	// for each question, so that a new key counts at once. Its error must not hold
	// the key.
	Key func(ctx context.Context) (secret.Text, error)
	// PerMinute bounds the requests of a minute.
	PerMinute int
	// Timeout bounds one attempt; 30 s by default.
	Timeout time.Duration
	// Clock is the one by which requests are spread; the real one by default.
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

// New returns a vendor. Kind invalid_request: there is none of that name, or its
// base URL is not one.
func New(source string, o Options) (Vendor, error) {
	open, ok := map[string]func(Options) (Vendor, error){
		sim.PricesAlphaVantage: newAlphaVantage,
		sim.PricesPolygon:      newPolygon,
		sim.PricesStooq:        newStooq,
	}[source]
	if !ok {
		return nil, sim.Errorf(sim.KindInvalid, "prices: the source %q is not known", source)
	}
	return open(o)
}

// about names what a question is about, for a warning.
func (q Question) about() string {
	if len(q.Symbols) == 1 {
		return q.Symbols[0]
	}
	if len(q.Dates) == 1 {
		return q.Dates[0].String()
	}
	return fmt.Sprintf("%s to %s", q.Dates[0], q.to())
}
