package dynamo

import (
	"context"
	"slices"

	"aitrader/internal/sim"
)

// Job implements [sim.Store].
func (s *Store) Job(ctx context.Context, id string) (sim.Job, error) {
	jobs, err := s.findJobs(ctx, id)
	if err == nil && len(jobs) == 0 {
		err = sim.NoJob(id)
	}
	if err != nil {
		return sim.Job{}, translate(err)
	}
	return jobs[0], nil
}

// JobState implements [sim.Store].
func (s *Store) JobState(ctx context.Context, id string) (sim.JobState, error) {
	m, err := s.getMeta(ctx, id)
	if err != nil {
		return sim.JobState{}, translate(err)
	}
	return jobOf(m.form, planForm{}).State(), nil
}

// ActiveJob implements [sim.Store].
func (s *Store) ActiveJob(ctx context.Context, experiment string) (job sim.Job, ok bool, err error) {
	lock, err := getForm[experimentForm](ctx, s, experimentKey(experiment))
	if err != nil || lock.form.ActiveJob == "" {
		return job, false, translate(err)
	}
	jobs, err := s.findJobs(ctx, lock.form.ActiveJob)
	// It may have ended since the lock was read.
	if err != nil || len(jobs) == 0 || jobs[0].Status.Terminal() {
		return job, false, translate(err)
	}
	return jobs[0], true, nil
}

// maxListed bounds how many places of the list are read together: each names two
// items, and one read has at most 100.
const maxListed = 50

// Jobs implements [sim.Store].
func (s *Store) Jobs(ctx context.Context, f sim.JobFilter) (jobs []sim.Job, next string, err error) {
	limit := f.PageSize()
	// Every place begins with a digit.
	r := span{pk: jobsPartition, from: "0", to: ":", backward: true}
	if f.After != "" {
		if _, err := sim.ParseJobCursor(f.After); err != nil {
			return nil, "", err
		}
		r.to = f.After
	}
	var listed []string
	readListed := func() error {
		found, err := s.findJobs(ctx, listed...)
		for _, j := range found {
			if len(f.Statuses) == 0 || slices.Contains(f.Statuses, j.Status) {
				jobs = append(jobs, j)
			}
		}
		listed = listed[:0]
		return err
	}
	r.limit = min(limit+1, maxListed)
	err = s.each(ctx, r, func(it item) (bool, error) {
		l, err := formOf[listForm](it)
		if err != nil {
			return false, err
		}
		if it.sk != f.After && (f.Experiment == "" || l.form.Experiment == f.Experiment) {
			listed = append(listed, l.form.ID)
		}
		// One more than the limit tells that there are more.
		if len(listed) < min(limit+1-len(jobs), maxListed) {
			return true, nil
		}
		err = readListed()
		return len(jobs) <= limit, err
	})
	if err == nil && len(listed) > 0 {
		err = readListed()
	}
	if err != nil {
		return nil, "", translate(err)
	}
	if len(jobs) > limit {
		jobs = jobs[:limit]
		next = sim.CursorOf(jobs[limit-1]).String()
	}
	return jobs, next, nil
}
