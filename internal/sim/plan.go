package sim

import (
	"fmt"
	"slices"
)

// Plan is what a job will run: its dates in order, and for each model the span
// of them in which it runs. Because a book only grows at its end, a model runs
// on every date of its span.
type Plan struct {
	Dates  []Date        `json:"dates"`
	Models []PlannedSpan `json:"models"`
}

// PlannedSpan is one model's part of a plan, first and last date included.
type PlannedSpan struct {
	Model string `json:"model"`
	From  Date   `json:"from"`
	To    Date   `json:"to"`
}

// Has reports whether a model-day belongs to the plan.
func (p Plan) Has(model string, d Date) bool {
	if _, found := slices.BinarySearch(p.Dates, d); !found {
		return false
	}
	for _, s := range p.Models {
		if s.Model == model {
			return s.From <= d && d <= s.To
		}
	}
	return false
}

// ModelsOn returns the models that run on a date, in the order of the plan.
func (p Plan) ModelsOn(d Date) []string {
	var out []string
	for _, s := range p.Models {
		if p.Has(s.Model, d) {
			out = append(out, s.Model)
		}
	}
	return out
}

// Total returns the number of model-days.
func (p Plan) Total() int {
	n := 0
	for _, s := range p.Models {
		first, _ := slices.BinarySearch(p.Dates, s.From)
		end, found := slices.BinarySearch(p.Dates, s.To)
		if found {
			end++
		}
		n += max(end-first, 0)
	}
	return n
}

// Signatures returns the models of the plan, in its order.
func (p Plan) Signatures() []string {
	out := make([]string, len(p.Models))
	for i, s := range p.Models {
		out[i] = s.Model
	}
	return out
}

// Within reports whether every model-day of this plan belongs to another one.
func (p Plan) Within(other Plan) bool {
	for _, d := range p.Dates {
		for _, model := range p.ModelsOn(d) {
			if !other.Has(model, d) {
				return false
			}
		}
	}
	return true
}

// Limits bound what one job may be.
type Limits struct {
	MaxDates int // trading dates of one job
	MaxBooks int // models x replicas of one job
}

// DefaultLimits are the limits of both homes. One execution of Step Functions
// holds 25,000 history events, and a date takes at most 15 of them; a
// transaction holds 100 items, and a book takes two of them.
var DefaultLimits = Limits{MaxDates: 1600, MaxBooks: 40}

// PlanInput is all that a plan depends on.
type PlanInput struct {
	// Start and End are the requested range; zero means not given.
	Start, End Date
	// Models are the signatures to run, in order.
	Models []string
	// Replace runs closed dates again.
	Replace bool
	// InitDate is the configuration's first date for a model without history.
	InitDate Date
	// Today is the date in New York.
	Today Date
	// WithBars are the dates that have bars, in order.
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
	if err := in.check(); err != nil {
		return PlanResult{}, err
	}
	end, err := in.end()
	if err != nil {
		return PlanResult{}, err
	}
	var result PlanResult
	for _, model := range in.Models {
		from, warning := in.from(model, end)
		if warning != "" {
			result.Warnings = append(result.Warnings, warning)
		}
		if from <= end {
			result.Models = append(result.Models, PlannedSpan{Model: model, From: from, To: end})
		}
	}
	if len(result.Models) > 0 {
		if err := in.fillDates(&result, end); err != nil {
			return PlanResult{}, err
		}
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

// check refuses what no state of books and bars could make right.
func (in PlanInput) check() error {
	for name, d := range map[string]Date{"start_date": in.Start, "end_date": in.End} {
		if d > in.Today {
			return Errorf(KindInvalid, "%s %s is after today, %s in New York", name, d, in.Today)
		}
	}
	if !in.Start.IsZero() && !in.End.IsZero() {
		if in.End < in.Start {
			return Errorf(KindInvalid, "end_date %s is before start_date %s", in.End, in.Start)
		}
		if len(TradingDays(in.Start, in.End)) == 0 {
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
		return Errorf(KindUnavailable, "no prices are stored; import some with: aitrader prices import FILE")
	}
	return nil
}

// end returns the last date of the plan.
func (in PlanInput) end() (Date, error) {
	last := in.WithBars[len(in.WithBars)-1]
	if !in.End.IsZero() {
		return in.End, nil
	}
	if in.Start > last {
		return 0, Errorf(KindUnavailable, "no prices are stored from start_date %s on; the last date with prices is %s", in.Start, last)
	}
	return last, nil
}

// from returns the first date on which a model runs, which may be after the
// end, and a warning when closed dates are left out.
func (in PlanInput) from(model string, end Date) (Date, string) {
	last, hasHistory := in.LastClose[model]
	hasHistory = hasHistory && !last.IsZero()
	if in.Start.IsZero() {
		switch {
		case in.Replace && !in.End.IsZero():
			return end, "" // replace without a start: the end date alone
		case hasHistory:
			return last + 1, ""
		case !in.InitDate.IsZero():
			return in.InitDate, ""
		default:
			return end, ""
		}
	}
	if in.Replace || !hasHistory || last < in.Start {
		return in.Start, ""
	}
	return last + 1, fmt.Sprintf("%s: skipped, its book is closed up to %s; use replace_existing to run %s to %s again",
		model, last, in.Start, min(last, end))
}

// fillDates sets the dates of the plan and drops what has no model-day left.
func (in PlanInput) fillDates(result *PlanResult, end Date) error {
	first := slices.MinFunc(result.Models, func(a, b PlannedSpan) int { return int(a.From - b.From) }).From
	var missing []Date
	for _, d := range TradingDays(first, end) {
		if _, ok := slices.BinarySearch(in.WithBars, d); ok {
			result.Dates = append(result.Dates, d)
		} else {
			missing = append(missing, d)
		}
	}
	if len(missing) > 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("%d trading days without prices are left out: %s", len(missing), listDates(missing)))
	}
	if len(result.Dates) == 0 && len(missing) > 0 && !in.Start.IsZero() {
		return Errorf(KindUnavailable, "no prices are stored for the trading days from %s to %s (%s)", in.Start, end, listDates(missing))
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
			return text + ", ... " + dates[len(dates)-1].String()
		}
		if i > 0 {
			text += ", "
		}
		text += d.String()
	}
	return text
}
