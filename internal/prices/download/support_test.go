package download

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/clocktest"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
	"aitrader/internal/vendortest"
)

const canaryKey = "canary-0123456789"

// settled is the last date that is over in most of these tests, a Friday.
var settled = sim.MustParseDate("2025-10-03")

func dates(from, to string) []sim.Date {
	return sim.DefaultMarket.Bars(sim.MustParseDate(from), sim.MustParseDate(to))
}

// now is the evening of that day in New York.
func now() time.Time { return time.Date(2025, time.October, 3, 22, 0, 0, 0, time.UTC) }

func testdata(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(text)
}

// vendor opens a vendor at a seller.
func vendor(t testing.TB, source string, s *vendortest.Vendor) (Vendor, *clocktest.Clock) {
	t.Helper()
	clock := clocktest.New(now())
	v, err := New(source, Options{
		BaseURL: s.URL, PerMinute: 1000, Clock: clock,
		Key: func(context.Context) (secret.Text, error) { return canaryKey, nil },
	})
	require.NoError(t, err)
	return v, clock
}

// question asks about some symbols on the first three trading days of October.
func question(symbols ...string) Question {
	return Question{Symbols: symbols, Dates: dates("2025-10-01", "2025-10-03")}
}

func bar(open, high, low, closing sim.Money, volume int64) sim.Bar {
	return sim.Bar{Open: open, High: high, Low: low, Close: closing, Volume: volume}
}
