package sim

import "slices"

// Plan is what a job will run: its dates in order, and for each model the span
// of them in which it runs. Because a book only grows at its end, a model runs
// on every date of its span.
type Plan struct {
	Dates  []Date        `json:"dates"`
	Models []PlannedSpan `json:"models"`
}

// PlannedSpan is one model's part of a plan: all of the plan's dates from one
// date to another, both included.
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

// Before returns the date before another one on which a model runs; zero: none.
func (p Plan) Before(model string, d Date) Date {
	i, _ := slices.BinarySearch(p.Dates, d)
	if i == 0 || !p.Has(model, p.Dates[i-1]) {
		return 0
	}
	return p.Dates[i-1]
}

// ModelsOn returns the models that run on a date, in the order of the plan.
func (p Plan) ModelsOn(d Date) []string {
	var out []string
	if _, found := slices.BinarySearch(p.Dates, d); !found {
		return nil
	}
	for _, s := range p.Models {
		if s.From <= d && d <= s.To {
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

// InPart reports whether a range of dates takes a part of the plan: it overlaps with
// the range of the plan and leaves a date of it out. A zero start or end is no bound.
func (p Plan) InPart(start, end Date) bool {
	if len(p.Dates) == 0 {
		return false
	}
	first, last := p.Dates[0], p.Dates[len(p.Dates)-1]
	overlaps := start <= last && (end.IsZero() || end >= first)
	covers := start <= first && (end.IsZero() || end >= last)
	return overlaps && !covers
}
