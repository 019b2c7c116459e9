package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"aitrader/internal/sim"
)

type runCmd struct {
	Start      string   `help:"First date; without it each model goes on after its own last close." placeholder:"D"`
	End        string   `help:"Last date; without it the configuration's end_date, or the last date with prices." placeholder:"D"`
	Models     []string `help:"Signatures to run; without it all enabled models." placeholder:"a,b"`
	Experiment string   `help:"Experiment; without it main, and for a repetition one that is named after the job." placeholder:"E"`
	Replicas   int      `help:"Books of each model, side by side, as NAME, NAME~2 and so on." placeholder:"N"`
	ReplayOf   string   `name:"replay" help:"Repeat a job from its transcripts, without keys and costs, into an experiment of its own." placeholder:"JOB"`
	Replace    bool     `help:"Run closed dates again; later days are superseded and stay readable by job."`
	DryRun     bool     `help:"Show what would run, and create nothing."`
}

// accepted is the part of a trigger's answer that this program looks at.
type accepted struct {
	JobID    string     `json:"job_id"`
	Status   string     `json:"status"`
	Message  string     `json:"message"`
	Dates    []sim.Date `json:"date_range"`
	Models   []string   `json:"models"`
	Total    int        `json:"total_model_days"`
	Warnings []string   `json:"warnings"`
}

// Run triggers a job, executes it and shows its progress.
func (c runCmd) Run(ctx context.Context, p *program) (err error) {
	by, err := p.service(ctx)
	if err != nil {
		return err
	}
	defer closing(by, &err)
	body, err := c.body(ctx, by)
	if err != nil {
		return err
	}
	return p.trigger(ctx, by, body, c.DryRun)
}

// trigger makes a job of a request, executes it and shows its progress.
func (p *program) trigger(ctx context.Context, by *service, body string, dryRun bool) error {
	var raw json.RawMessage
	if err := by.api.post(ctx, "/simulate/trigger", body, &raw); err != nil {
		return err
	}
	var answer accepted
	if err := json.Unmarshal(raw, &answer); err != nil {
		return err
	}
	if dryRun || answer.JobID == "" {
		return p.printTrigger(raw, answer)
	}
	p.say("job %s: %d model-days, %d models, %d trading days", answer.JobID, answer.Total, len(answer.Models), len(answer.Dates))
	for _, w := range answer.Warnings {
		p.say("warning: %s", w)
	}
	return p.finish(ctx, by, answer.JobID)
}

// body is the trigger's request.
func (c runCmd) body(ctx context.Context, by *service) (string, error) {
	request := map[string]any{"dry_run": c.DryRun, "replace_existing": c.Replace}
	if c.Experiment != "" {
		request["experiment"] = c.Experiment
	}
	if c.Replicas != 0 {
		request["replicas"] = c.Replicas
	}
	if c.ReplayOf != "" {
		request["replay_of"] = c.ReplayOf
	}
	if c.End == "" && by.home != nil && c.ReplayOf == "" {
		end, err := by.home.DefaultEnd(ctx)
		if err != nil {
			return "", err
		}
		if !end.IsZero() && c.Start <= end.String() {
			c.End = end.String()
		}
	}
	if c.Start != "" {
		request["start_date"] = c.Start
	}
	if c.End != "" {
		request["end_date"] = c.End
	}
	if len(c.Models) > 0 {
		request["models"] = c.Models
	}
	text, err := json.Marshal(request)
	return string(text), err
}

// printTrigger prints an answer that made no job.
func (p *program) printTrigger(raw json.RawMessage, answer accepted) error {
	if p.flags.JSON {
		return p.printAnswer(raw)
	}
	fmt.Fprintln(p.stdout, answer.Message)
	if len(answer.Dates) > 0 {
		fmt.Fprintf(p.stdout, "%d model-days: %s on %d trading days, %s to %s\n", answer.Total, strings.Join(answer.Models, ", "),
			len(answer.Dates), answer.Dates[0], answer.Dates[len(answer.Dates)-1])
	}
	for _, w := range answer.Warnings {
		fmt.Fprintf(p.stdout, "warning: %s\n", w)
	}
	return nil
}

// finish waits until the job ends, prints how, and returns the exit code as an
// error. A job of the home is executed here meanwhile.
func (p *program) finish(ctx context.Context, by *service, jobID string) error {
	executing, stop := context.WithCancel(ctx)
	executed := make(chan struct{})
	go func() {
		defer close(executed)
		if by.home != nil {
			by.home.Execute(executing)
		}
	}()
	job, err := p.follow(ctx, by.api, jobID)
	stop()
	<-executed
	if err != nil {
		if ctx.Err() != nil && by.home == nil {
			p.say("not watching any more; the service goes on with job %s", jobID)
			return exitCode(exitFailed)
		}
		if ctx.Err() != nil {
			p.say("stopped; %d of %d model-days are done and stay. The same command, or `aitrader up`, goes on.", job.done(), job.Progress.Total)
			return exitCode(exitFailed)
		}
		return err
	}
	return p.printEnd(ctx, by.api, job)
}

// printEnd prints an ended job and chooses the exit code.
func (p *program) printEnd(ctx context.Context, api *client, job jobStatus) error {
	if p.flags.JSON {
		var raw json.RawMessage
		if err := api.get(ctx, statusPath(job.JobID), nil, &raw); err != nil {
			return err
		}
		if err := p.printAnswer(raw); err != nil {
			return err
		}
	} else {
		whole, err := api.job(ctx, job.JobID)
		if err != nil {
			return err
		}
		p.printJob(whole)
	}
	switch sim.JobStatus(job.Status) {
	case sim.JobCompleted:
		return nil
	case sim.JobPartial:
		return exitCode(exitPartial)
	default:
		return exitCode(exitFailed)
	}
}

// printJob prints how a job ended, and each model-day that went wrong.
func (p *program) printJob(job jobStatus) {
	n := job.Progress
	fmt.Fprintf(p.stdout, "%s: %d of %d model-days completed, %d failed, %d skipped\n", job.Status, n.Completed, n.Total, n.Failed, n.Skipped)
	if job.Error != "" {
		fmt.Fprintf(p.stdout, "error: %s\n", job.Error)
	}
	for _, d := range job.failures() {
		fmt.Fprintf(p.stdout, "%s %s %s: %s\n", d.Date, d.Model, d.Status, d.Error)
	}
}

// say prints a line for a person beside the output.
func (p *program) say(format string, args ...any) { fmt.Fprintf(p.stderr, format+"\n", args...) }
