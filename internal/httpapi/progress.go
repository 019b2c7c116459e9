package httpapi

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/sim"
)

// maxDetails is the most model-days in one answer.
const maxDetails = 1000

// CurrentModelDay names a model-day that is being worked on.
type CurrentModelDay struct {
	Date  sim.Date `json:"date"`
	Model string   `json:"model"`
}

// Schema describes it as an object or null, which huma cannot say of a struct.
func (CurrentModelDay) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Nullable: true, Required: []string{"date", "model"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"date":  {Type: huma.TypeString, Format: "date", Description: "The trading date."},
			"model": {Type: huma.TypeString, Description: "The signature of the model."},
		},
	}
}

// claimed is what is stored of a job's model-days: those that somebody has
// claimed. The others follow from the plan.
type claimed struct {
	counts  map[sim.ModelDayStatus]int
	current *CurrentModelDay
	page    []sim.ModelDay // after a place, if it was wanted
}

// readClaimed reads the model-days of a job. Where one page holds them all,
// everything comes from it, so that counts and details are of one moment.
func (s *server) readClaimed(ctx context.Context, job sim.Job, details bool, after place) (c claimed, err error) {
	if details {
		c.page, err = s.Store.ModelDays(ctx, job.ID, sim.ModelDayFilter{AfterDate: after.date, AfterModel: after.model, Limit: maxDetails})
		if err != nil {
			return c, err
		}
		if after == (place{}) && len(c.page) < maxDetails {
			c.counts, c.current = tally(c.page), firstRunning(c.page)
			return c, nil
		}
	}
	if c.counts, err = s.Store.Counts(ctx, job.ID); err != nil || c.counts[sim.ModelDayRunning] == 0 {
		return c, err
	}
	// A job walks its dates in order: what runs is on the first date that is not
	// rolled up.
	i, found := slices.BinarySearch(job.Plan.Dates, job.ClosedThrough)
	if found {
		i++
	}
	if i == len(job.Plan.Dates) {
		return c, nil
	}
	days, err := s.Store.ModelDays(ctx, job.ID, sim.ModelDayFilter{Date: job.Plan.Dates[i]})
	c.current = firstRunning(days)
	return c, err
}

func tally(days []sim.ModelDay) map[sim.ModelDayStatus]int {
	counts := map[sim.ModelDayStatus]int{}
	for _, d := range days {
		counts[d.Status]++
	}
	return counts
}

func firstRunning(days []sim.ModelDay) *CurrentModelDay {
	for _, d := range days {
		if d.Status == sim.ModelDayRunning {
			return &CurrentModelDay{d.Date, d.Model}
		}
	}
	return nil
}

// place is a model-day in the order of date and model.
type place struct {
	date  sim.Date
	model string
}

func (p place) before(o place) bool {
	return p.date < o.date || p.date == o.date && p.model < o.model
}

// String writes a place as parsePlace reads it.
func (p place) String() string { return p.date.String() + "," + p.model }

// parsePlace reads where a page begins from a parameter; "" is the beginning.
func parsePlace(parameter, s string) (place, error) {
	if s == "" {
		return place{}, nil
	}
	date, model, ok := strings.Cut(s, ",")
	d, err := sim.ParseDate(date)
	if !ok || err != nil {
		return place{}, sim.Errorf(sim.KindInvalid, "query parameter %q: %q is not what an answer gave; DATE,MODEL is expected", parameter, s)
	}
	return place{d, model}, nil
}

// detailsPage merges the stored model-days after a place with those that follow
// from the plan, and says where the next page begins.
func detailsPage(job sim.Job, stored []sim.ModelDay, after place) (out []ModelDayDetail, next string) {
	page, more := planned(job.Plan, after, maxDetails)
	out = make([]ModelDayDetail, 0, len(page))
	for _, p := range page {
		for len(stored) > 0 && (place{stored[0].Date, stored[0].Model}).before(p) {
			stored = stored[1:]
		}
		md := unclaimed(job, p)
		if len(stored) > 0 && stored[0].Date == p.date && stored[0].Model == p.model {
			md = stored[0]
		}
		out = append(out, detail(md))
	}
	if more {
		next = page[len(page)-1].String()
	}
	return out, next
}

// planned returns the model-days of a plan after a place, at most limit, in
// order, and whether there are more.
func planned(plan sim.Plan, after place, limit int) (page []place, more bool) {
	spans := slices.Clone(plan.Models)
	slices.SortFunc(spans, func(a, b sim.PlannedSpan) int { return strings.Compare(a.Model, b.Model) })
	first, _ := slices.BinarySearch(plan.Dates, after.date)
	for _, d := range plan.Dates[first:] {
		for _, span := range spans {
			p := place{d, span.Model}
			if d < span.From || d > span.To || !after.before(p) {
				continue
			}
			if len(page) == limit {
				return page, true
			}
			page = append(page, p)
		}
	}
	return page, false
}

// unclaimed is a model-day that nobody has claimed: its turn has not come, or
// never will.
func unclaimed(job sim.Job, p place) sim.ModelDay {
	md := sim.ModelDay{ModelDayKey: sim.ModelDayKey{JobID: job.ID, Date: p.date, Model: p.model}, Status: sim.ModelDayPending}
	if job.Status.Terminal() {
		md.Status = sim.ModelDaySkipped
	}
	return md
}

func detail(md sim.ModelDay) ModelDayDetail {
	return ModelDayDetail{
		Date: md.Date, Model: md.Model, Status: md.Status, StartedAt: instant(md.StartedAt), CompletedAt: instant(md.CompletedAt),
		DurationSeconds: seconds(md.StartedAt, md.CompletedAt), Attempt: md.Attempt, Error: text(md.Error), StopReason: text(string(md.StopReason)),
	}
}

// How often a waiting call looks by itself: often where nobody wakes it, seldom
// where only another process could have changed something unheard.
const (
	pollAlone = 200 * time.Millisecond
	pollWoken = time.Second
)

// awaitChange reads again until the answer differs from what the caller has, or
// from the first answer, or the job has ended, or the time is over.
func (s *server) awaitChange(ctx context.Context, wait time.Duration, first answer, ifNoneMatch string, read func() (answer, bool, error)) (answer, error) {
	have := ifNoneMatch
	if have == "" {
		have = first.etag()
	}
	if !matchesTag(have, first.etag()) {
		return first, nil
	}
	over := time.NewTimer(wait)
	defer over.Stop()
	every := pollAlone
	if s.Wake != nil {
		every = pollWoken
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		var woken <-chan struct{}
		if s.Wake != nil {
			woken = s.Wake() // before reading, so that no change is missed
		}
		a, ended, err := read()
		if err != nil || ended || !matchesTag(have, a.etag()) {
			return a, err
		}
		select {
		case <-over.C:
			return a, nil
		case <-ctx.Done():
			return answer{}, ctx.Err()
		case <-woken:
		case <-tick.C:
		}
	}
}
