package sim

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// october is the input of a plain trigger: all of October 2025 has bars.
func october() PlanInput {
	return PlanInput{
		Market:   DefaultMarket,
		Models:   []string{"a", "b"},
		Today:    day("2025-11-03"),
		WithBars: DefaultMarket.Bars(day("2025-10-01"), day("2025-10-31")),
		Limits:   DefaultLimits,
	}
}

// spansOf prints a plan as MODEL FROM..TO, to compare it with a line of a table.
func spansOf(p Plan) string {
	var out []string
	for _, s := range p.Models {
		out = append(out, s.Model+" "+s.From.String()[5:]+".."+s.To.String()[5:])
	}
	return strings.Join(out, ", ")
}

func TestMakePlan(t *testing.T) {
	for _, c := range []struct {
		name      string
		start     string
		end       string
		replace   bool
		init      string
		lastClose map[string]string
		want      string // "" means current
		total     int
		warnings  []string
	}{
		{name: "an explicit range", start: "2025-10-06", end: "2025-10-10", want: "a 10-06..10-10, b 10-06..10-10", total: 10},
		{name: "a range from a weekend to a weekend", start: "2025-10-04", end: "2025-10-12", want: "a 10-04..10-12, b 10-04..10-12", total: 10},
		{name: "one date", start: "2025-10-06", end: "2025-10-06", want: "a 10-06..10-06, b 10-06..10-06", total: 2},
		{name: "no end: the last date with bars", start: "2025-10-30", want: "a 10-30..10-31, b 10-30..10-31", total: 4},
		{name: "catch-up from the beginning", init: "2025-10-28", want: "a 10-28..10-31, b 10-28..10-31", total: 8},
		{name: "catch-up without a beginning: the end alone", want: "a 10-31..10-31, b 10-31..10-31", total: 2},
		{name: "catch-up to an end without a beginning", end: "2025-10-09", want: "a 10-09..10-09, b 10-09..10-09", total: 2},
		{name: "an end on a weekend starts at the Friday before", end: "2025-10-11", want: "a 10-10..10-11, b 10-10..10-11", total: 2},
		{name: "each model continues after its own close", lastClose: map[string]string{"a": "2025-10-29", "b": "2025-10-24"},
			want: "a 10-30..10-31, b 10-25..10-31", total: 2 + 5},
		{name: "one continues, one begins", init: "2025-10-30", lastClose: map[string]string{"a": "2025-10-28"},
			want: "a 10-29..10-31, b 10-30..10-31", total: 5},
		{name: "one is current, one is not", lastClose: map[string]string{"a": "2025-10-31", "b": "2025-10-30"},
			want: "b 10-31..10-31", total: 1},
		{name: "all are current", lastClose: map[string]string{"a": "2025-10-31", "b": "2025-10-31"}},
		{name: "current up to the asked end", end: "2025-10-10", lastClose: map[string]string{"a": "2025-10-31", "b": "2025-10-10"}},
		{name: "only a weekend is left", end: "2025-10-12", lastClose: map[string]string{"a": "2025-10-10", "b": "2025-10-10"}},
		{name: "closed dates of a range are left out", start: "2025-10-06", end: "2025-10-10", lastClose: map[string]string{"a": "2025-10-08"},
			want: "a 10-09..10-10, b 10-06..10-10", total: 7,
			warnings: []string{"a: skipped, its book is closed up to 2025-10-08; use replace_existing to run 2025-10-06 to 2025-10-08 again"}},
		{name: "a closed range is current, and says why", start: "2025-10-06", end: "2025-10-10",
			lastClose: map[string]string{"a": "2025-10-20", "b": "2025-10-10"},
			warnings: []string{
				"a: skipped, its book is closed up to 2025-10-20; use replace_existing to run 2025-10-06 to 2025-10-10 again",
				"b: skipped, its book is closed up to 2025-10-10; use replace_existing to run 2025-10-06 to 2025-10-10 again"}},
		{name: "a gap before the range stays", start: "2025-10-20", end: "2025-10-21", lastClose: map[string]string{"a": "2025-10-02"},
			want: "a 10-20..10-21, b 10-20..10-21", total: 4},
		{name: "replace runs all of the range", start: "2025-10-06", end: "2025-10-10", replace: true,
			lastClose: map[string]string{"a": "2025-10-20", "b": "2025-10-08"},
			want:      "a 10-06..10-10, b 10-06..10-10", total: 10},
		{name: "replace without a start is the end alone", end: "2025-10-10", replace: true, lastClose: map[string]string{"a": "2025-10-20"},
			want: "a 10-10..10-10, b 10-10..10-10", total: 2},
		{name: "replace without a range resumes", replace: true, lastClose: map[string]string{"a": "2025-10-30", "b": "2025-10-31"},
			want: "a 10-31..10-31", total: 1},
		{name: "dates without bars are left out", start: "2025-09-29", end: "2025-10-02", want: "a 09-29..10-02, b 09-29..10-02", total: 4,
			warnings: []string{"2 trading days without prices are left out: 2025-09-29, 2025-09-30"}},
		{name: "a long list of them is cut", init: "2025-09-01", want: "a 09-01..10-31, b 09-01..10-31", total: 46,
			warnings: []string{"21 trading days without prices are left out: 2025-09-02, 2025-09-03, 2025-09-04, 2025-09-05, " +
				"2025-09-08, 2025-09-09, 2025-09-10, 2025-09-11, 2025-09-12, 2025-09-15, ..., 2025-09-30"}},
		{name: "a model for which no date is left is dropped", start: "2025-10-30", end: "2025-11-03",
			lastClose: map[string]string{"a": "2025-10-31"},
			want:      "b 10-30..11-03", total: 2,
			warnings: []string{
				"a: skipped, its book is closed up to 2025-10-31; use replace_existing to run 2025-10-30 to 2025-10-31 again",
				"1 trading days without prices are left out: 2025-11-03"}},
		{name: "a model that begins later is left out", end: "2025-10-10", init: "2025-10-20", lastClose: map[string]string{"a": "2025-10-08"},
			want: "a 10-09..10-10", total: 2, warnings: []string{"b: left out, it begins at init_date 2025-10-20, which is after 2025-10-10"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := october()
			in.Replace = c.replace
			in.LastClose = map[string]Date{}
			for model, d := range c.lastClose {
				in.LastClose[model] = day(d)
			}
			in.Start, in.End, in.InitDate = dayOrNone(c.start), dayOrNone(c.end), dayOrNone(c.init)
			got, err := MakePlan(in)
			require.NoError(t, err)
			require.Equal(t, c.want, spansOf(got.Plan))
			require.Equal(t, c.want == "", got.Current)
			require.Equal(t, c.total, got.Total())
			require.Equal(t, c.warnings, got.Warnings)
			if got.Current {
				require.Empty(t, got.Dates)
			}
		})
	}
}

// The errors of "POST /simulate/trigger" that a plan can find.
func TestMakePlanRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*PlanInput)
		kind    Kind
		message string
	}{
		{"the end before the start", func(in *PlanInput) { in.Start, in.End = day("2025-10-10"), day("2025-10-09") },
			KindInvalid, "end_date 2025-10-09 is before start_date 2025-10-10"},
		{"a start after today", func(in *PlanInput) { in.Start = day("2025-11-04") },
			KindInvalid, "start_date 2025-11-04 is after today, 2025-11-03 in New York"},
		{"an end after today", func(in *PlanInput) { in.Start, in.End = day("2025-10-01"), day("2025-11-04") },
			KindInvalid, "end_date 2025-11-04 is after today, 2025-11-03 in New York"},
		{"a weekend", func(in *PlanInput) { in.Start, in.End = day("2025-10-04"), day("2025-10-05") },
			KindInvalid, "no trading day lies from 2025-10-04 to 2025-10-05"},
		{"a holiday", func(in *PlanInput) { in.Start, in.End = day("2025-07-04"), day("2025-07-06") },
			KindInvalid, "no trading day lies from 2025-07-04 to 2025-07-06"},
		{"a weekend to be replaced", func(in *PlanInput) { in.End, in.Replace = day("2025-10-04"), true },
			KindInvalid, "no trading day lies from 2025-10-04 to 2025-10-04"},
		{"no model", func(in *PlanInput) { in.Models = nil }, KindInvalid, "no model is enabled"},
		{"too many models", func(in *PlanInput) { in.Limits.MaxBooks = 1 }, KindInvalid, "2 models: one job may hold 1"},
		{"too many dates", func(in *PlanInput) {
			in.Limits.MaxDates, in.Start, in.End = 3, day("2025-10-01"), day("2025-10-06")
		}, KindInvalid, "4 trading days from 2025-10-01 to 2025-10-06: one job may hold 3; run the range in parts"},
		{"an end before the models begin", func(in *PlanInput) { in.End, in.InitDate = day("2025-10-10"), day("2025-10-13") },
			KindInvalid, "end_date 2025-10-10 is before init_date 2025-10-13"},
		{"no prices", func(in *PlanInput) { in.WithBars = nil }, KindUnavailable,
			"no prices are stored for a trading day up to today, 2025-11-03; import some"},
		{"prices on a weekend only", func(in *PlanInput) { in.WithBars = []Date{day("2025-10-04")} }, KindUnavailable,
			"no prices are stored for a trading day up to today, 2025-11-03; import some"},
		{"prices of tomorrow only", func(in *PlanInput) { in.WithBars = []Date{day("2025-11-04")} }, KindUnavailable,
			"no prices are stored for a trading day up to today"},
		{"no prices yet from the start on", func(in *PlanInput) { in.Start = day("2025-11-03") },
			KindUnavailable, "no prices are stored from start_date 2025-11-03 on; the last date with prices is 2025-10-31"},
		{"no prices yet from the beginning on", func(in *PlanInput) { in.InitDate = day("2025-11-03") },
			KindUnavailable, "no prices are stored from init_date 2025-11-03 on; the last date with prices is 2025-10-31"},
		{"no prices in the range", func(in *PlanInput) { in.Start, in.End = day("2025-09-29"), day("2025-09-30") },
			KindUnavailable, "no prices are stored for the trading days from 2025-09-29 to 2025-09-30 (2025-09-29, 2025-09-30)"},
		{"no prices at the end that is asked for", func(in *PlanInput) { in.End = day("2025-11-03") },
			KindUnavailable, "no prices are stored for the trading days from 2025-11-03 to 2025-11-03 (2025-11-03)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := october()
			c.change(&in)
			got, err := MakePlan(in)
			requireKind(t, err, c.kind, c.message)
			require.Equal(t, PlanResult{}, got)
		})
	}
}

func drawPlanInput(t *rapid.T) PlanInput {
	first := day("2025-06-02")
	optional := func(label string) Date {
		if rapid.Bool().Draw(t, label+"?") {
			return 0
		}
		return first.AddDays(rapid.IntRange(-5, 45).Draw(t, label))
	}
	in := PlanInput{
		Market: DefaultMarket,
		Start:  optional("start"), End: optional("end"), InitDate: optional("init"), Replace: rapid.Bool().Draw(t, "replace"),
		Models: []string{"a", "b", "c"}[:rapid.IntRange(0, 3).Draw(t, "models")],
		Today:  first.AddDays(rapid.IntRange(25, 45).Draw(t, "today")), LastClose: map[string]Date{},
		Limits: Limits{MaxDates: rapid.IntRange(1, 40).Draw(t, "max dates"), MaxBooks: rapid.IntRange(1, 3).Draw(t, "max books")},
	}
	for d := first; d < first.AddDays(40); d = d.AddDays(1) { // weekends and holidays too: a plan must not trust the bars
		if rapid.IntRange(0, 4).Draw(t, "bars") > 0 {
			in.WithBars = append(in.WithBars, d)
		}
	}
	for _, m := range in.Models {
		if last := optional("last close"); !last.IsZero() {
			in.LastClose[m] = last
		}
	}
	return in
}

func TestPlanProperties(t *testing.T) {
	planned := 0
	rapid.Check(t, func(t *rapid.T) {
		in := drawPlanInput(t)
		withBars := slices.Clone(in.WithBars)
		result, err := MakePlan(in)
		require.Equal(t, withBars, in.WithBars, "the input is the caller's")
		if err != nil {
			require.Contains(t, []Kind{KindInvalid, KindUnavailable}, KindOf(err))
			require.Equal(t, PlanResult{}, result)
			return
		}
		again, err := MakePlan(in)
		require.NoError(t, err)
		require.Equal(t, result, again)
		require.Equal(t, result.Current, result.Total() == 0)
		require.Equal(t, result.Current, len(result.Dates) == 0)
		require.LessOrEqual(t, len(result.Dates), in.Limits.MaxDates)
		require.LessOrEqual(t, len(result.Models), in.Limits.MaxBooks)
		require.True(t, result.Within(result.Plan))
		require.True(t, slices.IsSorted(result.Dates))
		planned += len(result.Dates)

		total := 0
		ran := map[string][]Date{}
		for _, d := range result.Dates {
			require.True(t, DefaultMarket.IsTradingDay(d))
			require.Contains(t, in.WithBars, d)
			require.LessOrEqual(t, d, in.Today)
			require.False(t, !in.End.IsZero() && d > in.End, "after the end")
			require.False(t, !in.Start.IsZero() && d < in.Start, "before the start")
			on := result.ModelsOn(d)
			require.NotEmpty(t, on, "a date without a model")
			require.Subset(t, result.Signatures(), on)
			for _, m := range in.Models {
				require.Equal(t, slices.Contains(on, m), result.Has(m, d))
			}
			for _, m := range on {
				ran[m] = append(ran[m], d)
				// Only an explicit range may be replaced.
				require.True(t, d > in.LastClose[m] || in.Replace && (!in.Start.IsZero() || !in.End.IsZero()))
			}
			total += len(on)
		}
		require.Equal(t, total, result.Total())
		for _, s := range result.Models {
			require.NotEmpty(t, ran[s.Model], "a span without a model-day")
			for _, d := range result.Dates { // no hole in a span
				require.Equal(t, s.From <= d && d <= s.To, slices.Contains(ran[s.Model], d))
			}
		}

		// What has been run is not planned again.
		if !in.Replace {
			for m, dates := range ran {
				in.LastClose[m] = dates[len(dates)-1]
			}
			if next, err := MakePlan(in); err == nil {
				require.Zero(t, next.Total())
			} else {
				require.Equal(t, KindUnavailable, KindOf(err)) // the rest of the range has no prices
			}
		}
	})
	require.Positive(t, planned, "no draw made a plan")
}

func TestARangeIsAPartOfAPlanUnlessItCoversOrMissesIt(t *testing.T) {
	day := MustParseDate
	p := Plan{Dates: []Date{day("2025-10-02"), day("2025-10-03"), day("2025-10-06")}}
	for _, c := range []struct {
		start, end string // "": not given
		part       bool
	}{
		{"2025-10-02", "2025-10-06", false}, {"2025-10-01", "2025-10-07", false}, {"", "", false}, {"", "2025-10-06", false},
		{"2025-10-02", "", false}, {"2025-10-07", "2025-10-09", false}, {"", "2025-10-01", false}, {"2025-10-07", "", false},
		{"2025-10-03", "2025-10-03", true}, {"2025-10-02", "2025-10-03", true}, {"2025-10-03", "2025-10-06", true},
		{"", "2025-10-05", true}, {"2025-10-03", "", true}, {"2025-10-04", "2025-10-05", true}, {"2025-10-03", "2025-10-09", true},
	} {
		var start, end Date
		if c.start != "" {
			start = day(c.start)
		}
		if c.end != "" {
			end = day(c.end)
		}
		require.Equal(t, c.part, p.InPart(start, end), c)
	}
	require.False(t, Plan{}.InPart(day("2025-10-01"), day("2025-10-02")))
}

func TestPlanWithin(t *testing.T) {
	big := Plan{Dates: DefaultMarket.Bars(day("2025-10-01"), day("2025-10-10")), Models: []PlannedSpan{
		{"a", day("2025-10-01"), day("2025-10-10")}, {"b", day("2025-10-06"), day("2025-10-10")}}}
	sub := func(from, to string, models ...string) Plan {
		p := Plan{Dates: DefaultMarket.Bars(day(from), day(to))}
		for _, m := range models {
			p.Models = append(p.Models, PlannedSpan{m, day(from), day(to)})
		}
		return p
	}
	require.True(t, sub("2025-10-06", "2025-10-07", "a", "b").Within(big))
	require.True(t, sub("2025-10-02", "2025-10-07", "a").Within(big))
	require.True(t, Plan{}.Within(big))
	require.False(t, sub("2025-10-03", "2025-10-07", "a", "b").Within(big), "b starts later")
	require.False(t, sub("2025-10-09", "2025-10-13", "a").Within(big), "a later date")
	require.False(t, sub("2025-10-06", "2025-10-07", "c").Within(big), "another model")
	require.False(t, big.Within(Plan{}))
	require.Empty(t, big.ModelsOn(day("2025-10-04")))
	require.Equal(t, []string{"a"}, big.ModelsOn(day("2025-10-03")))
	require.False(t, big.Has("c", day("2025-10-03")))
	require.Equal(t, 8+5, big.Total())
}
