package sim

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDateRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := NewDate(1971, time.January, rapid.IntRange(1, 2_932_532).Draw(t, "days")) // up to 9999-12-31
		if rapid.Bool().Draw(t, "a bar of the day") {
			d = d.At(rapid.IntRange(0, 24*60-1).Draw(t, "minute"))
		}
		parsed, err := ParseBar(d.String())
		require.NoError(t, err)
		require.Equal(t, d, parsed)
		require.Equal(t, d.Day(), DateOf(d.Time()))
		require.Equal(t, d.Time().AddDate(0, 0, 1), d.AddDays(1).Time())
		y, m, dd := d.Time().Date()
		require.Equal(t, d.Day(), NewDate(y, m, dd))

		text, err := json.Marshal(map[string]Date{"d": d})
		require.NoError(t, err)
		var back map[string]Date
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, d, back["d"])
	})
}

// Texts, which stores sort by, and dates have one order: a day, its bars, the next day.
func TestDatesSortAsTheirTexts(t *testing.T) {
	first := NewDate(2024, time.February, 28)
	draw := func(t *rapid.T, label string) Date {
		d := first.AddDays(rapid.IntRange(0, 2).Draw(t, label+" day"))
		if minute := rapid.IntRange(-1, 24*60-1).Draw(t, label+" minute"); minute >= 0 {
			d = d.At(minute)
		}
		return d
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		require.Equal(t, cmp.Compare(a, b), cmp.Compare(a.String(), b.String()), "%s and %s", a, b)
		require.Equal(t, a.Time().Sub(b.Time()).Round(time.Minute) > 0, a.Time().After(b.Time()))
		require.Equal(t, int(a.Day().Time().Sub(b.Day().Time())/(24*time.Hour)), a.DaysSince(b))
		require.Equal(t, a, b.AddDays(a.DaysSince(b)).Day()+a%perDay)
		require.LessOrEqual(t, a, a.LastMinute())
		require.Less(t, a.LastMinute(), a.Day().AddDays(1))
		require.Less(t, a, a.Next())
	})
}

func TestTimesOfBars(t *testing.T) {
	want := day("2025-10-01").At(10 * 60)
	for _, s := range []string{"2025-10-01 10:00", "2025-10-01 10:00:00", "2025-10-01T10:00", "2025-10-01T10:00:00"} {
		got, err := ParseBar(s)
		require.NoError(t, err)
		require.Equal(t, want, got, s)
		_, err = ParseDate(s)
		requireKind(t, err, KindInvalid, "YYYY-MM-DD is expected")
		require.Equal(t, "2025-10-01 10:00", got.String())
	}
	require.Equal(t, "2025-10-01 10:01", want.Next().String())
	require.Equal(t, "2025-10-02 00:00", day("2025-10-01").LastMinute().Next().String())
	require.Equal(t, "2025-10-02", day("2025-10-01").Next().String())
	require.NotEqual(t, day("2025-10-01"), day("2025-10-01").At(0), "a day is not its first minute")
}

func TestParseDateRefuses(t *testing.T) {
	for _, s := range []string{
		"", "2025-1-02", "2025-01-2", "2025-02-29", "2025-13-01", "2025-00-10", "2025-04-31", "20250401",
		" 2025-04-01", "2025-04-01 ", "2025-04-01T00:00:00Z", "0001-01-01", "1970-01-01", "1970-12-31", "tomorrow",
		"2025-04-01 24:00", "2025-04-01 9:30", "2025-04-01 09:60", "2025-04-01 09:30:15", "2025-04-01 09:30:00Z",
	} {
		for _, parse := range []func(string) (Date, error){ParseDate, ParseBar} {
			_, err := parse(s)
			requireKind(t, err, KindInvalid, "YYYY-MM-DD is expected")
		}
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
	require.Equal(t, day("2025-10-01"), DateOf(instant.In(DefaultMarket.Zone)))
	require.Equal(t, day("2025-10-01"), DefaultMarket.Today(instant))
}

func FuzzParseBar(f *testing.F) {
	f.Add("2025-10-01")
	f.Add("2025-02-30")
	f.Add("2025-10-01T10:00:00")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseBar(s); err == nil {
			again, err := ParseBar(d.String())
			require.NoError(t, err)
			require.Equal(t, d, again)
			if len(s) > len(minuteLayout) {
				s = strings.TrimSuffix(s, ":00")
			}
			require.Equal(t, strings.Replace(s, "T", " ", 1), d.String())
		}
	})
}
