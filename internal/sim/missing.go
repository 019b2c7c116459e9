package sim

import "slices"

// MissingDates returns the trading days up to the last settled one that a plan
// would run if they had bars, in order. It is empty for a request that [MakePlan]
// refuses whatever bars there are, and for a range that is too long for a job.
func MissingDates(in PlanInput, settled Date) []Date {
	in = in.normalised()
	end := min(settled, in.Today.LastMinute())
	if !in.End.IsZero() {
		end = min(end, in.Market.through(in.End))
	}
	if IsKind(in.check(), KindInvalid) {
		return nil
	}
	first := end.AddDays(1)
	for _, model := range in.Models {
		from, _ := in.from(model, end)
		first = min(first, from)
	}
	days := in.Market.Bars(first, end)
	if len(days) > in.Limits.MaxDates {
		return nil
	}
	return slices.DeleteFunc(days, func(d Date) bool {
		_, found := slices.BinarySearch(in.WithBars, d)
		return found
	})
}
