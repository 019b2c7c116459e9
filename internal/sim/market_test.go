package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func market(t testing.TB, name string) *Market {
	m, err := MarketNamed(name)
	require.NoError(t, err)
	require.Equal(t, name, m.Name)
	return m
}

func TestBarsOfADay(t *testing.T) {
	for _, c := range []struct{ market, date, want string }{
		{"us", "2025-10-01", "2025-10-01"},
		{"us-hourly", "2025-10-01", "10:00 11:00 12:00 13:00 14:00 15:00"},
		{"us-hourly", "2025-11-28", "10:00 11:00 12:00"}, // closes at 13:00
		{"us-hourly", "2025-11-27", ""},                  // Thanksgiving
		{"us-30m", "2025-11-28", "09:30 10:00 10:30 11:00 11:30 12:00 12:30"},
		{"us-120m", "2025-10-01", "09:30 11:30 13:30 15:30"}, // the last bar is shorter
		{"cn", "2025-10-09", "2025-10-09"},
		{"cn", "2025-10-08", ""}, // National Day
		{"cn", "2025-10-11", ""}, // a Saturday on which offices work
		{"cn-hourly", "2025-10-09", "10:30 11:30 14:00 15:00"},
		{"cn-30m", "2025-10-09", "10:00 10:30 11:00 11:30 13:30 14:00 14:30 15:00"},
		{"crypto", "2025-12-25", "2025-12-25"},
		{"crypto", "2025-10-04", "2025-10-04"},
		{"crypto-360m", "2025-10-04", "00:00 06:00 12:00 18:00"},
	} {
		m := market(t, c.market)
		var want []Date
		for name := range strings.FieldsSeq(c.want) {
			if m.Intraday() {
				name = c.date + " " + name
			}
			want = append(want, day(name))
		}
		require.Equal(t, want, m.Bars(day(c.date), day(c.date)), "%s on %s", c.market, c.date)
	}
}

func TestUnknownMarketsAreRefused(t *testing.T) {
	for _, name := range []string{"", "US", "nyse", "us-", "us-60m", "us-0m", "us-1440m", "us--5m", "us-5", "us-05m", "us-5m-5m", "us-daily"} {
		_, err := MarketNamed(name)
		requireKind(t, err, KindInvalid, "us, cn, crypto is expected")
	}
}

// A bar opens before it closes, in the order of their names, and the moments are right
// in summer and in winter.
func TestBarsOpenAndCloseInTheirZone(t *testing.T) {
	for _, c := range []struct{ market, bar, opens, closes string }{
		{"us", "2025-10-31", "2025-10-31T13:30:00Z", "2025-10-31T20:00:00Z"},
		{"us", "2025-11-03", "2025-11-03T14:30:00Z", "2025-11-03T21:00:00Z"},
		{"us", "2025-11-28", "2025-11-28T14:30:00Z", "2025-11-28T18:00:00Z"},
		{"us-hourly", "2025-10-31 10:00", "2025-10-31T14:00:00Z", "2025-10-31T15:00:00Z"},
		{"us-hourly", "2025-10-31 15:00", "2025-10-31T19:00:00Z", "2025-10-31T20:00:00Z"},
		{"cn-hourly", "2025-10-09 10:30", "2025-10-09T01:30:00Z", "2025-10-09T02:30:00Z"},
		{"cn-hourly", "2025-10-09 14:00", "2025-10-09T05:00:00Z", "2025-10-09T06:00:00Z"},
		{"cn", "2025-10-09", "2025-10-09T01:30:00Z", "2025-10-09T07:00:00Z"},
		{"crypto", "2025-10-09", "2025-10-09T00:00:00Z", "2025-10-10T00:00:00Z"},
		{"crypto-hourly", "2025-10-09 00:00", "2025-10-09T00:00:00Z", "2025-10-09T01:00:00Z"},
		{"crypto-hourly", "2025-10-09 23:00", "2025-10-09T23:00:00Z", "2025-10-10T00:00:00Z"},
	} {
		m := market(t, c.market)
		require.Equal(t, c.opens, m.Opens(day(c.bar)).UTC().Format(time.RFC3339), "%s %s", c.market, c.bar)
		require.Equal(t, c.closes, m.closes(day(c.bar)).UTC().Format(time.RFC3339), "%s %s", c.market, c.bar)
	}
}

func TestASettledBarIsOver(t *testing.T) {
	for _, c := range []struct{ market, now, want string }{
		{"us", "2025-10-31T20:29:59Z", "2025-10-30"},
		{"us", "2025-10-31T20:30:00Z", "2025-10-31"},
		{"us-hourly", "2025-10-31T15:29:59Z", "2025-10-30 15:00"},
		{"us-hourly", "2025-10-31T15:30:00Z", "2025-10-31 10:00"},
		{"us-hourly", "2025-11-02T12:00:00Z", "2025-10-31 15:00"},
		{"cn-hourly", "2025-10-09T02:30:00Z", "2025-09-30 15:00"},
		{"cn-hourly", "2025-10-09T03:00:00Z", "2025-10-09 10:30"},
		{"crypto", "2025-10-10T00:30:00Z", "2025-10-09"},
		{"crypto-hourly", "2025-10-10T00:29:00Z", "2025-10-09 22:00"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		require.NoError(t, err)
		require.Equal(t, day(c.want), market(t, c.market).LastSettled(now), "%s at %s", c.market, c.now)
	}
}

// The bars of a span are those that stepping through it meets, in whatever market.
func TestBarsAndStepsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"us", "us-hourly", "us-7m", "cn", "cn-hourly", "cn-45m", "crypto", "crypto-90m"}).Draw(t, "market")
		m, err := MarketNamed(name)
		require.NoError(t, err)
		from := day("2024-12-20").AddDays(rapid.IntRange(0, 500).Draw(t, "day"))
		if rapid.Bool().Draw(t, "within") {
			from = from.At(rapid.IntRange(0, 24*60-1).Draw(t, "minute"))
		}
		to := from.AddDays(rapid.IntRange(0, 9).Draw(t, "days"))
		bars := m.Bars(from, to)
		var steps []Date
		for d := m.PrevBar(m.NextBar(from)); d <= m.through(to); d = m.NextBar(d) {
			if d >= from {
				steps = append(steps, d)
			}
		}
		require.Equal(t, steps, bars)
		for i, d := range bars {
			require.True(t, m.IsBar(d))
			require.Equal(t, m.Intraday(), d != d.Day())
			require.True(t, m.Opens(d).Before(m.closes(d)))
			require.Equal(t, d, m.LastBar(d))
			require.Equal(t, d, m.LastSettled(m.closes(d).Add(settling)))
			if i > 0 {
				require.False(t, m.Opens(d).Before(m.closes(bars[i-1])), "bars do not overlap")
				require.Equal(t, bars[i-1], m.PrevBar(d))
			}
		}
		if len(bars) > 0 && from == from.Day() {
			require.Equal(t, bars[len(bars)-1], m.LastBar(to))
		}
	})
}

func TestAShareHolidays(t *testing.T) {
	m := market(t, "cn")
	for date, want := range map[string]string{
		"2025-01-28": "Spring Festival", "2025-02-04": "Spring Festival", "2025-02-05": "", "2025-04-04": "Qingming", "2025-05-01": "Labour",
		"2025-06-02": "Dragon Boat", "2025-09-30": "", "2025-10-01": "National Day", "2025-10-08": "National Day", "2025-10-09": "",
		"2026-02-16": "Spring Festival", "2007-12-31": "New Year", "2031-10-01": "",
	} {
		require.Contains(t, m.Holiday(day(date)), want, date)
		require.Equal(t, want == "", m.IsTradingDay(day(date)), date)
	}
	require.Len(t, m.Bars(day("2025-01-01"), day("2025-12-31")), 243)
	require.Len(t, m.Bars(day("2024-01-01"), day("2024-12-31")), 242)
}
