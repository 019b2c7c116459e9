package dynamo

import (
	"context"
	"maps"
	"time"

	"aitrader/internal/sim"
)

// modelDayForm is a [sim.ModelDayRecord]; the id of its job is in its key.
type modelDayForm struct {
	Date        sim.Date           `json:"date"`
	Model       string             `json:"model"`
	Status      sim.ModelDayStatus `json:"status"`
	Fence       int64              `json:"fence,omitempty"`
	Attempt     int                `json:"attempt,omitempty"`
	StartedAt   time.Time          `json:"started_at,omitzero"`
	CompletedAt time.Time          `json:"completed_at,omitzero"`
	Error       string             `json:"error,omitempty"`
	StopReason  sim.StopReason     `json:"stop_reason,omitempty"`
}

type modelDay = stored[modelDayForm]

func modelDayOf(r sim.ModelDayRecord) modelDayForm {
	return modelDayForm{
		Date: r.Date, Model: r.Model, Status: r.Status, Fence: r.Fence, Attempt: r.Attempt,
		StartedAt: utc(r.StartedAt), CompletedAt: utc(r.CompletedAt), Error: r.Error, StopReason: r.StopReason,
	}
}

// record returns the model-day of a job. One that ran when the job ended is lost.
func (f modelDayForm) record(m metaForm) sim.ModelDayRecord {
	r := sim.ModelDayRecord{Fence: f.Fence, ModelDay: sim.ModelDay{
		ModelDayKey: sim.ModelDayKey{JobID: m.ID, Date: f.Date, Model: f.Model},
		Status:      f.Status, Attempt: f.Attempt, StartedAt: f.StartedAt, CompletedAt: f.CompletedAt,
		Error: f.Error, StopReason: f.StopReason,
	}}
	if m.Status.Terminal() {
		r = r.Lost(m.Lost, m.CompletedAt)
	}
	return r
}

// ModelDays implements [sim.Store].
func (s *Store) ModelDays(ctx context.Context, id string, f sim.ModelDayFilter) ([]sim.ModelDay, error) {
	m, err := s.getMeta(ctx, id)
	if err != nil {
		return nil, translate(err)
	}
	r := modelDays(id, max(f.Date, f.AfterDate), f.Date)
	last := ""
	if !f.AfterDate.IsZero() && f.AfterDate >= f.Date {
		last = modelDayKey(sim.ModelDayKey{JobID: id, Date: f.AfterDate, Model: f.AfterModel}).sk
		r.from = last
	}
	if f.Limit > 0 && !f.Failed {
		r.limit = f.Limit + 1 // the last one of the page before may come first
	}
	var out []sim.ModelDay
	err = s.each(ctx, r, func(it item) (bool, error) {
		md, err := formOf[modelDayForm](it)
		if err != nil || it.sk == last {
			return err == nil, err
		}
		if found := md.form.record(m.form).ModelDay; !f.Failed || found.Status == sim.ModelDayFailed {
			out = append(out, found)
		}
		return f.Limit <= 0 || len(out) < f.Limit, err
	})
	return out, translate(err)
}

// Counts implements [sim.Store].
func (s *Store) Counts(ctx context.Context, id string) (map[sim.ModelDayStatus]int, error) {
	m, err := s.getMeta(ctx, id)
	if err != nil {
		return nil, translate(err)
	}
	counts := map[sim.ModelDayStatus]int{}
	maps.Copy(counts, m.form.Counted)
	err = s.each(ctx, modelDays(id, m.form.uncounted(), 0), func(it item) (bool, error) {
		md, err := formOf[modelDayForm](it)
		addTo(counts, md.form.record(m.form).ModelDay)
		return true, err
	})
	return counts, translate(err)
}

// addTo counts a model-day.
func addTo(counts map[sim.ModelDayStatus]int, md sim.ModelDay) {
	counts[md.Status]++
	if md.StopReason.Broken() {
		counts[sim.BrokenModelDays]++
	}
}

// uncounted is the first date whose model-days are not in the counts.
func (m metaForm) uncounted() sim.Date {
	if m.CountedThrough.IsZero() {
		return 0
	}
	return m.CountedThrough.Next()
}

// gap reports whether a planned date before d is not in the counts: a model-day there
// was never claimed, and still can be.
func (m metaForm) gap(d sim.Date, plan sim.Plan) bool {
	for _, planned := range plan.Dates {
		if planned >= m.uncounted() {
			return planned < d
		}
	}
	return false
}

// count adds the later model-days to the counts, up to a date that is being closed, if
// they can no longer change: all of them are over, and none is missing.
func (m *metaForm) count(d sim.Date, plan sim.Plan, found []modelDay) {
	missing := len(plan.ModelsOn(d))
	counted := map[sim.ModelDayStatus]int{}
	maps.Copy(counted, m.Counted)
	for _, md := range found {
		if !md.form.Status.Terminal() {
			return
		}
		if md.form.Date == d && plan.Has(md.form.Model, d) {
			missing--
		}
		addTo(counted, md.form.record(*m).ModelDay)
	}
	if missing == 0 {
		m.Counted, m.CountedThrough = counted, d
	}
}

// uncount drops the counts, for a new model-day of a date that they cover. Only one
// that the plan does not have can be new there.
func (m *metaForm) uncount() { m.Counted, m.CountedThrough = nil, 0 }
