// Package rounds says how often a test repeats itself: a few times in every run,
// and many times when AITRADER_TEST_LONG=1 is set, as `make test-long` does. A
// short run makes the same kinds of proof as a long one, with fewer samples.
// Only tests import this package.
package rounds

import (
	"flag"
	"os"
	"strconv"
	"testing"
)

// Variable is the environment variable that asks for long runs; its value is 1.
const Variable = "AITRADER_TEST_LONG"

// Long reports whether a long run is asked for.
func Long() bool { return os.Getenv(Variable) == "1" }

// Of returns how many rounds a test makes: short ones, or long ones in a long
// run. A short run logs what it leaves out.
func Of(t testing.TB, short, long int) int {
	t.Helper()
	if Long() {
		return long
	}
	if short < long {
		t.Logf("%d of %d rounds; %s=1 runs all of them", short, long, Variable)
	}
	return short
}

// Checks sets how many cases rapid draws for each property of this test binary,
// unless the command line says so with -rapid.checks. TestMain calls it before
// m.Run, which parses the command line. It panics in a binary without rapid.
func Checks(short, long int) {
	checks := short
	if Long() {
		checks = long
	}
	if err := flag.Set("rapid.checks", strconv.Itoa(checks)); err != nil {
		panic(err)
	}
}
