package rounds_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
	_ "pgregory.net/rapid" // which defines the flag

	"aitrader/internal/rounds"
)

func TestALongRunMakesAllRounds(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	t.Cleanup(func() { assert.NoError(t, checks.Value.Set(before)) })

	for value, want := range map[string]struct {
		long   bool
		rounds int
		checks string
	}{"": {false, 3, "7"}, "0": {false, 3, "7"}, "1": {true, 50, "100"}} {
		t.Setenv(rounds.Variable, value)
		assert.Equal(t, want.long, rounds.Long(), value)
		assert.Equal(t, want.rounds, rounds.Of(t, 3, 50), value)
		rounds.Checks(7, 100)
		assert.Equal(t, want.checks, checks.Value.String(), value)
	}
}
