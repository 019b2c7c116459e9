package simulate

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// recorder is the image with its checkers: each write is made by the specification,
// too, and the two must agree.
type recorder struct {
	*image
	w *world
}

// agree compares what the image did with what the protocol says.
func (r *recorder) agree(what, job string, err error, want sim.Kind) {
	if got := sim.KindOf(err); got != want {
		r.w.violated("%s of job %s ended with %q, and the protocol says %q", what, job, got, want)
	}
	r.w.spec.compare(what, job)
}

func (r *recorder) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	_, known := r.image.jobs[n.Job.ID]
	job, err := r.image.CreateJob(ctx, n)
	if err == nil && !known {
		r.w.made = append(r.w.made, job.ID)
		r.w.registered[n.Callback] = true
		r.w.effects[operationOf(ctx)] = job.ID
		r.w.checkPlan(n, r.w.asked[operationOf(ctx)])
	}
	r.agree("create", n.Job.ID, err, r.w.spec.createJob(n))
	return job, err
}

func (r *recorder) RequestCancel(ctx context.Context, id string, now time.Time) (sim.Job, error) {
	job, err := r.image.RequestCancel(ctx, id, now)
	if err == nil {
		r.w.effects[operationOf(ctx)] = id
		if r.w.cancelled[id].IsZero() {
			r.w.cancelled[id] = r.w.now()
		}
	}
	r.agree("cancel", id, err, r.w.spec.requestCancel(id))
	return job, err
}

func (r *recorder) Heartbeat(ctx context.Context, id string, now time.Time, warnings ...string) error {
	err := r.image.Heartbeat(ctx, id, now, warnings...)
	r.agree("heartbeat", id, err, r.w.spec.heartbeat(id))
	return err
}

func (r *recorder) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	if r.image.jobs[id].ClosedThrough < d {
		r.w.checkLost(id, d)
	}
	err := r.image.CloseDate(ctx, id, d, lost, now)
	r.agree("close", id, err, r.w.spec.closeDate(id, d))
	return err
}

func (r *recorder) FinishJob(ctx context.Context, id string, f sim.Finish) (sim.Job, error) {
	over := r.image.jobs[id].Status.Terminal()
	job, err := r.image.FinishJob(ctx, id, f)
	if err == nil && !over {
		r.w.finished(job)
	}
	r.agree("finish", id, err, r.w.spec.finish(id, f))
	return job, err
}

func (r *recorder) Claim(ctx context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	g, err := r.image.Claim(ctx, c)
	r.agree("claim", c.Key.JobID, err, r.w.spec.claim(c))
	if err == nil && g.Done == nil {
		r.w.checkGrant(g)
		r.w.doing.process.fence = g.Fence
	}
	if r.w.cloud != nil && c.Claimant.Exclusive != r.w.doing.process.takeOver {
		r.w.violated("%s is claimed exclusively: %v", nameOf(c.Key), c.Claimant.Exclusive)
	}
	return g, err
}

func (r *recorder) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	err := r.image.Commit(ctx, g, d, transcript)
	before := r.w.spec.book(g.Book).last()
	changed, want := r.w.spec.commit(g, d)
	r.agree("commit", g.Key.JobID, err, want)
	if changed && err == nil {
		r.w.checkDay(before, d)
	}
	return err
}

func (r *recorder) Fail(ctx context.Context, g sim.Grant, f sim.Failure, now time.Time) error {
	err := r.image.Fail(ctx, g, f, now)
	r.w.checkFailed(g.Key, f.Error)
	_, want := r.w.spec.end(g, sim.ModelDayFailed)
	r.agree("fail", g.Key.JobID, err, want)
	return err
}

func (r *recorder) AddCallback(ctx context.Context, id string, url sim.CallbackURL) error {
	err := r.image.AddCallback(ctx, id, url)
	if err == nil {
		r.w.registered[url] = true
	}
	r.agree("add callback", id, err, r.w.spec.addCallback(id, url))
	return err
}

func (r *recorder) DropCallback(ctx context.Context, c sim.Callback) error {
	err := r.image.DropCallback(ctx, c)
	r.w.checkDrop(c)
	delete(r.w.spec.waiting[c.JobID], c.URL)
	r.agree("drop callback", c.JobID, err, "")
	return err
}

func (r *recorder) Reserve(ctx context.Context, c sim.ModelCall, worst sim.TokenCost, limits sim.SpendingLimits) error {
	err := r.image.Reserve(ctx, c, worst, limits)
	r.agree("reserve", c.JobID, err, r.w.spec.reserve(c, worst, limits))
	return err
}

func (r *recorder) Settle(ctx context.Context, c sim.ModelCall, used sim.Usage, cost sim.TokenCost) error {
	err := r.image.Settle(ctx, c, used, cost)
	r.w.spec.settle(c, cost)
	r.agree("settle", c.JobID, err, "")
	return err
}

// operationOf returns the name of the operation that a write belongs to.
func operationOf(ctx context.Context) string {
	name, _ := ctx.Value(actorKey{}).(string) // "": of the process itself
	return name
}
