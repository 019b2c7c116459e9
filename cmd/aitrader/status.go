package main

import (
	"context"
	"fmt"
	"io"
	"net/url"

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

type statusCmd struct {
	Job        string `arg:"" optional:"" help:"Job id; without it the newest job."`
	Experiment string `help:"Experiment of the newest job." default:""`
}

// Run prints a job and what went wrong in it.
func (c statusCmd) Run(ctx context.Context, p *program) error {
	if c.Job == "" {
		return show(ctx, p, "/simulate/current", query("experiment", c.Experiment), printStatus)
	}
	return show(ctx, p, "/simulate/status/"+url.PathEscape(c.Job), nil, printStatus)
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
	for _, d := range n.Details {
		if d.Error != "" {
			fmt.Fprintf(w, "%s\t%s %s: %s\n", d.Date, d.Model, d.Status, d.Error)
		}
	}
}
