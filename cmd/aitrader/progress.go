package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
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
	path := "/simulate/status/" + url.PathEscape(jobID)
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
	if f, ok := p.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bar{out: f}
	}
	return &lines{out: p.stderr, now: p.now, started: p.now()}
}

// bar is a progress bar: model-days done, the current date, the time left.
type bar struct {
	out     io.Writer
	group   *mpb.Progress
	bar     *mpb.Bar
	current sim.Date
}

func (b *bar) update(job jobStatus) {
	if job.Progress.Current != nil {
		b.current = job.Progress.Current.Date
	}
	if b.bar == nil {
		b.group = mpb.New(mpb.WithOutput(b.out), mpb.WithWidth(48))
		b.bar = b.group.AddBar(int64(job.Progress.Total),
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return b.current.String() + " " })),
			mpb.AppendDecorators(
				decor.CountersNoUnit(" %d/%d model-days"),
				decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 8}), ""),
			))
	}
	b.bar.SetCurrent(int64(job.done()))
	if job.over() && !b.bar.Completed() {
		b.bar.Abort(false)
	}
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
	out     io.Writer
	now     func() time.Time
	started time.Time
	last    sim.Date
}

func (l *lines) update(job jobStatus) {
	current := job.Progress.Current
	if current == nil || current.Date == l.last {
		return
	}
	l.last = current.Date
	fmt.Fprintf(l.out, "%s: %d of %d model-days done, %s left\n", current.Date, job.done(), job.Progress.Total, l.left(job))
}

// left estimates the time that is left from the pace so far.
func (l *lines) left(job jobStatus) string {
	done, total := job.done(), job.Progress.Total
	if done == 0 {
		return "unknown time"
	}
	perDay := l.now().Sub(l.started) / time.Duration(done)
	return (perDay * time.Duration(total-done)).Round(time.Second).String()
}

func (l *lines) close() {}
