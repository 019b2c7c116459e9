package sim

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDateRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.Int32Range(365, 2_932_896).Draw(t, "days")) // 1971-01-01 to 9999-12-31
		parsed, err := ParseDate(d.String())
		require.NoError(t, err)
		require.Equal(t, d, parsed)
		require.Equal(t, d, DateOf(d.Time()))
		require.Equal(t, d.Time().AddDate(0, 0, 1), (d + 1).Time())
		y, m, dd := d.Time().Date()
		require.Equal(t, d, NewDate(y, m, dd))

		text, err := json.Marshal(map[string]Date{"d": d})
		require.NoError(t, err)
		var back map[string]Date
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, d, back["d"])
	})
}

func TestParseDateRefuses(t *testing.T) {
	for _, s := range []string{
		"", "2025-1-02", "2025-01-2", "2025-02-29", "2025-13-01", "2025-00-10", "2025-04-31", "20250401",
		" 2025-04-01", "2025-04-01 ", "2025-04-01T00:00:00Z", "0001-01-01", "1970-01-01", "1970-12-31", "tomorrow",
	} {
		_, err := ParseDate(s)
		requireKind(t, err, KindInvalid, "YYYY-MM-DD is expected")
		require.Panics(t, func() { MustParseDate(s) })
	}
	leap, err := ParseDate("2024-02-29")
	require.NoError(t, err)
	require.Equal(t, time.Thursday, leap.Weekday())
}

func TestNoDate(t *testing.T) {
	var none Date
	require.True(t, none.IsZero())
	require.Empty(t, none.String())
	d := day("2025-10-01")
	require.NoError(t, d.UnmarshalText(nil))
	require.True(t, d.IsZero())
}

func TestBadTextLeavesTheDate(t *testing.T) {
	d := day("2025-10-01")
	require.Error(t, d.UnmarshalText([]byte("2025-10-32")))
	require.Equal(t, day("2025-10-01"), d)
}

func TestDateOfUsesTheZoneOfTheInstant(t *testing.T) {
	instant := time.Date(2025, time.October, 2, 2, 30, 0, 0, time.UTC)
	require.Equal(t, day("2025-10-02"), DateOf(instant))
	require.Equal(t, day("2025-10-01"), DateOf(instant.In(NewYork)))
	require.Equal(t, day("2025-10-01"), Today(instant))
}

func FuzzParseDate(f *testing.F) {
	f.Add("2025-10-01")
	f.Add("2025-02-30")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDate(s); err == nil {
			require.Equal(t, s, d.String())
		}
	})
}
