package httpapi

import (
	"context"
	"net/http"
	"time"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

func (s *server) registerStatus() {
	report := []documented{
		{status: http.StatusOK, description: "The job.", types: typesOf(api.JobReport{}), headers: []string{"ETag"}},
		{status: http.StatusNotModified, description: "Nothing changed since the answer in If-None-Match.", headers: []string{"ETag"}},
	}
	register(s, operation{
		id: "status", method: http.MethodGet, path: "/simulate/status/{job_id}", group: RoutesStatus, scope: apikey.Read,
		summary:     "The status of a job",
		description: "Counts, and the state of each model-day. Above 1,000 model-days the details come in pages. wait makes it a long poll.",
		parameters: map[string]string{
			"wait": "Seconds to wait for a change: from the answer in If-None-Match, or else from the state at the start of the request. " +
				"A job that has ended is answered at once.",
		},
		patterns: map[string]string{"details_next": dayKeyPattern},
		answers:  report,
		errors:   []int{http.StatusNotFound},
	}, s.status)
	register(s, operation{
		id: "current", method: http.MethodGet, path: "/simulate/current", group: RoutesStatus, scope: apikey.Read,
		summary:     "The newest job of an experiment",
		description: "The status of that job, without details.",
		answers:     report,
		errors:      []int{http.StatusNotFound},
	}, s.current)
	register(s, operation{
		id: "jobs", method: http.MethodGet, path: "/simulate/jobs", group: RoutesStatus, scope: apikey.Read,
		summary: "Jobs, newest first",
		patterns: map[string]string{
			"next": `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{9}Z~.`,
		},
		answers: []documented{{status: http.StatusOK, description: "A page of jobs.", types: typesOf(api.JobList{})}},
		errors:  []int{http.StatusRequestEntityTooLarge},
	}, s.jobs)
}

type statusInput struct {
	JobID       string `path:"job_id" maxLength:"100" doc:"The id of the job."`
	Wait        int    `query:"wait" minimum:"0" maximum:"25"`
	Details     bool   `query:"details" default:"true" doc:"Whether to list the model-days."`
	DetailsNext string `query:"details_next" maxLength:"100" doc:"The details_next of the previous answer, for its next page."`
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an earlier answer; 304 when nothing changed."`
}

func (s *server) status(ctx context.Context, in *statusInput) (answer, error) {
	after, err := parseDayKey("details_next", in.DetailsNext)
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
		report, err := s.fullReport(ctx, job, in.Details, after)
		if err != nil {
			return answer{}, false, err
		}
		a, err := jsonAnswer(http.StatusOK, report)
		return a, job.Status.Terminal(), err
	}
	readAgain := func() (answer, bool, error) {
		if job, err = s.Store.Job(ctx, in.JobID); err != nil {
			return answer{}, false, err
		}
		return read()
	}
	a, ended, err := read()
	if err == nil && in.Wait > 0 && !ended {
		a, err = s.awaitChange(ctx, time.Duration(in.Wait)*time.Second, a, in.IfNoneMatch, readAgain)
	}
	if err != nil {
		return answer{}, err
	}
	return a.conditional(in.IfNoneMatch), nil
}

type currentInput struct {
	ExperimentQuery
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an earlier answer; 304 when nothing changed."`
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
	report, err := s.report(ctx, job, false, dayKey{})
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
	Status     string `query:"status" enum:"pending,running,completed,partial,failed,cancelled" doc:"Only jobs with this status."`
	Limit      int    `query:"limit" default:"50" minimum:"1" maximum:"1000" doc:"The largest number of jobs in one answer."`
	Next       string `query:"next" maxLength:"200" doc:"The next of the previous answer, for its next page."`
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
	list := api.JobList{Jobs: make([]api.JobReport, 0, len(jobs)), Next: next}
	for _, job := range jobs {
		report, err := s.report(ctx, job, false, dayKey{})
		if err != nil {
			return answer{}, err
		}
		list.Jobs = append(list.Jobs, report)
	}
	return jsonAnswer(http.StatusOK, list)
}

// report is reportJob, with what this process knows of the execution.
func (s *server) report(ctx context.Context, job sim.Job, details bool, after dayKey) (api.JobReport, error) {
	interrupted := false
	if s.Executing != nil && !job.Status.Terminal() && !s.Executing() {
		now, err := s.Store.Job(ctx, job.ID) // its process may have ended it since it was read
		if err != nil {
			return api.JobReport{}, err
		}
		job, interrupted = now, !now.Status.Terminal()
	}
	report, err := reportJob(ctx, s.Store, job, details, after)
	report.Interrupted = interrupted && err == nil
	return report, err
}

// fullReport is report, with the refused orders of a rescore that has ended.
func (s *server) fullReport(ctx context.Context, job sim.Job, details bool, after dayKey) (api.JobReport, error) {
	report, err := s.report(ctx, job, details, after)
	if err != nil || job.Settings.RescoreOf == "" || !report.Status.Terminal() {
		return report, err
	}
	for _, model := range report.Models { // the days of one book at a time: they come with their entries
		days, err := s.Store.Days(ctx, sim.DayFilter{Experiment: job.Experiment, Model: model, JobID: job.ID})
		if err != nil {
			return report, err
		}
		report.Refused = append(report.Refused, refusedOrders(model, days))
	}
	return report, nil
}

// refusedOrders counts the orders of a model's days, and those that were refused.
func refusedOrders(model string, days []sim.Day) api.Refused {
	r := api.Refused{Model: model}
	for _, d := range days {
		for _, side := range []sim.EntryKind{sim.EntryBuy, sim.EntrySell} {
			n := d.Session.ToolUsage[string(side)]
			r.Orders += n.Calls
			r.Refused += n.Errors
		}
	}
	return r
}
