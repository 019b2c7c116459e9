package dynamo

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// metaForm is the part of a job that changes.
type metaForm struct {
	ID              string         `json:"id"`
	Experiment      string         `json:"experiment"`
	Status          sim.JobStatus  `json:"status"`
	CancelRequested bool           `json:"cancel_requested,omitempty"`
	Error           string         `json:"error,omitempty"`
	StopReason      sim.StopReason `json:"stop_reason,omitempty"`
	ClosedThrough   sim.Date       `json:"closed_through,omitempty"`
	CreatedAt       time.Time      `json:"created_at,omitzero"`
	StartedAt       time.Time      `json:"started_at,omitzero"`
	UpdatedAt       time.Time      `json:"updated_at,omitzero"`
	CompletedAt     time.Time      `json:"completed_at,omitzero"`

	// Lost is the error of the model-days that were running when the job ended. They
	// stay as they are stored and are read as failed, so that the end of a job is one
	// small transaction, however many were running.
	Lost string `json:"lost,omitempty"`
	// Counted are the model-days up to CountedThrough, which can no longer change, by
	// status: counting reads only the later ones.
	Counted        map[sim.ModelDayStatus]int `json:"counted,omitempty"`
	CountedThrough sim.Date                   `json:"counted_through,omitempty"`
	// Warnings are those that were added after the plan.
	Warnings []string `json:"warnings,omitempty"`
}

// planForm is the part of a job that does not change.
type planForm struct {
	Plan        sim.Plan            `json:"plan"`
	Settings    sim.Settings        `json:"settings"`
	RequestHash string              `json:"request_hash"`
	Warnings    []string            `json:"warnings"`
	Superseded  []sim.SupersededDay `json:"superseded"`
}

// listForm is a job in the list of jobs.
type listForm struct {
	ID         string `json:"id"`
	Experiment string `json:"experiment"`
}

// experimentForm holds the lock of an experiment, by the id of its active job.
type experimentForm struct {
	Experiment string `json:"experiment"`
	ActiveJob  string `json:"active_job,omitempty"`
}

type (
	meta       = stored[metaForm]
	experiment = stored[experimentForm]
)

func metaOf(j sim.Job) metaForm {
	return metaForm{
		ID: j.ID, Experiment: j.Experiment, Status: j.Status, CancelRequested: j.CancelRequested,
		Error: j.Error, StopReason: j.StopReason, ClosedThrough: j.ClosedThrough,
		CreatedAt: utc(j.CreatedAt), StartedAt: utc(j.StartedAt), UpdatedAt: utc(j.UpdatedAt), CompletedAt: utc(j.CompletedAt),
	}
}

func planOf(j sim.Job) planForm {
	return planForm{Plan: j.Plan, Settings: j.Settings, RequestHash: j.RequestHash, Warnings: j.Warnings, Superseded: j.Superseded}
}

func jobOf(m metaForm, p planForm) sim.Job {
	return sim.Job{
		ID: m.ID, Experiment: m.Experiment, Status: m.Status, Plan: p.Plan, Settings: p.Settings,
		RequestHash: p.RequestHash, Warnings: sim.AddWarnings(p.Warnings, m.Warnings...), Superseded: p.Superseded,
		CancelRequested: m.CancelRequested, Error: m.Error, StopReason: m.StopReason, ClosedThrough: m.ClosedThrough,
		CreatedAt: m.CreatedAt, StartedAt: m.StartedAt, UpdatedAt: m.UpdatedAt, CompletedAt: m.CompletedAt,
	}
}

// job returns the job without the part in planForm.
func (m metaForm) job() sim.Job { return jobOf(m, planForm{}) }

// with returns the form after a transition of the job.
func (m metaForm) with(j sim.Job) metaForm {
	next := metaOf(j)
	next.Lost, next.Counted, next.CountedThrough, next.Warnings = m.Lost, m.Counted, m.CountedThrough, j.Warnings
	return next
}

// utc drops the zone of an instant, and the reading of the monotonic clock.
func utc(t time.Time) time.Time { return t.Round(0).UTC() }

// getMeta reads the changing half of a job that must exist.
func (s *Store) getMeta(ctx context.Context, id string) (meta, error) {
	m, err := getForm[metaForm](ctx, s, metaKey(id))
	if err == nil && m.rev == 0 {
		err = sim.NoJob(id)
	}
	return m, err
}

func (s *Store) getPlan(ctx context.Context, id string) (planForm, error) {
	p, err := getForm[planForm](ctx, s, planKey(id))
	if err == nil && p.rev == 0 {
		err = sim.Errorf(sim.KindInternal, "the plan of job %q is not stored", id)
	}
	return p.form, err
}

// findJobs reads jobs in the order of their ids, without those that are not stored.
func (s *Store) findJobs(ctx context.Context, ids ...string) ([]sim.Job, error) {
	keys := make([]key, 0, 2*len(ids))
	for _, id := range ids {
		keys = append(keys, metaKey(id), planKey(id))
	}
	items, err := s.get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var jobs []sim.Job
	for i := 0; i < len(items); i += 2 {
		m, err := formOf[metaForm](items[i])
		if err != nil {
			return nil, err
		}
		p, err := formOf[planForm](items[i+1])
		if err != nil {
			return nil, err
		}
		if m.rev > 0 && p.rev > 0 {
			jobs = append(jobs, jobOf(m.form, p.form))
		}
	}
	return jobs, nil
}
