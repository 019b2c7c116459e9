package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"

	"aitrader/internal/api"
)

// job asks for a job with all of its details, which come in pages.
func (c *client) job(ctx context.Context, id string) (job api.JobReport, err error) {
	if err := c.get(ctx, api.StatusPath(id), nil, &job); err != nil {
		return job, err
	}
	for next := job.DetailsNext; next != ""; {
		var page api.JobReport
		if err := c.get(ctx, api.StatusPath(id), url.Values{"details_next": {next}}, &page); err != nil {
			return job, err
		}
		job.Progress.Details = append(job.Progress.Details, page.Progress.Details...)
		next = page.DetailsNext
	}
	return job, nil
}

type statusCmd struct {
	Job        string `arg:"" optional:"" help:"Id of the job. Default: the newest job."`
	Experiment string `help:"Experiment of the newest job." default:""`
}

// Run prints a job and what failed in it.
func (c statusCmd) Run(ctx context.Context, p *program) (err error) {
	from, err := p.reading(ctx)
	if err != nil {
		return err
	}
	defer closing(from, &err)
	path, parameters := "/simulate/current", query("experiment", c.Experiment)
	if c.Job != "" {
		path, parameters = api.StatusPath(c.Job), nil
	}
	if p.flags.JSON {
		var raw json.RawMessage
		if err := from.client.get(ctx, path, parameters, &raw); err != nil {
			return err
		}
		return p.printAnswer(raw)
	}
	id := c.Job
	if id == "" { // the newest job comes without details
		var newest api.JobReport
		if err := from.client.get(ctx, path, parameters, &newest); err != nil {
			return err
		}
		id = newest.JobID
	}
	job, err := from.client.job(ctx, id)
	if err != nil {
		return err
	}
	note := ""
	if job.Interrupted {
		note = " (interrupted: no process executes it; `aitrader up`, or the same run again, continues)"
	}
	return p.table(func(w io.Writer) { printStatus(w, job, note) })
}

// printStatus prints a job, with a note after its status.
func printStatus(w io.Writer, job api.JobReport, note string) {
	n := job.Progress
	fmt.Fprintf(w, "Job\t%s\n", job.JobID)
	fmt.Fprintf(w, "Status\t%s%s\n", job.Status, note)
	fmt.Fprintf(w, "Experiment\t%s\n", job.Experiment)
	if dates := job.DateRange; len(dates) > 0 {
		fmt.Fprintf(w, "Dates\t%s to %s, %d trading days\n", dates[0], dates[len(dates)-1], len(dates))
	}
	fmt.Fprintf(w, "Models\t%d\n", len(job.Models))
	fmt.Fprintf(w, "Model-days\t%d: %d completed, %d failed, %d running, %d pending, %d skipped\n",
		n.Total, n.Completed, n.Failed, n.Running, n.Pending, n.Skipped)
	if n.Broken > 0 {
		fmt.Fprintf(w, "Broken\t%d of the completed ended with broken answers\n", n.Broken)
	}
	if job.Error != nil {
		fmt.Fprintf(w, "Error\t%s\n", *job.Error)
	}
	for _, warning := range job.Warnings {
		fmt.Fprintf(w, "Warning\t%s\n", warning)
	}
	for _, f := range failures(job) {
		fmt.Fprintf(w, "%s\t%s %s: %s\n", f.When, f.Model, f.Status, f.Error)
	}
}
