package httpapi

import (
	"context"
	"slices"
	"strings"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// maxDetails bounds the model-days in one answer.
const maxDetails = 1000

// storedDays is what is stored of a job's model-days: those that have been claimed.
// The others follow from the plan.
type storedDays struct {
	counts  map[sim.ModelDayStatus]int
	current *api.CurrentModelDay
	page    []sim.ModelDay // after a model-day, where it was wanted
}

// readModelDays reads the model-days of a job. Where one page holds them all, all
// figures come from it, so that counts and details are of one moment.
func readModelDays(ctx context.Context, store reportStore, job sim.Job, details bool, after dayKey) (d storedDays, err error) {
	if details {
		d.page, err = store.ModelDays(ctx, job.ID, sim.ModelDayFilter{AfterDate: after.date, AfterModel: after.model, Limit: maxDetails})
		if err != nil {
			return d, err
		}
		if after == (dayKey{}) && len(d.page) < maxDetails {
			d.counts, d.current = countByStatus(d.page), firstRunning(d.page)
			return d, nil
		}
	}
	if d.counts, err = store.Counts(ctx, job.ID); err != nil || d.counts[sim.ModelDayRunning] == 0 {
		return d, err
	}
	// A job walks its dates in order: what runs is on the first date that is not
	// rolled up.
	i, found := slices.BinarySearch(job.Plan.Dates, job.ClosedThrough)
	if found {
		i++
	}
	if i == len(job.Plan.Dates) {
		return d, nil
	}
	days, err := store.ModelDays(ctx, job.ID, sim.ModelDayFilter{Date: job.Plan.Dates[i]})
	d.current = firstRunning(days)
	return d, err
}

func countByStatus(days []sim.ModelDay) map[sim.ModelDayStatus]int {
	counts := map[sim.ModelDayStatus]int{}
	for _, d := range days {
		counts[d.Status]++
		if d.StopReason.Broken() {
			counts[sim.BrokenModelDays]++
		}
	}
	return counts
}

func firstRunning(days []sim.ModelDay) *api.CurrentModelDay {
	for _, d := range days {
		if d.Status == sim.ModelDayRunning {
			return &api.CurrentModelDay{Date: d.Date, Model: d.Model}
		}
	}
	return nil
}

// dayKey names a model-day, in the order of date and model. It is the cursor of
// lists of model-days.
type dayKey struct {
	date  sim.Date
	model string
}

func (k dayKey) before(o dayKey) bool {
	return k.date < o.date || k.date == o.date && k.model < o.model
}

// String writes a key as parseDayKey reads it.
func (k dayKey) String() string { return k.date.String() + "," + k.model }

// parseDayKey reads the cursor of a page from a parameter; "" is the beginning.
func parseDayKey(parameter, s string) (dayKey, error) {
	if s == "" {
		return dayKey{}, nil
	}
	date, model, ok := strings.Cut(s, ",")
	d, err := sim.ParseDate(date)
	if !ok || err != nil {
		return dayKey{}, sim.Errorf(sim.KindInvalid, "query parameter %q: %q is not from an answer; DATE,MODEL is expected", parameter, s)
	}
	return dayKey{d, model}, nil
}

// detailsPage merges the stored model-days after a cursor with those that follow
// from the plan, and returns the cursor of the next page.
func detailsPage(job sim.Job, stored []sim.ModelDay, after dayKey) (details []api.ModelDayDetail, next string) {
	page, more := plannedPage(job.Plan, after, maxDetails)
	details = make([]api.ModelDayDetail, 0, len(page))
	for _, k := range page {
		for len(stored) > 0 && (dayKey{stored[0].Date, stored[0].Model}).before(k) {
			stored = stored[1:]
		}
		md := unclaimed(job, k)
		if len(stored) > 0 && stored[0].Date == k.date && stored[0].Model == k.model {
			md = stored[0]
		}
		details = append(details, detail(md))
	}
	if more {
		next = page[len(page)-1].String()
	}
	return details, next
}

// plannedPage returns the model-days of a plan after a cursor, at most limit, in
// order, and whether more follow.
func plannedPage(plan sim.Plan, after dayKey, limit int) (page []dayKey, more bool) {
	spans := slices.Clone(plan.Models)
	slices.SortFunc(spans, func(a, b sim.PlannedSpan) int { return strings.Compare(a.Model, b.Model) })
	first, _ := slices.BinarySearch(plan.Dates, after.date)
	for _, d := range plan.Dates[first:] {
		for _, span := range spans {
			k := dayKey{d, span.Model}
			if d < span.From || d > span.To || !after.before(k) {
				continue
			}
			if len(page) == limit {
				return page, true
			}
			page = append(page, k)
		}
	}
	return page, false
}

// unclaimed is a model-day that has not been claimed: it has not started, or never
// will.
func unclaimed(job sim.Job, k dayKey) sim.ModelDay {
	md := sim.ModelDay{ModelDayKey: sim.ModelDayKey{JobID: job.ID, Date: k.date, Model: k.model}, Status: sim.ModelDayPending}
	if job.Status.Terminal() {
		md.Status = sim.ModelDaySkipped
	}
	return md
}

func detail(md sim.ModelDay) api.ModelDayDetail {
	return api.ModelDayDetail{
		Date:            md.Date,
		Model:           md.Model,
		Status:          md.Status,
		StartedAt:       timeOrNil(md.StartedAt),
		CompletedAt:     timeOrNil(md.CompletedAt),
		DurationSeconds: seconds(md.StartedAt, md.CompletedAt),
		Attempt:         md.Attempt,
		Error:           textOrNil(md.Error),
		StopReason:      textOrNil(string(md.StopReason)),
	}
}
