package httpapi

import (
	"slices"

	"aitrader/internal/sim"
)

// ExperimentQuery is the parameter of routes that are about one experiment. It is
// exported for huma, which looks into exported parts of an input only.
type ExperimentQuery struct {
	Experiment string `query:"experiment" default:"main" pattern:"^[a-z0-9-]{1,40}$" doc:"The namespace of the portfolios."`
}

// DatesQuery are the parameters of routes that are about a range of dates, with
// all dates as the default.
type DatesQuery struct {
	StartDate string `query:"start_date" format:"date" doc:"The first date; without it, from the beginning."`
	EndDate   string `query:"end_date" format:"date" doc:"The last date, included; without it, to the end."`
}

// parse returns the ends of the range; zero is open.
func (q DatesQuery) parse() (from, to sim.Date, err error) { return rangeQuery(q.StartDate, q.EndDate) }

// dateQuery reads a date parameter; "" is no date.
func dateQuery(name, value string) (sim.Date, error) {
	if value == "" {
		return 0, nil
	}
	d, err := sim.ParseDate(value)
	if err != nil {
		return 0, sim.Errorf(sim.KindInvalid, "query parameter %q: %w", name, err)
	}
	return d, nil
}

// rangeQuery reads the two ends of a range, either of which may be missing.
func rangeQuery(start, end string) (from, to sim.Date, err error) {
	if from, err = dateQuery("start_date", start); err != nil {
		return 0, 0, err
	}
	if to, err = dateQuery("end_date", end); err != nil {
		return 0, 0, err
	}
	if !from.IsZero() && !to.IsZero() && to < from {
		return 0, 0, sim.Errorf(sim.KindInvalid, "end_date %s is before start_date %s", to, from)
	}
	return from, to, nil
}

// pageOf returns the part of a sorted list after a cursor, at most limit items, and
// the cursor of the next page; "" at the end.
func pageOf[T any](list []T, name func(T) string, after string, limit int) (page []T, next string) {
	first := 0
	if after != "" {
		first, _ = slices.BinarySearchFunc(list, after, func(item T, cursor string) int {
			if name(item) <= cursor {
				return -1
			}
			return 1
		})
	}
	page = list[first:]
	if len(page) > limit {
		page = page[:limit]
		next = name(page[limit-1])
	}
	return page, next
}
