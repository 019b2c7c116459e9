package simulate

import (
	"context"
	"encoding/json"
	"time"

	"aitrader/internal/aws/stepfn"
	"aitrader/internal/sim"
)

// This file is Lambda: it runs functions in environments, and lets their mishaps happen.

// invocation is a request to run a function.
type invocation struct {
	function, name string
	job            string // that it is about; "": none
	event          []byte
}

// result is how an invocation ends.
type result struct {
	payload []byte
	failed  failure
}

// invoke invokes a function and waits for its answer: for a limited time, and not always
// as long as it runs.
func (c *cloud) invoke(ctx context.Context, in invocation, limit time.Duration) ([]byte, failure) {
	if ctx.Err() != nil {
		return nil, stopped
	}
	d := c.w.child("invoke %s", in.name)
	what := c.mishap(in, d)
	if what == "refused" {
		return nil, "Lambda.TooManyRequestsException"
	}
	answers, wanted := make(chan result, 2), 1
	c.run(in, d, what, answers)
	if what == "doubled" {
		second := in
		second.name += " again"
		c.run(second, d.child("again"), "", answers)
		wanted += d.below(2, "the later answer")
	}
	given := failure("States.Timeout")
	if what == "deserted" {
		limit, given = d.between(0, 2*time.Minute, "patience"), "Lambda.SdkClientException"
	}
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, stopped
		case <-timeout.C:
			c.excuse(in, "is waited for no longer")
			return nil, given
		case a := <-answers:
			if wanted--; wanted == 0 {
				return a.payload, a.failed
			}
		}
	}
}

// mishap draws what happens to an invocation; "": nothing odd.
func (c *cloud) mishap(in invocation, d dice) (what string) {
	if c.w.calm.Load() || !d.chance(c.w.scenario.mishaps, "mishap") {
		return ""
	}
	what = pick(d, "what", "refused", "deserted", "deserted", "doubled", "doubled", "frozen", "frozen", "killed")
	c.excuse(in, "is "+what)
	if event, ok := in.modelDay(); ok && event.TakeOver && what == "doubled" {
		// Each of the two voids what the other holds, and the machine gives up.
		c.w.outside(in.name+" meets itself", func() { c.hit(in, 1) })
	}
	return what
}

// excuse records that something has happened to the job of an invocation.
func (c *cloud) excuse(in invocation, what string) {
	c.w.outside(in.name+" "+what, func() {
		c.w.mu.Lock()
		defer c.w.mu.Unlock()
		c.w.excuse(in.job)
	})
}

// run runs a function in an environment of its own, and sends how it ends.
func (c *cloud) run(in invocation, d dice, what string, answers chan<- result) {
	w := c.w
	var p *process
	w.outside("invoke "+in.name, func() {
		p = c.environment(in.function, d)
		p.serves = in
		w.note("%s runs %s %s", p.name, in.function, in.event)
	})
	if p == nil { // the world has ended
		answers <- result{failed: stopped}
		return
	}
	over := make(chan struct{})
	p.running.Go(func() { c.watch(p, in, d, what, over) })
	p.running.Go(func() {
		payload, failed := c.handle(p, in)
		close(over)
		a := result{failed: stopped}
		w.outside("answer of "+in.name, func() {
			w.mu.Lock()
			dead := p.dead
			p.serves = invocation{}
			w.mu.Unlock()
			a = result{payload, failed}
			if dead {
				a = result{failed: pick[failure](d, "death", "Lambda.Unknown", "Runtime.ExitError")}
				if p.timedOut {
					a.failed = "Sandbox.Timedout"
				}
			} else {
				c.idle[in.function] = append(c.idle[in.function], p)
			}
			w.note("%s of %s ends: %q", p.name, in.name, a.failed)
		})
		answers <- a
	})
}

// watch ends an invocation that takes too long, as Lambda does, and lets its mishap
// happen.
func (c *cloud) watch(p *process, in invocation, d dice, what string, over <-chan struct{}) {
	w := c.w
	limit := map[string]time.Duration{"modelday": modelDayLimit, "nextdate": nextDateLimit}[in.function]
	if limit == 0 {
		limit = httpLimit
	}
	if what == "frozen" || what == "killed" {
		early := limit / time.Duration(1+d.below(20, "how early"))
		select {
		case <-over:
			return
		case <-w.ended:
			return
		case <-time.After(d.between(0, early, what)):
		}
		w.outside(in.name+" is "+what+" now", func() {
			if what == "killed" {
				w.kill(p, in.job)
			} else {
				c.hit(p.serves, 2)
				w.mu.Lock()
				defer w.mu.Unlock()
				w.excuse(p.serves.job)
				p.frozen = w.now().Add(pick(d, "for", time.Minute, 20*time.Minute, 2*time.Hour) + d.between(0, time.Second, "thaw"))
			}
		})
		if what == "frozen" {
			return // its time stands still: it ends when it is resumed
		}
	}
	select {
	case <-over:
	case <-w.ended:
	case <-time.After(limit):
		w.outside(in.name+" takes too long", func() {
			select {
			case <-over:
			default:
				p.timedOut = true
				c.hit(in, 1) // besides the death
				w.kill(p, in.job)
			}
		})
	}
}

// hit counts a hardship of a model-day. A call makes it.
func (c *cloud) hit(in invocation, n int) {
	if event, ok := in.modelDay(); ok {
		c.hardships[event.ModelDayKey] += n
	}
}

// modelDay returns the event of an invocation of modelday; ok is false for another one.
func (in invocation) modelDay() (event stepfn.ModelDay, ok bool) {
	if in.function != "modelday" {
		return event, false
	}
	if err := json.Unmarshal(in.event, &event); err != nil {
		panic(err) // the machine must not send it
	}
	return event, true
}

// mayLose reports whether what a model-day went through explains that it is lost.
func (c *cloud) mayLose(key sim.ModelDayKey) bool {
	s := c.w.scenario
	storeFails := s.deaths > 0 || s.lost > 0 || s.unanswered > 0 || s.unread > 0
	return storeFails && c.w.faults[key.JobID] > 0 || c.hardships[key] >= 2
}

// environment returns an environment of a function: one that is idle, or a new one.
func (c *cloud) environment(function string, d dice) *process {
	idle := c.idle[function]
	for len(idle) > 0 && d.chance(0.7, "warm") {
		p := idle[len(idle)-1]
		idle = idle[:len(idle)-1]
		c.idle[function] = idle
		if !p.dead {
			return p
		}
	}
	p := c.w.newProcess(-1, function)
	if c.w.scenario.jumps {
		p.skew.Store(int64(d.between(0, 2*time.Second, "skew") - time.Second))
	}
	return p
}

// failureOf returns the type of an error, as the Lambda runtime reports it.
func failureOf(err error) failure {
	text, _ := json.Marshal(err) // an error that is no object has no type
	var reported struct {
		Type string `json:"errorType"`
	}
	if json.Unmarshal(text, &reported) != nil || reported.Type == "" {
		return "errorString"
	}
	return failure(reported.Type)
}
