package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// follow waits for the end of a job and shows its progress: a bar on a terminal, and
// a line per date elsewhere.
func (p *program) follow(ctx context.Context, c *client, jobID string) (api.JobReport, error) {
	show := p.progress()
	defer show.close()
	path := api.StatusPath(jobID)
	query := url.Values{"details": {"false"}}
	var job api.JobReport
	for {
		var read api.JobReport
		if err := c.get(ctx, path, query, &read); err != nil {
			return job, err
		}
		job = read
		show.update(job)
		if job.Status.Terminal() {
			return job, nil
		}
		query.Set("wait", "1")
	}
}

// display shows how far a job is.
type display interface {
	update(job api.JobReport)
	close()
}

func (p *program) progress() display {
	pace := pace{now: p.now}
	if f, ok := p.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bar{out: f, pace: pace}
	}
	return &lines{out: p.stderr, pace: pace}
}

// pace estimates the time that is left. It counts from the first update: what a
// resumed job did before says nothing about its speed.
type pace struct {
	now     func() time.Time
	started time.Time
	before  int
}

func (p *pace) left(job api.JobReport) string {
	done := job.Progress.Ended()
	if p.started.IsZero() {
		p.started, p.before = p.now(), done
	}
	if done == p.before {
		return "unknown time"
	}
	each := p.now().Sub(p.started) / time.Duration(done-p.before)
	return (each * time.Duration(job.Progress.Total-done)).Round(time.Second).String()
}

// bar is a progress bar: the current date, the model-days done, the time left.
type bar struct {
	out   io.Writer
	pace  pace
	group *mpb.Progress
	bar   *mpb.Bar

	// The bar is drawn from these by a goroutine of its own.
	current, left atomic.Value
}

func (b *bar) update(job api.JobReport) {
	if job.Progress.Current != nil {
		b.current.Store(job.Progress.Current.Date.String())
	}
	b.left.Store(b.pace.left(job) + " left")
	if b.bar == nil {
		b.group = mpb.New(mpb.WithOutput(b.out), mpb.WithWidth(48))
		b.bar = b.group.AddBar(int64(job.Progress.Total),
			mpb.PrependDecorators(drawn(&b.current)),
			mpb.AppendDecorators(decor.CountersNoUnit(" %d/%d model-days"), decor.OnComplete(drawn(&b.left), "")))
	}
	b.bar.SetCurrent(int64(job.Progress.Ended()))
}

// drawn shows a text that changes, with spaces around it.
func drawn(text *atomic.Value) decor.Decorator {
	return decor.Any(func(decor.Statistics) string {
		shown, _ := text.Load().(string) // "" before the first update
		return " " + shown + " "
	})
}

func (b *bar) close() {
	if b.bar == nil {
		return
	}
	if !b.bar.Completed() {
		b.bar.Abort(false)
	}
	b.group.Wait()
}

// lines prints a line whenever the date has changed.
type lines struct {
	out  io.Writer
	pace pace
	last sim.Date
}

func (l *lines) update(job api.JobReport) {
	left := l.pace.left(job)
	current := job.Progress.Current
	if current == nil || current.Date == l.last {
		return
	}
	l.last = current.Date
	fmt.Fprintf(l.out, "%s: %d of %d model-days done, %s left\n", current.Date, job.Progress.Ended(), job.Progress.Total, left)
}

func (l *lines) close() {}
