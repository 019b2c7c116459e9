package httpapi

import (
	"context"
	"math"
	"time"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// reportStore is what the report of a job is read from.
type reportStore interface {
	ModelDays(ctx context.Context, jobID string, f sim.ModelDayFilter) ([]sim.ModelDay, error)
	Counts(ctx context.Context, jobID string) (map[sim.ModelDayStatus]int, error)
	Spending(ctx context.Context, jobID string) (map[string]sim.Spending, error)
}

// StatusBody returns what /simulate/status/{job_id}?details=false answers for a job,
// as JSON: the body of a callback.
func StatusBody(ctx context.Context, store reportStore, job sim.Job) ([]byte, error) {
	report, err := reportJob(ctx, store, job, false, dayKey{})
	if err != nil {
		return nil, err
	}
	return encode(report)
}

// reportJob returns the state of a job, with the page of its details after a
// model-day where details are wanted.
func reportJob(ctx context.Context, store reportStore, job sim.Job, details bool, after dayKey) (api.JobReport, error) {
	stored, err := readModelDays(ctx, store, job, details, after)
	if err != nil {
		return api.JobReport{}, err
	}
	spending, err := store.Spending(ctx, job.ID)
	if err != nil {
		return api.JobReport{}, err
	}
	began := job.StartedAt
	if began.IsZero() {
		began = job.CreatedAt
	}
	report := api.JobReport{
		JobID:         job.ID,
		Status:        job.Status,
		Experiment:    job.Experiment,
		DateRange:     job.Plan.Dates,
		Models:        job.Plan.Signatures(),
		Progress:      api.JobProgress{Counts: api.Counts(sim.NewProgress(job, stored.counts)), Current: stored.current},
		CreatedAt:     stamp(job.CreatedAt),
		StartedAt:     timeOrNil(job.StartedAt),
		UpdatedAt:     stamp(job.UpdatedAt),
		CompletedAt:   timeOrNil(job.CompletedAt),
		TotalDuration: seconds(began, job.CompletedAt),
		Error:         textOrNil(job.Error),
		StopReason:    textOrNil(string(job.StopReason)),
		Usage:         jobUsage(job, spending),
		Warnings:      append([]string{}, job.Warnings...),
	}
	if details {
		report.Progress.Details, report.DetailsNext = detailsPage(job, stored.page, after)
	}
	return report, nil
}

// stamp is how timestamps are shown: in UTC, to the millisecond.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// timeOrNil is stamp, with nil for no time, which JSON writes as null.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = stamp(t)
	return &t
}

// seconds returns a duration to the millisecond, or nil while it has no end.
func seconds(from, to time.Time) *float64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	v := math.Round(to.Sub(from).Seconds()*1000) / 1000
	return &v
}

// textOrNil returns nil for an empty text, which JSON writes as null.
func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
