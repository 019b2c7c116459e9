package dynamo

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// idempotencyForm is the request that used an idempotency key. The table's time to live
// removes it some time after it has expired.
type idempotencyForm struct {
	Request string    `json:"request"`
	Job     string    `json:"job"`
	Expires time.Time `json:"expires"`
}

// CreateJob implements [sim.Store].
func (s *Store) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	return decide(ctx, func(ctx context.Context) (sim.Job, error) { return s.createJob(ctx, n) })
}

func (s *Store) createJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	id := n.Job.ID
	before, err := s.beforeCreating(ctx, n)
	if err != nil {
		return sim.Job{}, err
	}
	switch {
	case before.meta.rev > 0:
		return s.Job(ctx, id)
	case before.lock.form.ActiveJob != "":
		return sim.Job{}, sim.OtherJobActive(n.Job.Experiment, before.lock.form.ActiveJob)
	}
	changes := []change{
		insert(metaKey(id), metaOf(n.Job)),
		insert(planKey(id), planOf(n.Job)),
		insert(listKey(n.Job), listForm{ID: id, Experiment: n.Job.Experiment}),
	}
	before.lock.form = experimentForm{Experiment: n.Job.Experiment, ActiveJob: id}
	changes = append(changes, before.lock.put())
	if n.Callback != "" {
		changes = append(changes, insert(callbackKey(id, n.Callback), callbackForm{Job: id, URL: string(n.Callback)}))
	}
	kept, err := keepKey(before.idempotency, n)
	if err != nil {
		return sim.Job{}, err
	}
	changes = append(changes, kept...)
	for i, plan := range n.Books {
		h := before.heads[i]
		assigned, err := plan.Apply(h.form.head(plan.Head.Book), id)
		if err != nil {
			return sim.Job{}, err
		}
		h.form = headOf(assigned)
		changes = append(changes, h.put())
	}
	if err := s.write(ctx, "the job, with its plan and settings,", changes...); err != nil {
		return sim.Job{}, err
	}
	return jobOf(metaOf(n.Job), planOf(n.Job)), nil
}

// before is what a new job finds in the table.
type before struct {
	meta        meta
	lock        experiment
	idempotency stored[idempotencyForm]
	heads       []head
}

func (s *Store) beforeCreating(ctx context.Context, n sim.NewJob) (b before, err error) {
	keys := []key{metaKey(n.Job.ID), experimentKey(n.Job.Experiment), idempotencyKey(n.Idempotency.Key)}
	for _, plan := range n.Books {
		keys = append(keys, headKey(plan.Head.Book))
	}
	items, err := s.get(ctx, keys...)
	if err != nil {
		return b, err
	}
	if b.meta, err = formOf[metaForm](items[0]); err != nil {
		return b, err
	}
	if b.lock, err = formOf[experimentForm](items[1]); err != nil {
		return b, err
	}
	if b.idempotency, err = formOf[idempotencyForm](items[2]); err != nil {
		return b, err
	}
	b.heads, err = formsOf[headForm](items[3:])
	return b, err
}

// keepKey stores an idempotency key, in place of one that has expired.
func keepKey(previous stored[idempotencyForm], n sim.NewJob) ([]change, error) {
	k := n.Idempotency
	if k.Key == "" {
		return nil, nil
	}
	if previous.rev > 0 && !previous.form.Expires.Before(n.Job.CreatedAt) {
		return nil, sim.KeyTaken()
	}
	previous.form = idempotencyForm{Request: k.Request, Job: n.Job.ID, Expires: utc(k.Expires)}
	c := previous.put()
	c.expires = k.Expires
	return []change{c}, nil
}

// JobByIdempotencyKey implements [sim.Store].
func (s *Store) JobByIdempotencyKey(ctx context.Context, k sim.IdempotencyKey, now time.Time) (job sim.Job, ok bool, err error) {
	if k.Key == "" {
		return job, false, nil
	}
	previous, err := getForm[idempotencyForm](ctx, s, idempotencyKey(k.Key))
	if err != nil || previous.rev == 0 || previous.form.Expires.Before(now) {
		return job, false, translate(err)
	}
	jobs, err := s.findJobs(ctx, previous.form.Job)
	if err != nil || len(jobs) == 0 {
		return job, false, translate(err)
	}
	if previous.form.Request != k.Request {
		return job, false, sim.KeyMismatch(previous.form.Job)
	}
	return jobs[0], true, nil
}
