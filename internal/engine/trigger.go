package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"aitrader/internal/sim"
)

const (
	defaultConfig     = "default"
	defaultExperiment = "main"
	// idempotencyLife is how long a request is remembered under its key.
	idempotencyLife = 24 * time.Hour
	// maxPlans bounds how often a trigger plans again because the books moved
	// under it. They move only while a job runs, and then there is a conflict.
	maxPlans = 10
)

// Trigger plans a request and makes it a job, or finds that there is nothing to
// do or that it is done already. However many callers trigger at the same time,
// one job is made.
//
// Errors: kind conflict with the fields current_job_id and current_date_range
// when another job of the experiment is active, and what [sim.MakePlan] and the
// configuration return.
func (j *Jobs) Trigger(ctx context.Context, r sim.TriggerRequest) (sim.TriggerResult, error) {
	r, err := normalise(r)
	if err != nil {
		return sim.TriggerResult{}, err
	}
	if err := j.acceptCallback(ctx, r.CallbackURL); err != nil {
		return sim.TriggerResult{}, err
	}
	key := j.idempotency(r)
	if key.Key != "" && !r.DryRun {
		if job, ok, err := j.Store.JobByIdempotencyKey(ctx, key, j.Now()); err != nil || ok {
			return j.accepted(ctx, job, err)
		}
	}
	propose := j.propose
	if _, ok := againOf(r); ok {
		propose = j.proposeAgain
	}
	return j.create(ctx, r, key, func(ctx context.Context) (proposal, error) { return propose(ctx, r) })
}

// proposal is a job that could be created.
type proposal struct {
	job      sim.Job
	books    []sim.BookPlan
	current  bool
	lastDate sim.Date
}

// create makes the proposed job, unless an active one stands in the way. The
// proposal is made anew when the books have changed since.
func (j *Jobs) create(ctx context.Context, r sim.TriggerRequest, key sim.IdempotencyKey, propose func(context.Context) (proposal, error)) (sim.TriggerResult, error) {
	var lastErr error
	for range maxPlans {
		p, err := propose(ctx)
		if err != nil {
			return sim.TriggerResult{}, err
		}
		active, busy, err := j.Store.ActiveJob(ctx, p.job.Experiment)
		if err != nil {
			return sim.TriggerResult{}, err
		}
		switch {
		case r.DryRun && !p.current:
			return sim.TriggerResult{Outcome: sim.TriggerDryRun, Job: p.job, Warnings: p.job.Warnings}, nil
		case busy && !r.DryRun && (!p.current || active.RequestHash == p.job.RequestHash):
			result, err := j.besides(ctx, active, p, r)
			if sim.IsKind(err, sim.KindStale) {
				lastErr = err // it has ended
				continue
			}
			return result, err
		case p.current:
			return sim.TriggerResult{
				Outcome: sim.TriggerCurrent, Warnings: p.job.Warnings,
				LastDate: p.lastDate, NextDate: sim.NextTradingDay(p.lastDate),
			}, nil
		}
		var job sim.Job
		err = retry(ctx, func() error {
			job, err = j.Store.CreateJob(ctx, sim.NewJob{Job: p.job, Books: p.books, Idempotency: key, Callback: r.CallbackURL})
			return err
		})
		if err == nil {
			return j.accepted(ctx, job, nil)
		}
		if !sim.IsKind(err, sim.KindConflict) && !sim.IsKind(err, sim.KindStale) {
			return sim.TriggerResult{}, err
		}
		lastErr = err
	}
	return sim.TriggerResult{}, lastErr
}

// accepted starts a stored job. Should the start get lost, the job stays
// pending, and whoever looks at it next starts it.
func (j *Jobs) accepted(ctx context.Context, job sim.Job, err error) (sim.TriggerResult, error) {
	if err != nil {
		return sim.TriggerResult{}, err
	}
	if !job.Status.Terminal() {
		if err := j.Executor.Start(ctx, job); err != nil {
			j.log().Error("job is stored, but could not be started", "job_id", job.ID, "error", err)
		}
	}
	return sim.TriggerResult{Outcome: sim.TriggerAccepted, Job: job, Warnings: job.Warnings}, nil
}

// acceptCallback refuses an address that would not be told of the end of the job.
func (j *Jobs) acceptCallback(ctx context.Context, url sim.CallbackURL) error {
	if url == "" {
		return nil
	}
	if j.Notifier == nil {
		return sim.Errorf(sim.KindInvalid, "callback_url: nobody is told of the ends of jobs here")
	}
	if err := j.Notifier.Accept(ctx, url); err != nil {
		return sim.Errorf(sim.KindOf(err), "callback_url: %w", err)
	}
	return nil
}

// besides answers a request that meets an active job: the same one, when it
// makes no difference to the caller, or a conflict. The same one tells this
// caller of its end, too. Kind stale: it has ended meanwhile.
func (j *Jobs) besides(ctx context.Context, active sim.Job, p proposal, r sim.TriggerRequest) (sim.TriggerResult, error) {
	same := active.RequestHash == p.job.RequestHash || (!r.Replace && p.job.Plan.Within(active.Plan))
	active, err := j.Reconcile(ctx, active)
	if err != nil {
		return sim.TriggerResult{}, err
	}
	if same && r.CallbackURL != "" {
		if err := retry(ctx, func() error { return j.Store.AddCallback(ctx, active.ID, r.CallbackURL) }); err != nil {
			return sim.TriggerResult{}, err
		}
	}
	if same {
		return sim.TriggerResult{Outcome: sim.TriggerSame, Job: active}, nil
	}
	return sim.TriggerResult{}, sim.Errorf(sim.KindConflict, "job %s of experiment %s is active; wait for its end, cancel it, or use another experiment", active.ID, active.Experiment).
		With("current_job_id", active.ID).With("current_date_range", active.Plan.Dates)
}

// propose turns a request into the job that it asks for.
func (j *Jobs) propose(ctx context.Context, r sim.TriggerRequest) (proposal, error) {
	config, err := j.Configs.Open(ctx, r.Config)
	if err != nil {
		return proposal{}, err
	}
	settings, err := settingsFor(config, r)
	if err != nil {
		return proposal{}, err
	}
	market, err := j.Prices.MarketData(ctx)
	if err != nil {
		return proposal{}, err
	}
	signatures := make([]string, len(settings.Models))
	for i, m := range settings.Models {
		signatures[i] = m.Signature
	}
	heads, err := j.heads(ctx, r.Experiment, signatures)
	if err != nil {
		return proposal{}, err
	}
	in := sim.PlanInput{
		Start: r.Start, End: r.End, Models: signatures, Replace: r.Replace, InitDate: config.InitDate(),
		Today: sim.Today(j.Now()), LastClose: lastCloses(heads), Limits: j.Limits,
		WithBars: datesWithBars(market, settings),
	}
	market, warnings, err := j.fetchMissing(ctx, settings, in, market)
	if err != nil {
		return proposal{}, err
	}
	in.WithBars = datesWithBars(market, settings)
	result, err := sim.MakePlan(in)
	if err != nil {
		return proposal{}, withReasons(err, warnings)
	}
	now := j.Now() // fetching may have taken its time
	p := proposal{current: result.Current, lastDate: earliest(heads)}
	p.job = sim.Job{
		ID: j.NewID(), Experiment: r.Experiment, Status: sim.JobPending, Plan: result.Plan, Settings: settings,
		RequestHash: requestHash(r), Warnings: append(result.Warnings, warnings...), CreatedAt: now, UpdatedAt: now,
	}
	p.books, p.job.Superseded, err = j.books(ctx, result.Plan, heads)
	return p, err
}

// settingsFor returns what a job of a configuration runs with.
func settingsFor(config Configuration, r sim.TriggerRequest) (sim.Settings, error) {
	settings, err := config.Settings(r.Models)
	if err != nil {
		return sim.Settings{}, err
	}
	if r.Budget > 0 {
		settings.Budget = r.Budget
	}
	if err := settings.CheckBudget(); err != nil {
		return sim.Settings{}, sim.Errorf(sim.KindInvalid, "budget_usd: %w", err)
	}
	return settings.WithReplicas(r.Replicas), nil
}

// datesWithBars returns the dates that have bars, for a job's settings.
func datesWithBars(market *sim.MarketData, s sim.Settings) []sim.Date {
	return market.DatesWithBars(market.Universe(s.Universe, s.Benchmark))
}

func (j *Jobs) heads(ctx context.Context, experiment string, signatures []string) (map[string]sim.Head, error) {
	keys := make([]sim.BookKey, len(signatures))
	for i, s := range signatures {
		keys[i] = sim.BookKey{Experiment: experiment, Model: s}
	}
	list, err := j.Store.Heads(ctx, keys)
	if err != nil {
		return nil, err
	}
	heads := make(map[string]sim.Head, len(list))
	for _, h := range list {
		heads[h.Book.Model] = h
	}
	return heads, nil
}

// books says what the plan does to each of its books: a span that begins at or
// before the last close rewinds it.
func (j *Jobs) books(ctx context.Context, plan sim.Plan, heads map[string]sim.Head) ([]sim.BookPlan, []sim.SupersededDay, error) {
	var books []sim.BookPlan
	var superseded []sim.SupersededDay
	for _, span := range plan.Models {
		b := sim.BookPlan{Head: heads[span.Model]}
		if span.From <= b.Head.Last.Date {
			days, err := j.Store.Days(ctx, sim.DayFilter{Experiment: b.Head.Book.Experiment, Model: span.Model, BooksOnly: true})
			if err != nil {
				return nil, nil, err
			}
			b.RewindFrom = span.From
			for _, d := range days {
				if d.Ref.Date < span.From {
					b.RewindLast = d.Ref
				} else {
					superseded = append(superseded, sim.SupersededDay{Model: span.Model, Date: d.Ref.Date, JobID: d.JobID})
				}
			}
		}
		books = append(books, b)
	}
	return books, superseded, nil
}

func lastCloses(heads map[string]sim.Head) map[string]sim.Date {
	out := make(map[string]sim.Date, len(heads))
	for model, h := range heads {
		out[model] = h.Last.Date
	}
	return out
}

// earliest returns the last date up to which all books are closed.
func earliest(heads map[string]sim.Head) sim.Date {
	var first sim.Date
	for _, h := range heads {
		if first.IsZero() || h.Last.Date < first {
			first = h.Last.Date
		}
	}
	return first
}

// normalise fills the defaults in and refuses what is not a request.
func normalise(r sim.TriggerRequest) (sim.TriggerRequest, error) {
	if a, ok := againOf(r); ok {
		if err := a.check(r); err != nil {
			return r, err
		}
		r.Experiment = cmp.Or(r.Experiment, a.experiment())
	} else if r.Costs != nil {
		return r, sim.Errorf(sim.KindInvalid, "costs are for rescore_of; those of a new job stand in its configuration")
	}
	if r.Config == "" {
		r.Config = defaultConfig
	}
	if r.Experiment == "" {
		r.Experiment = defaultExperiment
	}
	if !validExperiment(r.Experiment) {
		return r, sim.Errorf(sim.KindInvalid, "experiment %q: 1 to 40 of a-z, 0-9 and - are allowed", r.Experiment)
	}
	if len(r.IdempotencyKey) > 255 {
		return r, sim.Errorf(sim.KindInvalid, "Idempotency-Key: %d characters, and at most 255 are allowed", len(r.IdempotencyKey))
	}
	seen := map[string]bool{}
	for _, m := range r.Models {
		if seen[m] {
			return r, sim.Errorf(sim.KindInvalid, "models: %q is named twice", m)
		}
		seen[m] = true
	}
	return r, nil
}

func validExperiment(s string) bool {
	allowed := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' }
	return s != "" && len(s) <= 40 && strings.IndexFunc(s, func(c rune) bool { return !allowed(c) }) < 0
}

// requestHash identifies what a request asks for; the order of its models and who
// is told of the end do not matter.
func requestHash(r sim.TriggerRequest) string {
	r.Models, r.CallbackURL = slices.Sorted(slices.Values(r.Models)), ""
	return hash(r)
}

// bodyHash identifies the whole body of a request.
func bodyHash(r sim.TriggerRequest) string {
	if r.CallbackURL == "" {
		return requestHash(r)
	}
	return hash([]string{requestHash(r), string(r.CallbackURL)})
}

func (j *Jobs) idempotency(r sim.TriggerRequest) sim.IdempotencyKey {
	if r.IdempotencyKey == "" {
		return sim.IdempotencyKey{}
	}
	return sim.IdempotencyKey{
		Key: hash([]string{r.Caller, r.IdempotencyKey}), Request: bodyHash(r), Expires: j.Now().Add(idempotencyLife),
	}
}

// hash returns the SHA-256 of a value's JSON, in hexadecimal.
func hash(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("engine: cannot hash %T: %v", v, err)) // plain data only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
