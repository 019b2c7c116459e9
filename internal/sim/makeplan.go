package sim

import (
	"cmp"
	"fmt"
	"slices"
)

// Limits bound what one job may be.
type Limits struct {
	MaxDates int // trading dates of one job
	MaxBooks int // models x replicas of one job
}

// DefaultLimits are the limits everywhere, also on one machine. One execution of Step Functions
// holds 25,000 history events, and a date takes at most 15 of them; a
// transaction holds 100 items, and a book takes two of them.
var DefaultLimits = Limits{MaxDates: 1600, MaxBooks: 40}

// PlanInput is all that a plan depends on.
type PlanInput struct {
	// Market says which bars there are.
	Market *Market
	// Start and End are the requested range; zero means not given.
	Start, End Date
	// Models are the signatures to run, in order.
	Models []string
	// Replace runs closed dates again.
	Replace bool
	// InitDate is the configuration's first date for a model without history.
	InitDate Date
	// Today is the day in the market's zone.
	Today Date
	// WithBars are the dates that have bars, in order. Those on which the market does
	// not trade, or that lie after today, do not count.
	WithBars []Date
	// LastClose is each book's last closed date; a missing one has no history.
	LastClose map[string]Date
	Limits    Limits
}

// PlanResult is a plan and what it left out.
type PlanResult struct {
	Plan
	// Current is true when nothing is missing; the plan is then empty.
	Current bool
	// Warnings say what was left out, and why.
	Warnings []string
}

// MakePlan decides what a trigger runs. It is a pure function. Its errors are of
// kind invalid_request, or unavailable when the bars that it needs do not exist.
func MakePlan(in PlanInput) (PlanResult, error) {
	in = in.normalised()
	if err := in.check(); err != nil {
		return PlanResult{}, err
	}
	end, err := in.end()
	if err != nil {
		return PlanResult{}, err
	}
	result, err := in.spans(end)
	if err != nil {
		return PlanResult{}, err
	}
	if len(result.Models) == 0 {
		result.Current = true
		return result, nil
	}
	if err := in.fillDates(&result, end); err != nil {
		return PlanResult{}, err
	}
	if len(result.Dates) == 0 {
		result.Current, result.Plan = true, Plan{}
		return result, nil
	}
	if len(result.Dates) > in.Limits.MaxDates {
		return PlanResult{}, Errorf(KindInvalid, "%d trading days from %s to %s: one job may hold %d; run the range in parts",
			len(result.Dates), result.Dates[0], end, in.Limits.MaxDates)
	}
	return result, nil
}

// normalised makes explicit what a request implies.
func (in PlanInput) normalised() PlanInput {
	if in.Replace && in.Start.IsZero() {
		in.Start = in.End // replacing without a start means the end date alone
	}
	in.WithBars = slices.DeleteFunc(slices.Clone(in.WithBars), func(d Date) bool {
		return !in.Market.IsBar(d) || d > in.Today.LastMinute()
	})
	return in
}

// check refuses what no state of the books could make right.
func (in PlanInput) check() error {
	for _, bound := range []struct {
		name string
		date Date
	}{{"start_date", in.Start}, {"end_date", in.End}, {"init_date", in.InitDate}} {
		if minute, within := bound.date.Minute(); within && !in.Market.IsBar(bound.date) {
			return Errorf(KindInvalid, "%s %s: %s has no bar at %02d:%02d; %s is expected", bound.name, bound.date, in.Market.Name,
				minute/60, minute%60, in.Market.barNames())
		}
	}
	switch {
	case in.Start > in.Today.LastMinute():
		return Errorf(KindInvalid, "start_date %s is after today, %s in %s", in.Start, in.Today, in.Market.City())
	case in.End > in.Today.LastMinute():
		return Errorf(KindInvalid, "end_date %s is after today, %s in %s", in.End, in.Today, in.Market.City())
	}
	if !in.Start.IsZero() && !in.End.IsZero() {
		if in.Market.through(in.End) < in.Start {
			return Errorf(KindInvalid, "end_date %s is before start_date %s", in.End, in.Start)
		}
		if len(in.Market.Bars(in.Start, in.End)) == 0 {
			return Errorf(KindInvalid, "no trading day lies from %s to %s", in.Start, in.End)
		}
	}
	if len(in.Models) == 0 {
		return Errorf(KindInvalid, "no model is enabled; enable one in the configuration or name one in models")
	}
	if len(in.Models) > in.Limits.MaxBooks {
		return Errorf(KindInvalid, "%d models: one job may hold %d", len(in.Models), in.Limits.MaxBooks)
	}
	if len(in.WithBars) == 0 {
		return Errorf(KindUnavailable, "no prices are stored for a trading day up to today, %s; "+
			"import some with: aitrader prices import FILE", in.Today)
	}
	return nil
}

// end returns the last date of the plan.
func (in PlanInput) end() (Date, error) {
	last := in.WithBars[len(in.WithBars)-1]
	if !in.End.IsZero() {
		if in.Market.Intraday() {
			return in.Market.LastBar(in.End), nil
		}
		return in.End, nil
	}
	if in.Start > last {
		return 0, Errorf(KindUnavailable, "no prices are stored from start_date %s on; the last date with prices is %s", in.Start, last)
	}
	return last, nil
}

// spans returns the span of each model that has one up to the end. It fails when no
// model begins by then.
func (in PlanInput) spans(end Date) (PlanResult, error) {
	var result PlanResult
	begun := false
	for _, model := range in.Models {
		from, warning := in.from(model, end)
		if warning != "" {
			result.Warnings = append(result.Warnings, warning)
		}
		if from <= end {
			result.Models = append(result.Models, PlannedSpan{Model: model, From: from, To: end})
		}
		begun = begun || from <= end || !in.LastClose[model].IsZero()
	}
	if begun {
		return result, nil
	}
	if !in.End.IsZero() {
		return PlanResult{}, Errorf(KindInvalid, "end_date %s is before init_date %s of the configuration, where its models begin",
			end, in.InitDate)
	}
	return PlanResult{}, Errorf(KindUnavailable, "no prices are stored from init_date %s on; the last date with prices is %s",
		in.InitDate, end)
}

// from returns the first date on which a model runs, which may be after the
// end, and a warning when closed dates, or all of them, are left out.
func (in PlanInput) from(model string, end Date) (Date, string) {
	last := in.LastClose[model]
	switch {
	case in.Start.IsZero() && !last.IsZero():
		return last.Next(), ""
	case in.Start.IsZero():
		return in.beginning(model, end)
	case in.Replace || last < in.Start:
		return in.Start, ""
	}
	return last.Next(), fmt.Sprintf("%s: skipped, its book is closed up to %s; use replace_existing to run %s to %s again",
		model, last, in.Start, min(last, end))
}

// beginning returns where a model without history starts when no date is asked.
func (in PlanInput) beginning(model string, end Date) (Date, string) {
	switch {
	case in.InitDate > end:
		return in.InitDate, fmt.Sprintf("%s: left out, it begins at init_date %s, which is after %s", model, in.InitDate, end)
	case !in.InitDate.IsZero():
		return in.InitDate, ""
	}
	return in.Market.LastBar(end), ""
}

// fillDates sets the dates of the plan and drops what has no model-day left.
func (in PlanInput) fillDates(result *PlanResult, end Date) error {
	first := slices.MinFunc(result.Models, func(a, b PlannedSpan) int { return cmp.Compare(a.From, b.From) }).From
	var missing []Date
	for _, d := range in.Market.Bars(first, end) {
		if _, ok := slices.BinarySearch(in.WithBars, d); ok {
			result.Dates = append(result.Dates, d)
		} else {
			missing = append(missing, d)
		}
	}
	if len(missing) > 0 {
		if len(result.Dates) == 0 {
			return Errorf(KindUnavailable, "no prices are stored for the trading days from %s to %s (%s)", first, end, listDates(missing))
		}
		result.Warnings = append(result.Warnings,
			fmt.Sprintf("%d trading days without prices are left out: %s", len(missing), listDates(missing)))
	}
	result.Models = slices.DeleteFunc(result.Models, func(s PlannedSpan) bool {
		return len(result.Dates) == 0 || s.From > result.Dates[len(result.Dates)-1]
	})
	return nil
}

// listDates prints dates, the middle of a long list left out.
func listDates(dates []Date) string {
	text := ""
	for i, d := range dates {
		if len(dates) > 12 && i == 10 {
			return text + ", ..., " + dates[len(dates)-1].String()
		}
		if i > 0 {
			text += ", "
		}
		text += d.String()
	}
	return text
}
