package news

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/sim"
)

func TestStampsWithATime(t *testing.T) {
	for text, want := range map[string]string{
		"2025-10-01T08:00:00Z":             "2025-10-01T08:00:00Z",
		" 2025-10-01T08:00:00.1234567Z ":   "2025-10-01T08:00:00Z",
		"2025-10-01T23:30:00-05:00":        "2025-10-02T04:30:00Z",
		"2025-10-05T22:03:46+0000":         "2025-10-05T22:03:46Z",
		"2025-10-05T22:03:46.5-0930":       "2025-10-06T07:33:46Z",
		"Mon, 27 Oct 2025 21:10:51 GMT":    "2025-10-27T21:10:51Z",
		"Mon, 27 Oct 2025 21:10:51 UTC":    "2025-10-27T21:10:51Z",
		"Mon, 27 Oct 2025 21:10:51 -0400":  "2025-10-28T01:10:51Z",
		"2025-07-30T02:33:01.674102+00:00": "2025-07-30T02:33:01Z",
	} {
		s := ParseStamp(text)
		assert.Empty(t, s.usable(), text)
		assert.Equal(t, want, s.text(), text)
	}
}

func TestStampsOfADay(t *testing.T) {
	for text, want := range map[string]string{
		"2025-09-30": "2025-09-30", "Sep 30, 2025": "2025-09-30", "September 30, 2025": "2025-09-30", "30 Sep 2025": "2025-09-30",
		"1 May 2025": "2025-05-01",
	} {
		s := ParseStamp(text)
		assert.Empty(t, s.usable(), text)
		assert.Equal(t, want, s.text(), text)
		end := sim.MustParseDate(want).Time().Add(36 * time.Hour) // where a day ends last, it is noon of the next one in UTC
		assert.True(t, s.latest.Equal(end), text)
	}
}

func TestStampsThatCannotBeUsed(t *testing.T) {
	for why, texts := range map[Reason][]string{
		Undated: {"", " ", "unknown", "Unknown", "N/A", "null", "none", "-"},
		RelativeDate: {"4 hours ago", "an hour ago", "1 day ago", "yesterday", "Today", "just now", "2 weeks", "last month",
			"Updated 3 minutes ago"},
		UnclearDate: {
			"2025-10-01T08:00:00", "2025-10-01 08:00:00Z", "2025-10-01T08:00Z", "2025-10-01T8:00:00Z", "2025-10-01T08:00:00,5Z",
			"2025-10-01T08:00:00z",
			"2025-10-01T24:00:00Z", "2025-10-01T08:60:00Z", "2025-02-30T08:00:00Z", "2025-10-01T08:00:00+15:00",
			"2025-10-01T08:00:00-13:00", "2025-10-01T08:00:00+0000Z",
			"Mon, 27 Oct 2025 21:10:51 EST", "Mon, 27 Oct 2025 21:10:51", "Mon, 27 October 2025 21:10:51 GMT",
			"mon, 27 oct 2025 21:10:51 GMT", "Mon, 7 Oct 2025 21:10:51 GMT",
			"10/14/2025", "14.10.2025", "Tue, 10/14/2025 — 18:55", "2025-10", "2025", "Oct 2025", "October", "20251001T080000",
			"1759300000", "1759300000000",
			"Foo 30, 2025", "Sep 31, 2025", "30 Foo 2025", "2025-02-30", "0001-01-01T00:00:00Z", "1970-01-01", "9999-12-31",
			"２０２５-10-01", "2025-10-01\u200b", "soon", "2025-10-01T08:00:00Z 4",
		},
	} {
		for _, text := range texts {
			assert.Equal(t, why, ParseStamp(text).usable(), "%q", text)
		}
	}
}

func TestVantageStamps(t *testing.T) {
	assert.Equal(t, "2025-10-01T09:30:00Z", parseVantageStamp("20251001T093000").text())
	assert.Equal(t, Undated, parseVantageStamp("").usable())
	for _, text := range []string{"20251001T0930", "20251001T250000", "20250230T093000", "2025-10-01T09:30:00Z", "20251001T093000Z",
		" 20251001T093000", "20251001T093000.5", "now"} {
		assert.Equal(t, UnclearDate, parseVantageStamp(text).usable(), text)
	}
}

// A time is read back exactly, in whatever zone it is written; a day is never
// over before it is over everywhere.
func TestStampsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset := rapid.IntRange(-12*60, 14*60).Draw(t, "offset") * 60
		when := time.Unix(rapid.Int64Range(at(t, "1991-01-01T00:00:00Z").Unix(), at(t, "2199-01-01T00:00:00Z").Unix()).Draw(t, "unix"),
			0).In(time.FixedZone("", offset))
		for _, layout := range []string{time.RFC3339, time.RFC3339Nano, "2006-01-02T15:04:05-0700", time.RFC1123Z} {
			s := ParseStamp(when.Format(layout))
			require.Empty(t, s.usable())
			require.True(t, s.latest.Equal(when), layout)
		}
		require.True(t, parseVantageStamp(when.UTC().Format("20060102T150405")).latest.Equal(when))
		for _, layout := range []string{time.DateOnly, "Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006"} {
			s := ParseStamp(when.Format(layout))
			require.Empty(t, s.usable())
			require.True(t, s.latest.After(when))
			require.Equal(t, sim.DateOf(when), s.dayIn(time.UTC))
		}
	})
}

func TestOfTwoStampsTheLaterCounts(t *testing.T) {
	early, late, none, doubt := ParseStamp("2025-09-01"), ParseStamp("2025-09-02T00:00:00Z"), Stamp{}, doubtful(RelativeDate)
	late.latest = late.latest.AddDate(0, 1, 0)
	for _, c := range []struct{ a, b, want Stamp }{
		{early, late, late}, {late, early, late}, {early, none, early}, {none, early, early}, {none, none, none},
		{doubt, late, doubt}, {late, doubt, doubt}, {doubt, none, doubt}, {none, doubt, doubt},
	} {
		assert.Equal(t, c.want, later(c.a, c.b))
	}
}

func FuzzParseStamp(f *testing.F) {
	for _, seed := range []string{"2025-10-01T08:00:00Z", "2025-10-05T22:03:46+0000", "Mon, 27 Oct 2025 21:10:51 GMT",
		"Sep 30, 2025", "30 Sep 2025", "2025-09-30", "4 hours ago", "unknown", "20251001T093000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range []Stamp{ParseStamp(text), parseVantageStamp(text)} {
			if s.usable() != "" {
				require.True(t, s.latest.IsZero(), "a stamp in doubt has no time that could be used by mistake")
				continue
			}
			require.True(t, plausible(s.latest.AddDate(0, 0, -2)) || plausible(s.latest))
			// What is shown of it means the same again, or less exactly so.
			again := ParseStamp(s.text())
			require.Empty(t, again.usable())
			require.Equal(t, s.day, again.day)
			require.Less(t, s.latest.Sub(again.latest).Abs(), time.Second)
		}
	})
}
