// Package storetest is the conformance suite for [sim.Store] and [sim.PriceStore]: what
// every implementation must do, whatever it is made of. Behaviour that only the test of
// one store covers does not exist.
//
// A store's own test calls [Run] with a function that opens it. The suite uses only the
// interface of a store. [NewFaulty] wraps a store for the tests of its users: it loses
// writes, or their answers.
//
// Tests that repeat themselves make the rounds that package rounds asks for. TestMain of
// a store's tests sets the number of random walks by [rounds.Checks].
package storetest

import (
	"testing"

	"aitrader/internal/sim"
)

// Opened is a handle on the data of a store. The cleanup of the test closes it.
type Opened struct {
	Store  sim.Store
	Prices sim.PriceStore
	// Again opens a second handle on the same data, which shares nothing else with this
	// one, as in another process.
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
					test.run(newHarness(t, open(t)))
				})
			}
		})
	}
}

// test is one promise.
type test struct {
	name string
	run  func(*harness)
}
