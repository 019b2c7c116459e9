package httpapi

import (
	"context"
	"math"
	"net/http"
	"time"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// Counts counts model-days by status.
type Counts struct {
	Total     int `json:"total_model_days" doc:"All model-days of the job: (model, date) pairs."`
	Completed int `json:"completed" doc:"Model-days that are closed."`
	Failed    int `json:"failed" doc:"Model-days that failed for good and left nothing behind."`
	Running   int `json:"running" doc:"Model-days that are being worked on."`
	Pending   int `json:"pending" doc:"Model-days whose turn has not come."`
	Skipped   int `json:"skipped" doc:"Model-days that were not run: the book was closed beyond their date, or the job ended before."`
}

// JobProgress is how far a job is.
type JobProgress struct {
	Total     int              `json:"total_model_days" doc:"All model-days of the job: (model, date) pairs."`
	Completed int              `json:"completed" doc:"Model-days that are closed."`
	Failed    int              `json:"failed" doc:"Model-days that failed for good and left nothing behind."`
	Running   int              `json:"running" doc:"Model-days that are being worked on."`
	Pending   int              `json:"pending" doc:"Model-days whose turn has not come."`
	Skipped   int              `json:"skipped" doc:"Model-days that were not run: the book was closed beyond their date, or the job ended before."`
	Current   *CurrentModelDay `json:"current" doc:"A model-day that is being worked on; null when none is."`
	Details   []ModelDayDetail `json:"details,omitempty" doc:"Every model-day, in order of date and model; left out with details=false, for /simulate/current and in lists."`
}

// ModelDayDetail is the state of one model-day.
type ModelDayDetail struct {
	Date            sim.Date           `json:"date" doc:"The trading date."`
	Model           string             `json:"model" doc:"The signature of the model."`
	Status          sim.ModelDayStatus `json:"status" enum:"pending,running,completed,failed,skipped" doc:"The state of the model-day."`
	StartedAt       *time.Time         `json:"started_at" doc:"When its last attempt began."`
	CompletedAt     *time.Time         `json:"completed_at" doc:"When it was over."`
	DurationSeconds *float64           `json:"duration_seconds" doc:"From started_at to completed_at, in seconds."`
	Attempt         int                `json:"attempt" doc:"The number of its last attempt, from 1 on; 0 before the first."`
	Error           *string            `json:"error" doc:"Why it failed or was skipped, as code: text."`
	StopReason      *string            `json:"stop_reason" doc:"Why its session ended: finish_signal, no_tool_calls, max_steps, deadline or budget."`
}

// JobReport is the state of a job.
type JobReport struct {
	JobID         string        `json:"job_id" doc:"The id of the job."`
	Status        sim.JobStatus `json:"status" enum:"pending,running,completed,partial,failed,cancelled" doc:"completed: every model-day is closed; partial: some are; failed: none is, or the job itself broke."`
	Experiment    string        `json:"experiment" doc:"The namespace of the portfolios."`
	DateRange     []sim.Date    `json:"date_range" doc:"The trading dates of the job, in order."`
	Models        []string      `json:"models" doc:"The signatures of the job."`
	Progress      JobProgress   `json:"progress" doc:"How far it is."`
	CreatedAt     time.Time     `json:"created_at" doc:"When the job was created."`
	StartedAt     *time.Time    `json:"started_at" doc:"When its first date began."`
	UpdatedAt     time.Time     `json:"updated_at" doc:"When it last made progress: the heartbeat."`
	CompletedAt   *time.Time    `json:"completed_at" doc:"When it ended."`
	TotalDuration *float64      `json:"total_duration_seconds" doc:"From its start to its end, in seconds; null until it has ended."`
	Error         *string       `json:"error" doc:"Why the job as a whole failed."`
	StopReason    *string       `json:"stop_reason" doc:"budget: the job ended before its last model-day because a budget was used up; else null."`
	Usage         *JobUsage     `json:"usage,omitempty" doc:"What the calls of its models used and cost; absent before the first call of a provider."`
	Warnings      []string      `json:"warnings" doc:"What was left out when it was planned, which prices did not come before a date, and why."`
	DetailsNext   string        `json:"details_next,omitempty" doc:"There are more details: pass this as details_next."`
}

// JobList is a page of jobs.
type JobList struct {
	Jobs []JobReport `json:"jobs" doc:"The jobs, newest first, without details."`
	Next string      `json:"next,omitempty" doc:"There are more jobs: pass this as next."`
}

func (s *server) registerStatus() {
	register(s, operation{
		id: "status", method: http.MethodGet, path: "/simulate/status/{job_id}", group: RoutesStatus, scope: apikey.Read,
		summary:     "The status of a job",
		description: "Counts, and the state of each model-day. Above 1,000 model-days the details come in pages. wait makes it a long poll.",
		answers: []documented{
			{status: http.StatusOK, description: "The job.", types: typesOf(JobReport{}), headers: []string{"ETag"}},
			{status: http.StatusNotModified, description: "Nothing has changed since the answer that If-None-Match names.", headers: []string{"ETag"}},
		},
		errors: []int{http.StatusNotFound},
	}, s.status)
	register(s, operation{
		id: "current", method: http.MethodGet, path: "/simulate/current", group: RoutesStatus, scope: apikey.Read,
		summary:     "The newest job of an experiment",
		description: "The same as the status of that job, without details.",
		answers: []documented{
			{status: http.StatusOK, description: "The job.", types: typesOf(JobReport{}), headers: []string{"ETag"}},
			{status: http.StatusNotModified, description: "Nothing has changed since the answer that If-None-Match names.", headers: []string{"ETag"}},
		},
		errors: []int{http.StatusNotFound},
	}, s.current)
	register(s, operation{
		id: "jobs", method: http.MethodGet, path: "/simulate/jobs", group: RoutesStatus, scope: apikey.Read,
		summary: "Jobs, newest first",
		answers: []documented{{status: http.StatusOK, description: "A page of jobs.", types: typesOf(JobList{})}},
		errors:  []int{http.StatusRequestEntityTooLarge},
	}, s.jobs)
}

type statusInput struct {
	JobID       string `path:"job_id" maxLength:"100" doc:"The id of the job."`
	Wait        int    `query:"wait" minimum:"0" maximum:"25" doc:"Seconds to wait for a change: of what If-None-Match names, or else of the state at the beginning. A job that has ended is answered at once."`
	Details     bool   `query:"details" default:"true" doc:"Whether to list the model-days."`
	DetailsNext string `query:"details_next" maxLength:"100" doc:"Go on after this model-day, as an answer before said."`
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an earlier answer; 304 when nothing has changed."`
}

func (s *server) status(ctx context.Context, in *statusInput) (answer, error) {
	after, err := parsePlace("details_next", in.DetailsNext)
	if err != nil {
		return answer{}, err
	}
	job, err := s.Store.Job(ctx, in.JobID)
	if err != nil {
		return answer{}, aboutJob(err, in.JobID)
	}
	job, err = s.Jobs.Refresh(ctx, job)
	if err != nil {
		return answer{}, err
	}
	read := func() (answer, bool, error) {
		report, err := s.reportJob(ctx, job, in.Details, after)
		if err != nil {
			return answer{}, false, err
		}
		a, err := jsonAnswer(http.StatusOK, report)
		return a, job.Status.Terminal(), err
	}
	refresh := func() (answer, bool, error) {
		if job, err = s.Store.Job(ctx, in.JobID); err != nil {
			return answer{}, false, err
		}
		return read()
	}
	a, ended, err := read()
	if err == nil && in.Wait > 0 && !ended {
		a, err = s.awaitChange(ctx, time.Duration(in.Wait)*time.Second, a, in.IfNoneMatch, refresh)
	}
	if err != nil {
		return answer{}, err
	}
	return a.conditional(in.IfNoneMatch), nil
}

type currentInput struct {
	Experiment  string `query:"experiment" default:"main" pattern:"^[a-z0-9-]{1,40}$" doc:"The namespace of the portfolios."`
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an earlier answer; 304 when nothing has changed."`
}

func (s *server) current(ctx context.Context, in *currentInput) (answer, error) {
	jobs, _, err := s.Store.Jobs(ctx, sim.JobFilter{Experiment: in.Experiment, Limit: 1})
	if err != nil {
		return answer{}, err
	}
	if len(jobs) == 0 {
		return answer{}, sim.Errorf(sim.KindNotFound, "no job has been triggered in experiment %q", in.Experiment)
	}
	job, err := s.Jobs.Refresh(ctx, jobs[0])
	if err != nil {
		return answer{}, err
	}
	report, err := s.reportJob(ctx, job, false, place{})
	if err != nil {
		return answer{}, err
	}
	a, err := jsonAnswer(http.StatusOK, report)
	if err != nil {
		return answer{}, err
	}
	return a.conditional(in.IfNoneMatch), nil
}

type jobsInput struct {
	Experiment string `query:"experiment" pattern:"^[a-z0-9-]{1,40}$" doc:"Only jobs of this experiment; without it, of all."`
	Status     string `query:"status" enum:"pending,running,completed,partial,failed,cancelled" doc:"Only jobs in this state."`
	Limit      int    `query:"limit" default:"50" minimum:"1" maximum:"1000" doc:"The most jobs in one answer."`
	Next       string `query:"next" maxLength:"200" doc:"Go on where an answer before said."`
}

func (s *server) jobs(ctx context.Context, in *jobsInput) (answer, error) {
	filter := sim.JobFilter{Experiment: in.Experiment, Limit: in.Limit, After: in.Next}
	if in.Status != "" {
		filter.Statuses = []sim.JobStatus{sim.JobStatus(in.Status)}
	}
	jobs, next, err := s.Store.Jobs(ctx, filter)
	if err != nil {
		return answer{}, err
	}
	list := JobList{Jobs: make([]JobReport, 0, len(jobs)), Next: next}
	for _, job := range jobs {
		report, err := s.reportJob(ctx, job, false, place{})
		if err != nil {
			return answer{}, err
		}
		list.Jobs = append(list.Jobs, report)
	}
	return jsonAnswer(http.StatusOK, list)
}

// reportJob returns the state of a job, with the page of its details after a
// place if they are wanted.
func (s *server) reportJob(ctx context.Context, job sim.Job, details bool, after place) (JobReport, error) {
	claimed, err := s.readClaimed(ctx, job, details, after)
	if err != nil {
		return JobReport{}, err
	}
	usage, err := s.usage(ctx, job)
	if err != nil {
		return JobReport{}, err
	}
	p := sim.NewProgress(job, claimed.counts)
	report := JobReport{
		JobID: job.ID, Status: job.Status, Experiment: job.Experiment, DateRange: job.Plan.Dates, Models: job.Plan.Signatures(),
		Progress: JobProgress{
			Total: p.Total, Completed: p.Completed, Failed: p.Failed, Running: p.Running, Pending: p.Pending, Skipped: p.Skipped, Current: claimed.current,
		},
		CreatedAt: stamp(job.CreatedAt), StartedAt: instant(job.StartedAt), UpdatedAt: stamp(job.UpdatedAt), CompletedAt: instant(job.CompletedAt),
		Error: text(job.Error), StopReason: text(string(job.StopReason)), Usage: usage, Warnings: append([]string{}, job.Warnings...),
	}
	began := job.StartedAt
	if began.IsZero() {
		began = job.CreatedAt
	}
	report.TotalDuration = seconds(began, job.CompletedAt)
	if details {
		report.Progress.Details, report.DetailsNext = detailsPage(job, claimed.page, after)
	}
	return report, nil
}

// stamp is how timestamps are shown: UTC, to the millisecond.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// instant is stamp, with null for no time.
func instant(t time.Time) *time.Time {
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

// text returns nil for an empty text, which JSON writes as null.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
