package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/cover"
)

func profiles(t *testing.T, lines ...string) []*cover.Profile {
	t.Helper()
	p, err := cover.ParseProfilesFromReader(strings.NewReader("mode: set\n" + strings.Join(lines, "\n") + "\n"))
	require.NoError(t, err)
	return p
}

func TestABlockCountsWhenAnyTestRunsIt(t *testing.T) {
	packages := summarise(profiles(t,
		"aitrader/internal/sim/a.go:1.1,2.1 3 0",
		"aitrader/internal/sim/a.go:1.1,2.1 3 1", // the same block, by another package's tests
		"aitrader/internal/sim/b.go:1.1,2.1 1 0",
		"aitrader/internal/storetest/x.go:1.1,2.1 9 0",
		"aitrader/cmd/aitrader/m.go:1.1,2.1 17 1",
		"aitrader/cmd/aitrader/m.go:3.1,4.1 3 0",
	))
	assert.Equal(t, map[string]counts{"internal/sim": {3, 4}, "cmd/aitrader": {17, 20}}, packages)
	var out bytes.Buffer
	err := report(&out, packages)
	require.EqualError(t, err, "below the minimum: internal/sim", "85 % are just enough for the command")
	assert.Contains(t, out.String(), "75.0 %     95 %  internal/sim\n")
	assert.Contains(t, out.String(), "83.3 %           all\n")
}

func TestAnEmptyProfileFails(t *testing.T) {
	require.Error(t, report(&bytes.Buffer{}, summarise(nil)))
}
