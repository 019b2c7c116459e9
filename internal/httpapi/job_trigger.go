package httpapi

import (
	"context"
	"errors"
	"net/http"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

func (s *server) registerTrigger() {
	register(s, operation{
		id: "trigger", method: http.MethodPost, path: "/simulate/trigger", group: RoutesTrigger, scope: apikey.Trigger,
		summary: "Start a simulation",
		description: "Runs what is missing of the requested models and dates, or what replace_existing asks to run again. " +
			"An empty body is a catch-up of all enabled models. Where the configuration names a source of prices, " +
			"missing days are fetched first, for a dry run too. Repeating a request is safe: while its job is active, it returns that job.",
		parameters: map[string]string{
			"Idempotency-Key": "A name of your own for this request. A 202 is remembered under it for 24 hours, per API key: " +
				"the same key with the same body returns the same answer, with another body a 422.",
		},
		body: newBodySchema("TriggerBody", triggerFields),
		answers: []documented{
			{
				status: http.StatusAccepted, description: "A job was created.",
				types: typesOf(api.AcceptedJob{}), headers: []string{"Location", "Retry-After"},
			},
			{
				status: http.StatusOK, description: "An active job already does the work, or nothing is missing, or this was a dry run.",
				types: typesOf(api.SameJob{}, api.UpToDate{}, api.DryRun{}),
			},
		},
		errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity},
	}, s.trigger)
	s.documentCallback("/simulate/trigger")
}

func (s *server) registerJobActions() {
	register(s, operation{
		id: "cancel", method: http.MethodPost, path: "/simulate/cancel/{job_id}", group: RoutesTrigger, scope: apikey.Trigger,
		summary:     "Cancel a job",
		description: "Model-days in progress stop at their next step and leave nothing behind.",
		body:        newBodySchema("NoBody", noFields),
		answers: []documented{{
			status: http.StatusAccepted, description: "The job will become cancelled.",
			types: typesOf(api.CancelledJob{}), headers: []string{"Location"},
		}},
		errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge},
	}, s.cancel)
	register(s, operation{
		id: "retry", method: http.MethodPost, path: "/simulate/retry/{job_id}", group: RoutesTrigger, scope: apikey.Trigger,
		summary:     "Retry the failed model-days of a job",
		description: "Creates a job over the failed model-days that are still after their book's last close.",
		body:        newBodySchema("NoBody", noFields),
		answers: []documented{
			{
				status: http.StatusAccepted, description: "A job was created.",
				types: typesOf(api.AcceptedJob{}), headers: []string{"Location", "Retry-After"},
			},
			{
				status: http.StatusOK, description: "Nothing can be retried, or an active job already does it.",
				types: typesOf(api.UpToDate{}, api.SameJob{}),
			},
		},
		errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge},
	}, s.retry)
}

type triggerInput struct {
	bodyReader
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
}

func (s *server) trigger(ctx context.Context, in *triggerInput) (answer, error) {
	r, err := decodeTrigger(in.Content)
	if err != nil {
		return answer{}, err
	}
	r.Caller, r.IdempotencyKey = callerID(ctx), in.IdempotencyKey
	result, err := s.Jobs.Trigger(ctx, r)
	if err != nil {
		return answer{}, err
	}
	return s.triggered(ctx, result)
}

// callerID is the id of the caller's API key, or "".
func callerID(ctx context.Context) string {
	if key := requestOf(ctx).key; key != nil {
		return key.ID()
	}
	return ""
}

type jobActionInput struct {
	bodyReader
	JobID string `path:"job_id" maxLength:"100" doc:"The id of the job."`
}

func (s *server) cancel(ctx context.Context, in *jobActionInput) (answer, error) {
	if _, err := decodeBody(in.Content, noFields); err != nil {
		return answer{}, err
	}
	job, err := s.Jobs.Cancel(ctx, in.JobID)
	if err != nil {
		return answer{}, aboutJob(err, in.JobID)
	}
	message := "Cancellation requested; model-days in flight stop at their next step"
	if job.Status == sim.JobCancelled {
		message = "Cancelled"
	}
	a, err := jsonAnswer(http.StatusAccepted, api.CancelledJob{JobID: job.ID, Status: job.Status, Message: message})
	if err != nil {
		return answer{}, err
	}
	a.header.Set("Location", api.StatusPath(job.ID))
	return a, nil
}

func (s *server) retry(ctx context.Context, in *jobActionInput) (answer, error) {
	if _, err := decodeBody(in.Content, noFields); err != nil {
		return answer{}, err
	}
	result, err := s.Jobs.Retry(ctx, in.JobID, callerID(ctx))
	if err != nil {
		return answer{}, aboutJob(err, in.JobID)
	}
	return s.triggered(ctx, result)
}

// aboutJob adds the job's id to the error that it does not exist.
func aboutJob(err error, id string) error {
	e := (*sim.Error)(nil)
	if errors.As(err, &e) && e.Kind == sim.KindNotFound {
		return e.With("job_id", id)
	}
	return err
}

// triggered answers with the outcome of a trigger.
func (s *server) triggered(ctx context.Context, r sim.TriggerResult) (answer, error) {
	warnings := r.Warnings
	if len(warnings) == 0 {
		warnings = r.Job.Warnings
	}
	switch r.Outcome {
	case sim.TriggerAccepted:
		return accepted(r.Job, warnings)
	case sim.TriggerSame:
		stored, err := s.Store.Counts(ctx, r.Job.ID)
		if err != nil {
			return answer{}, err
		}
		return sameJob(r.Job, stored, warnings)
	case sim.TriggerDryRun:
		return dryRun(r.Job, warnings)
	case sim.TriggerCurrent:
		return jsonAnswer(http.StatusOK, api.UpToDate{
			Status:             "current",
			Message:            "Nothing is missing: every requested model-day is closed",
			LastSimulationDate: dateOrNil(r.LastDate),
			NextTradingDay:     dateOrNil(r.NextDate),
			Warnings:           warnings,
		})
	default:
		return answer{}, sim.Errorf(sim.KindInternal, "a trigger ended as %q", r.Outcome)
	}
}

func accepted(job sim.Job, warnings []string) (answer, error) {
	a, err := jsonAnswer(http.StatusAccepted, api.AcceptedJob{
		JobID:           job.ID,
		Status:          "accepted",
		Experiment:      job.Experiment,
		DateRange:       job.Plan.Dates,
		Models:          job.Plan.Signatures(),
		TotalModelDays:  job.Plan.Total(),
		CreatedAt:       stamp(job.CreatedAt),
		Message:         "Simulation job created",
		Warnings:        warnings,
		SupersededItems: superseded(job),
	})
	if err != nil {
		return answer{}, err
	}
	a.header.Set("Location", api.StatusPath(job.ID))
	a.header.Set("Retry-After", "2")
	return a, nil
}

func sameJob(job sim.Job, stored map[sim.ModelDayStatus]int, warnings []string) (answer, error) {
	return jsonAnswer(http.StatusOK, api.SameJob{
		JobID:          job.ID,
		Status:         job.Status,
		Experiment:     job.Experiment,
		DateRange:      job.Plan.Dates,
		Models:         job.Plan.Signatures(),
		TotalModelDays: job.Plan.Total(),
		CreatedAt:      stamp(job.CreatedAt),
		Progress:       api.Counts(sim.NewProgress(job, stored)),
		Message:        "Simulation already in progress",
		Warnings:       warnings,
	})
}

func dryRun(job sim.Job, warnings []string) (answer, error) {
	return jsonAnswer(http.StatusOK, api.DryRun{
		Status:          "dry_run",
		Experiment:      job.Experiment,
		DateRange:       job.Plan.Dates,
		Models:          job.Plan.Signatures(),
		TotalModelDays:  job.Plan.Total(),
		Message:         "Dry run: nothing was created",
		Warnings:        warnings,
		SupersededItems: superseded(job),
	})
}

func superseded(job sim.Job) []api.SupersededDay {
	var days []api.SupersededDay
	for _, d := range job.Superseded {
		days = append(days, api.SupersededDay(d))
	}
	return days
}

// dateOrNil returns nil for no date, which JSON writes as null.
func dateOrNil(d sim.Date) *sim.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}
