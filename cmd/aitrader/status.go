package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"

	"aitrader/internal/sim"
)

// jobStatus is the part of a status answer that this program looks at.
type jobStatus struct {
	JobID      string     `json:"job_id"`
	Status     string     `json:"status"`
	Experiment string     `json:"experiment"`
	DateRange  []sim.Date `json:"date_range"`
	Models     []string   `json:"models"`
	Error      string     `json:"error"`
	StopReason string     `json:"stop_reason"`
	Warnings   []string   `json:"warnings"`
	Progress   struct {
		sim.Progress
		Current *struct {
			Date  sim.Date `json:"date"`
			Model string   `json:"model"`
		} `json:"current"`
		Details []detail `json:"details"`
	} `json:"progress"`
	DetailsNext string `json:"details_next"`
}

type detail struct {
	Date   sim.Date `json:"date"`
	Model  string   `json:"model"`
	Status string   `json:"status"`
	Error  string   `json:"error"`
}

// over reports whether the job has ended.
func (j jobStatus) over() bool { return sim.JobStatus(j.Status).Terminal() }

// done returns how many of the job's model-days are over.
func (j jobStatus) done() int {
	p := j.Progress
	return p.Completed + p.Failed + p.Skipped
}

// failures returns the model-days that went wrong.
func (j jobStatus) failures() []detail {
	return slices.DeleteFunc(slices.Clone(j.Progress.Details), func(d detail) bool { return d.Error == "" })
}

// job asks for a job with all of its details, which come in pages.
func (c *client) job(ctx context.Context, id string) (job jobStatus, err error) {
	if err := c.get(ctx, statusPath(id), nil, &job); err != nil {
		return job, err
	}
	for next := job.DetailsNext; next != ""; {
		var page jobStatus
		if err := c.get(ctx, statusPath(id), url.Values{"details_next": {next}}, &page); err != nil {
			return job, err
		}
		job.Progress.Details = append(job.Progress.Details, page.Progress.Details...)
		next = page.DetailsNext
	}
	return job, nil
}

func statusPath(id string) string { return "/simulate/status/" + url.PathEscape(id) }

type statusCmd struct {
	Job        string `arg:"" optional:"" help:"Job id; without it the newest job."`
	Experiment string `help:"Experiment of the newest job." default:""`
}

// Run prints a job and what went wrong in it.
func (c statusCmd) Run(ctx context.Context, p *program) (err error) {
	from, err := p.reading(ctx)
	if err != nil {
		return err
	}
	defer closing(from, &err)
	path, parameters := "/simulate/current", query("experiment", c.Experiment)
	if c.Job != "" {
		path, parameters = statusPath(c.Job), nil
	}
	if p.flags.JSON {
		var raw json.RawMessage
		if err := from.api.get(ctx, path, parameters, &raw); err != nil {
			return err
		}
		return p.printAnswer(raw)
	}
	id := c.Job
	if id == "" { // the newest job comes without details
		var newest jobStatus
		if err := from.api.get(ctx, path, parameters, &newest); err != nil {
			return err
		}
		id = newest.JobID
	}
	job, err := from.api.job(ctx, id)
	if err != nil {
		return err
	}
	return p.table(func(w io.Writer) { printStatus(w, job) })
}

func printStatus(w io.Writer, j jobStatus) {
	n := j.Progress
	fmt.Fprintf(w, "Job\t%s\n", j.JobID)
	fmt.Fprintf(w, "Status\t%s\n", j.Status)
	fmt.Fprintf(w, "Experiment\t%s\n", j.Experiment)
	if len(j.DateRange) > 0 {
		fmt.Fprintf(w, "Dates\t%s to %s, %d trading days\n", j.DateRange[0], j.DateRange[len(j.DateRange)-1], len(j.DateRange))
	}
	fmt.Fprintf(w, "Models\t%d\n", len(j.Models))
	fmt.Fprintf(w, "Model-days\t%d: %d completed, %d failed, %d running, %d pending, %d skipped\n",
		n.Total, n.Completed, n.Failed, n.Running, n.Pending, n.Skipped)
	if j.Error != "" {
		fmt.Fprintf(w, "Error\t%s\n", j.Error)
	}
	for _, warning := range j.Warnings {
		fmt.Fprintf(w, "Warning\t%s\n", warning)
	}
	for _, d := range j.failures() {
		fmt.Fprintf(w, "%s\t%s %s: %s\n", d.Date, d.Model, d.Status, d.Error)
	}
}
