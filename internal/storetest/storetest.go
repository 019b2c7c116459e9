// Package storetest is the conformance suite for [sim.Store] and [sim.Prices]:
// what every implementation must do, whatever it is made of. A behaviour that
// only the test of one store covers does not exist.
//
// A store's own test calls [Run] with a function that opens it. The suite knows
// a store by its interface alone. [NewFaulty] wraps a store for the tests of
// those who use one: it loses writes, or their answers.
package storetest

import (
	"testing"

	"aitrader/internal/sim"
)

// Opened is a handle on the data of a store. What it opened is closed by the
// cleanup of the test that it was opened for.
type Opened struct {
	Store  sim.Store
	Prices sim.PriceStore
	// Again opens a second handle on the same data that shares nothing else with
	// this one, as another process would.
	Again func(t *testing.T) Opened
}

// Factory opens a store without any data.
type Factory func(t *testing.T) Opened

// Run runs the suite, each test on an empty store of its own.
func Run(t *testing.T, open Factory) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"jobs", jobTests},
		{"idempotency", idempotencyTests},
		{"lifecycle", lifecycleTests},
		{"callbacks", callbackTests},
		{"spending", spendingTests},
		{"claim", claimTests},
		{"commit", commitTests},
		{"rewind", rewindTests},
		{"days", dayTests},
		{"transcripts", transcriptTests},
		{"prices", priceTests},
		{"repetition", repeatTests},
		{"concurrency", concurrencyTests},
		{"model", modelTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					test.run(newBench(t, open(t)))
				})
			}
		})
	}
}

// test is one promise.
type test struct {
	name string
	run  func(*bench)
}
