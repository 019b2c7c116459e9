package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// AcceptedJob is the answer when a job has been created.
type AcceptedJob struct {
	JobID           string              `json:"job_id" doc:"The id of the new job."`
	Status          string              `json:"status" enum:"accepted" doc:"Always accepted."`
	Experiment      string              `json:"experiment" doc:"The namespace of the portfolios."`
	DateRange       []sim.Date          `json:"date_range" doc:"The trading dates that it runs, in order."`
	Models          []string            `json:"models" doc:"The signatures that it runs."`
	TotalModelDays  int                 `json:"total_model_days" doc:"The number of (model, date) pairs that it runs."`
	CreatedAt       time.Time           `json:"created_at" doc:"When the job was created."`
	Message         string              `json:"message" doc:"What happened, for a person."`
	Warnings        []string            `json:"warnings,omitempty" doc:"What was left out, and why."`
	SupersededItems []SupersededDayItem `json:"superseded,omitempty" doc:"Closed days that left their books because of replace_existing; they stay readable by their job id."`
}

// SupersededDayItem names a closed day that a rewind took out of its book.
type SupersededDayItem struct {
	Model string   `json:"model" doc:"The signature of the model."`
	Date  sim.Date `json:"date" doc:"The trading date."`
	JobID string   `json:"job_id" doc:"The job that had closed the day."`
}

// SameJob is the answer when an active job does the work already.
type SameJob struct {
	JobID          string        `json:"job_id" doc:"The id of the active job."`
	Status         sim.JobStatus `json:"status" enum:"pending,running" doc:"Its status."`
	Experiment     string        `json:"experiment" doc:"The namespace of the portfolios."`
	DateRange      []sim.Date    `json:"date_range" doc:"The trading dates that it runs, in order."`
	Models         []string      `json:"models" doc:"The signatures that it runs."`
	TotalModelDays int           `json:"total_model_days" doc:"The number of (model, date) pairs that it runs."`
	CreatedAt      time.Time     `json:"created_at" doc:"When the job was created."`
	Progress       Counts        `json:"progress" doc:"How far it is."`
	Message        string        `json:"message" doc:"What happened, for a person."`
	Warnings       []string      `json:"warnings,omitempty" doc:"What was left out, and why."`
}

// UpToDate is the answer when nothing is missing.
type UpToDate struct {
	Status             string    `json:"status" enum:"current" doc:"Always current."`
	Message            string    `json:"message" doc:"What happened, for a person."`
	LastSimulationDate *sim.Date `json:"last_simulation_date" nullable:"true" doc:"The last date up to which all asked models are closed; null when none is."`
	NextTradingDay     *sim.Date `json:"next_trading_day" nullable:"true" doc:"The trading day after it."`
	Warnings           []string  `json:"warnings,omitempty" doc:"What was left out, and why."`
}

// DryRun is the answer to a dry run.
type DryRun struct {
	Status          string              `json:"status" enum:"dry_run" doc:"Always dry_run."`
	Experiment      string              `json:"experiment" doc:"The namespace of the portfolios."`
	DateRange       []sim.Date          `json:"date_range" doc:"The trading dates that would run, in order."`
	Models          []string            `json:"models" doc:"The signatures that would run."`
	TotalModelDays  int                 `json:"total_model_days" doc:"The number of (model, date) pairs that would run."`
	Message         string              `json:"message" doc:"What happened, for a person."`
	Warnings        []string            `json:"warnings,omitempty" doc:"What would be left out, and why."`
	SupersededItems []SupersededDayItem `json:"superseded,omitempty" doc:"Closed days that would leave their books."`
}

func (s *server) registerTrigger() {
	register(s, operation{
		id: "trigger", method: http.MethodPost, path: "/simulate/trigger", group: RoutesTrigger, scope: apikey.Trigger,
		summary:     "Start a simulation",
		description: "Runs what is missing of the asked models and dates, or what replace_existing asks to run again. An empty body is a catch-up of all enabled models. Where the configuration names a source of prices, days that have none are fetched first, a dry run included. The second try is harmless: the same request while its job is active finds that job.",
		body:        reflect.TypeFor[TriggerBody](),
		answers: []documented{
			{status: http.StatusAccepted, description: "A job was created.", types: typesOf(AcceptedJob{}), headers: []string{"Location", "Retry-After"}},
			{status: http.StatusOK, description: "An active job does it already, or nothing is missing, or this was a dry run.", types: typesOf(SameJob{}, UpToDate{}, DryRun{})},
		},
		errors: []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity},
	}, s.trigger)
	s.documentCallback("/simulate/trigger")
	register(s, operation{
		id: "cancel", method: http.MethodPost, path: "/simulate/cancel/{job_id}", group: RoutesTrigger, scope: apikey.Trigger,
		summary:     "Cancel a job",
		description: "Model-days in flight stop at their next step and leave nothing behind.",
		body:        reflect.TypeFor[NoBody](),
		answers:     []documented{{status: http.StatusAccepted, description: "The job will become cancelled.", types: typesOf(CancelledJob{}), headers: []string{"Location"}}},
		errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge},
	}, s.cancel)
	register(s, operation{
		id: "retry", method: http.MethodPost, path: "/simulate/retry/{job_id}", group: RoutesTrigger, scope: apikey.Trigger,
		summary:     "Retry the failed model-days of a job",
		description: "Creates a job over the failed model-days that still lie after their book's last close.",
		body:        reflect.TypeFor[NoBody](),
		answers: []documented{
			{status: http.StatusAccepted, description: "A job was created.", types: typesOf(AcceptedJob{}), headers: []string{"Location", "Retry-After"}},
			{status: http.StatusOK, description: "Nothing can be retried, or an active job does it already.", types: typesOf(UpToDate{}, SameJob{})},
		},
		errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge},
	}, s.retry)
}

// bodyReader is the part of an input that keeps the request's body, which has
// been read within its limit before. Its name in the input is Content, because
// huma would decode a field named Body itself.
type bodyReader struct {
	Content []byte `json:"-"`
}

// Resolve fetches the body.
func (b *bodyReader) Resolve(ctx huma.Context) []error {
	var err error
	if b.Content, err = io.ReadAll(ctx.BodyReader()); err != nil {
		return []error{err}
	}
	return nil
}

type triggerInput struct {
	bodyReader
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"A name of your own for this request. A 202 is remembered under it for 24 hours (per API key): the same key with the same body gives the same answer, with another body a 422."`
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

// CancelledJob is the answer to a cancellation.
type CancelledJob struct {
	JobID   string        `json:"job_id" doc:"The id of the job."`
	Status  sim.JobStatus `json:"status" enum:"pending,running,completed,partial,failed,cancelled" doc:"Its status at this moment."`
	Message string        `json:"message" doc:"What happens, for a person."`
}

func (s *server) cancel(ctx context.Context, in *jobActionInput) (answer, error) {
	if err := decodeObject(in.Content, nil); err != nil {
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
	a, err := jsonAnswer(http.StatusAccepted, CancelledJob{job.ID, job.Status, message})
	if err != nil {
		return answer{}, err
	}
	a.header.Set("Location", statusPath(job.ID))
	return a, nil
}

func (s *server) retry(ctx context.Context, in *jobActionInput) (answer, error) {
	if err := decodeObject(in.Content, nil); err != nil {
		return answer{}, err
	}
	result, err := s.Jobs.Retry(ctx, in.JobID, callerID(ctx))
	if err != nil {
		return answer{}, aboutJob(err, in.JobID)
	}
	return s.triggered(ctx, result)
}

// aboutJob adds the job's id to an error that says that it does not exist.
func aboutJob(err error, id string) error {
	e := (*sim.Error)(nil)
	if errors.As(err, &e) && e.Kind == sim.KindNotFound {
		return e.With("job_id", id)
	}
	return err
}

func statusPath(jobID string) string { return "/simulate/status/" + jobID }

// triggered answers with what became of a trigger.
func (s *server) triggered(ctx context.Context, r sim.TriggerResult) (answer, error) {
	warnings := r.Warnings
	if len(warnings) == 0 {
		warnings = r.Job.Warnings
	}
	job := r.Job
	switch r.Outcome {
	case sim.TriggerAccepted:
		a, err := jsonAnswer(http.StatusAccepted, AcceptedJob{
			JobID: job.ID, Status: "accepted", Experiment: job.Experiment, DateRange: job.Plan.Dates, Models: job.Plan.Signatures(),
			TotalModelDays: job.Plan.Total(), CreatedAt: stamp(job.CreatedAt), Message: "Simulation job created",
			Warnings: warnings, SupersededItems: superseded(job),
		})
		if err != nil {
			return answer{}, err
		}
		a.header.Set("Location", statusPath(job.ID))
		a.header.Set("Retry-After", "2")
		return a, nil
	case sim.TriggerSame:
		stored, err := s.Store.Counts(ctx, job.ID)
		if err != nil {
			return answer{}, err
		}
		return jsonAnswer(http.StatusOK, SameJob{
			JobID: job.ID, Status: job.Status, Experiment: job.Experiment, DateRange: job.Plan.Dates, Models: job.Plan.Signatures(),
			TotalModelDays: job.Plan.Total(), CreatedAt: stamp(job.CreatedAt), Progress: Counts(sim.NewProgress(job, stored)),
			Message: "Simulation already in progress", Warnings: warnings,
		})
	case sim.TriggerDryRun:
		return jsonAnswer(http.StatusOK, DryRun{
			Status: "dry_run", Experiment: job.Experiment, DateRange: job.Plan.Dates, Models: job.Plan.Signatures(),
			TotalModelDays: job.Plan.Total(), Message: "Dry run: nothing was created", Warnings: warnings, SupersededItems: superseded(job),
		})
	case sim.TriggerCurrent:
		return jsonAnswer(http.StatusOK, UpToDate{
			Status: "current", Message: "Nothing is missing: every asked model-day is closed",
			LastSimulationDate: known(r.LastDate), NextTradingDay: known(r.NextDate), Warnings: warnings,
		})
	default:
		return answer{}, sim.Errorf(sim.KindInternal, "a trigger ended as %q", r.Outcome)
	}
}

func superseded(job sim.Job) []SupersededDayItem {
	var out []SupersededDayItem
	for d := range slices.Values(job.Superseded) {
		out = append(out, SupersededDayItem(d))
	}
	return out
}

// known returns nil for no date, which JSON writes as null.
func known(d sim.Date) *sim.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}
