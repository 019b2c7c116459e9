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

	"aitrader/internal/sim"
)

// follow waits for the end of a job and shows its progress: a bar on a terminal,
// a line per date elsewhere.
func (p *program) follow(ctx context.Context, api *client, jobID string) (jobStatus, error) {
	show := p.progress()
	defer show.close()
	path := statusPath(jobID)
	query := url.Values{"details": {"false"}}
	var job jobStatus
	for {
		var now jobStatus
		if err := api.get(ctx, path, query, &now); err != nil {
			return job, err
		}
		job = now
		show.update(job)
		if job.over() {
			return job, nil
		}
		query.Set("wait", "1")
	}
}

// display shows how far a job is.
type display interface {
	update(job jobStatus)
	close()
}

func (p *program) progress() display {
	pace := pace{now: p.now}
	if f, ok := p.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bar{out: f, pace: pace}
	}
	return &lines{out: p.stderr, pace: pace}
}

// pace estimates the time that is left. It counts from what was done when it
// was first asked: a job that goes on was not done in no time.
type pace struct {
	now     func() time.Time
	started time.Time
	before  int
}

func (p *pace) left(job jobStatus) string {
	done := job.done()
	if p.started.IsZero() {
		p.started, p.before = p.now(), done
	}
	if done == p.before {
		return "unknown time"
	}
	each := p.now().Sub(p.started) / time.Duration(done-p.before)
	return (each * time.Duration(job.Progress.Total-done)).Round(time.Second).String()
}

// bar is a progress bar: model-days done, the current date, the time left.
type bar struct {
	out   io.Writer
	pace  pace
	group *mpb.Progress
	bar   *mpb.Bar

	// The bar is drawn by a goroutine of its own, from these.
	current, left atomic.Value
}

func (b *bar) update(job jobStatus) {
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
	b.bar.SetCurrent(int64(job.done()))
}

// drawn draws a text that changes, with spaces around it.
func drawn(text *atomic.Value) decor.Decorator {
	return decor.Any(func(decor.Statistics) string {
		now, _ := text.Load().(string) // none so far
		return " " + now + " "
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

func (l *lines) update(job jobStatus) {
	left := l.pace.left(job)
	current := job.Progress.Current
	if current == nil || current.Date == l.last {
		return
	}
	l.last = current.Date
	fmt.Fprintf(l.out, "%s: %d of %d model-days done, %s left\n", current.Date, job.done(), job.Progress.Total, left)
}

func (l *lines) close() {}
