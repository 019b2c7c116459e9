package sim

import (
	"aitrader/internal/realdata"
	"bufio"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestOpeningBell(t *testing.T) {
	for date, want := range map[string]string{
		"2025-10-31": "2025-10-31T13:30:00Z", "2025-11-03": "2025-11-03T14:30:00Z", "2025-03-07": "2025-03-07T14:30:00Z",
		"2025-03-10": "2025-03-10T13:30:00Z",
	} {
		require.Equal(t, want, DefaultMarket.Opens(MustParseDate(date)).UTC().Format(time.RFC3339))
	}
}

func TestCalendarAgainstTheBars(t *testing.T) {
	var traded []Date
	lines := bufio.NewScanner(realdata.Open(t, "us_daily_2y/trading_days.txt"))
	for lines.Scan() {
		traded = append(traded, day(lines.Text()))
	}
	require.NoError(t, lines.Err())
	require.Greater(t, len(traded), 490)
	require.Equal(t, traded, DefaultMarket.Bars(traded[0], traded[len(traded)-1]))
}

func TestHolidays(t *testing.T) {
	for date, want := range map[string]string{
		// 2025, all of them
		"2025-01-01": "New Year's Day", "2025-01-09": "mourning for President Carter", "2025-01-20": "Martin Luther King Jr. Day",
		"2025-02-17": "Washington's Birthday", "2025-04-18": "Good Friday", "2025-05-26": "Memorial Day", "2025-06-19": "Juneteenth",
		"2025-07-04": "Independence Day", "2025-09-01": "Labor Day", "2025-11-27": "Thanksgiving Day", "2025-12-25": "Christmas Day",
		// observed on the Friday before or the Monday after
		"2021-07-05": "Independence Day", "2026-07-03": "Independence Day", "2020-07-03": "Independence Day",
		"2021-12-24": "Christmas Day", "2022-12-26": "Christmas Day", "2022-06-20": "Juneteenth", "2027-06-18": "Juneteenth",
		"2017-01-02": "New Year's Day", "2023-01-02": "New Year's Day",
		// the earliest and latest Easter of many years, and a leap day
		"2008-03-21": "Good Friday", "2011-04-22": "Good Friday", "2024-03-29": "Good Friday", "2000-04-21": "Good Friday",
		"2038-04-23": "Good Friday",
		// Monday holidays at both ends of their weeks
		"2024-01-15": "Martin Luther King Jr. Day", "2019-01-21": "Martin Luther King Jr. Day",
		"2021-02-15": "Washington's Birthday", "2022-02-21": "Washington's Birthday",
		"2021-05-31": "Memorial Day", "2026-05-25": "Memorial Day", "2020-09-07": "Labor Day", "2025-11-26": "",
		"2018-11-22": "Thanksgiving Day", "2019-11-28": "Thanksgiving Day",
		// one-off closures
		"2001-09-11": "terrorist attacks", "2001-09-14": "terrorist attacks", "2001-09-17": "", "2004-06-11": "mourning for President Reagan",
		"2007-01-02": "mourning for President Ford", "2012-10-29": "Hurricane Sandy", "2012-10-30": "Hurricane Sandy", "2012-10-31": "",
		"2018-12-05": "mourning for President Bush",
		// trading days that one might take for holidays
		"2021-12-31": "", "2010-12-31": "", // New Year's Day on a Saturday is not moved
		"2020-06-19": "", "2021-06-18": "", "2021-06-21": "", // Juneteenth is a holiday from 2022 on
		"2024-11-29": "", "2024-12-24": "", "2025-10-13": "", "2024-11-11": "", "2024-05-20": "", "2024-01-08": "", "2024-02-12": "",
		"2024-09-09": "",
	} {
		require.Equal(t, want, DefaultMarket.Holiday(day(date)), date)
		require.Equal(t, want == "", DefaultMarket.IsTradingDay(day(date)), date)
	}
	require.False(t, DefaultMarket.IsTradingDay(day("2025-10-04")), "a Saturday")
	require.False(t, DefaultMarket.IsTradingDay(day("2025-10-05")), "a Sunday")
}

func TestEaster(t *testing.T) {
	for _, d := range []string{
		"2000-04-23", "2005-03-27", "2008-03-23", "2011-04-24", "2016-03-27", "2019-04-21", "2020-04-12", "2021-04-04",
		"2022-04-17", "2023-04-09", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01",
		"2030-04-21", "2038-04-25",
	} {
		require.Equal(t, day(d), easter(day(d).Time().Year()))
	}
}

func TestEarlyCloses(t *testing.T) {
	for date, want := range map[string]bool{
		"2025-07-03": true, "2024-07-03": true, "2023-07-03": true, "2024-12-24": true, "2025-12-24": true,
		"2024-11-29": true, "2025-11-28": true, "2023-11-24": true, "2019-11-29": true,
		"2026-07-02": false, "2026-07-03": false, "2020-07-02": false, "2022-07-01": false, "2021-07-02": false,
		"2023-12-22": false, "2022-12-23": false, "2021-12-23": false, "2021-12-24": false,
		"2024-11-22": false, "2024-11-28": false, "2024-12-31": false, "2024-07-04": false, "2022-07-03": false,
	} {
		require.Equal(t, want, early(day(date)), date)
	}
}

func TestCalendarProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := day("2000-01-03").AddDays(rapid.IntRange(0, 40*365).Draw(t, "days"))
		next, prev := DefaultMarket.NextBar(d), DefaultMarket.PrevBar(d)
		require.True(t, prev < d && d < next)
		require.True(t, DefaultMarket.IsTradingDay(next) && DefaultMarket.IsTradingDay(prev))
		between := DefaultMarket.Bars(prev, next)
		if DefaultMarket.IsTradingDay(d) {
			require.Equal(t, []Date{prev, d, next}, between)
			require.Equal(t, d, DefaultMarket.PrevBar(next))
			require.NotContains(t, []time.Weekday{time.Saturday, time.Sunday}, d.Weekday())
		} else {
			require.Equal(t, []Date{prev, next}, between)
			require.False(t, early(d))
		}
		year := d.Time().Year()
		n := len(DefaultMarket.Bars(NewDate(year, time.January, 1), NewDate(year, time.December, 31)))
		require.True(t, 248 <= n && n <= 253, "%d trading days in %d", n, year)
	})
	require.Empty(t, DefaultMarket.Bars(day("2025-10-04"), day("2025-10-05")))
	require.Empty(t, DefaultMarket.Bars(day("2025-10-03"), day("2025-10-02")))
}

// early reports whether the exchanges close at 13:00 on a date.
func early(d Date) bool {
	return DefaultMarket.IsTradingDay(d) && DefaultMarket.closing(d) == 13*60
}
