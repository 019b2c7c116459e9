package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

type runCmd struct {
	Start      string   `help:"First date. Default: each model resumes after its own last close." placeholder:"D"`
	End        string   `help:"Last date. Default: the configuration's end_date, or the last date with prices." placeholder:"D"`
	Models     []string `help:"Signatures to run. Default: all enabled models." placeholder:"a,b"`
	Experiment string   `help:"Experiment. Default: main, or for a replay one named after the job." placeholder:"E"`
	Replicas   int      `help:"Number of books per model, side by side, as NAME, NAME~2 and so on." placeholder:"N"`
	ReplayOf   string   `name:"replay" help:"Replay a job from its transcripts in a new experiment, without keys or cost." placeholder:"JOB"`
	Replace    bool     `help:"Run closed dates again. Later days are superseded and stay readable by job."`
	DryRun     bool     `help:"Show what would run, and create nothing."`
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

// trigger creates a job, executes it and shows its progress.
func (p *program) trigger(ctx context.Context, by *service, body string, dryRun bool) error {
	var raw json.RawMessage
	if err := by.client.post(ctx, "/simulate/trigger", body, &raw); err != nil {
		return err
	}
	var answer api.AcceptedJob // the other answers have some of its members
	if err := json.Unmarshal(raw, &answer); err != nil {
		return err
	}
	if dryRun || answer.JobID == "" {
		return p.printTrigger(raw, answer)
	}
	p.ran = answer.JobID
	p.say("job %s: %d model-days, %d models, %d trading days", answer.JobID, answer.TotalModelDays, len(answer.Models), len(answer.DateRange))
	for _, w := range answer.Warnings {
		p.say("warning: %s", w)
	}
	return p.finish(ctx, by, answer.JobID)
}

// body is the body of the trigger.
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

// printTrigger prints an answer without a job.
func (p *program) printTrigger(raw json.RawMessage, answer api.AcceptedJob) error {
	if p.flags.JSON {
		return p.printAnswer(raw)
	}
	fmt.Fprintln(p.stdout, answer.Message)
	if dates := answer.DateRange; len(dates) > 0 {
		fmt.Fprintf(p.stdout, "%d model-days: %s on %d trading days, %s to %s\n",
			answer.TotalModelDays, strings.Join(answer.Models, ", "), len(dates), dates[0], dates[len(dates)-1])
	}
	for _, w := range answer.Warnings {
		fmt.Fprintf(p.stdout, "warning: %s\n", w)
	}
	return nil
}

// finish waits for the end of a job, prints it, and returns the exit code as an
// error. A job of the local store is executed here meanwhile.
func (p *program) finish(ctx context.Context, by *service, jobID string) error {
	executing, stop := context.WithCancel(ctx)
	executed := make(chan struct{})
	go func() {
		defer close(executed)
		if by.home != nil {
			by.home.Execute(executing)
		}
	}()
	job, err := p.follow(ctx, by.client, jobID)
	stop()
	<-executed
	if err != nil {
		if ctx.Err() != nil && by.home == nil {
			p.say("no longer watching; the service continues job %s", jobID)
			return exitCode(exitInterrupted)
		}
		if ctx.Err() != nil {
			return p.interrupted(ctx, by.client, jobID)
		}
		return err
	}
	return p.printEnd(ctx, by.client, job)
}

// interrupted says what is done of a job, once its execution has stopped.
func (p *program) interrupted(ctx context.Context, c *client, jobID string) error {
	var job api.JobReport
	if err := c.get(context.WithoutCancel(ctx), api.StatusPath(jobID), query("details", "false"), &job); err != nil {
		return err
	}
	p.say("stopped; %d of %d model-days are done and kept. The same command, or `aitrader up`, continues.",
		job.Progress.Ended(), job.Progress.Total)
	return exitCode(exitInterrupted)
}

// printEnd prints an ended job and chooses the exit code.
func (p *program) printEnd(ctx context.Context, c *client, job api.JobReport) error {
	if p.flags.JSON {
		var raw json.RawMessage
		if err := c.get(ctx, api.StatusPath(job.JobID), nil, &raw); err != nil {
			return err
		}
		if err := p.printAnswer(raw); err != nil {
			return err
		}
	} else {
		whole, err := c.job(ctx, job.JobID)
		if err != nil {
			return err
		}
		p.printJob(whole)
	}
	switch job.Status {
	case sim.JobCompleted:
		return nil
	case sim.JobPartial:
		return exitCode(exitPartial)
	default:
		return exitCode(exitFailed)
	}
}

// printJob prints how a job ended, and each model-day that failed or was skipped.
func (p *program) printJob(job api.JobReport) {
	n := job.Progress
	fmt.Fprintf(p.stdout, "%s: %d of %d model-days completed, %d failed, %d skipped\n",
		job.Status, n.Completed, n.Total, n.Failed, n.Skipped)
	if n.Broken > 0 {
		fmt.Fprintf(p.stdout, "%d of the completed model-days ended with broken answers, which are no decisions\n", n.Broken)
	}
	if job.Error != nil {
		fmt.Fprintf(p.stdout, "error: %s\n", *job.Error)
	}
	for _, f := range failures(job) {
		fmt.Fprintf(p.stdout, "%s %s %s: %s\n", f.When, f.Model, f.Status, f.Error)
	}
}

// say prints a line for a person to the error output.
func (p *program) say(format string, args ...any) { fmt.Fprintf(p.stderr, format+"\n", args...) }
