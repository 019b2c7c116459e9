package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"aitrader/internal/aws/stepfn"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// cloud is what Lambda, Step Functions and EventBridge do in a world. It survives all
// processes. Its functions are those of the product; a process is one environment of a
// function.
type cloud struct {
	w          *world
	machine    *machine
	executions map[string]*execution // by job
	idle       map[string][]*process // environments, by function
	// hardships counts what can lose a model-day: a crash, of which the machine survives
	// one, or two for what it does not survive.
	hardships map[sim.ModelDayKey]int
}

// execution is an execution of the state machine.
type execution struct {
	stop  context.CancelFunc
	ended bool
}

func newCloud(w *world) *cloud {
	return &cloud{
		w: w, machine: readMachine(), executions: map[string]*execution{}, idle: map[string][]*process{}, hardships: map[sim.ModelDayKey]int{},
	}
}

// Limits of the functions, as in template.yaml.
const (
	modelDayLimit = 900 * time.Second
	nextDateLimit = 110 * time.Second
	httpLimit     = 29 * time.Second
)

// modelDaysAtOnce is the template's ModelDayConcurrency in these worlds.
const modelDaysAtOnce = 3

// starter starts executions as one process does. It implements [engine.Executor].
type starter struct{ p *process }

// Start implements [engine.Executor].
func (x starter) Start(ctx context.Context, job sim.Job) error {
	return x.call(ctx, "start execution "+job.ID, job.ID, func() { x.p.w.cloud.start(job.ID) })
}

// Stop implements [engine.Executor].
func (x starter) Stop(ctx context.Context, job sim.Job) error {
	return x.call(ctx, "stop execution "+job.ID, job.ID, func() {
		if e := x.p.w.cloud.executions[job.ID]; e != nil {
			e.stop()
		}
	})
}

// State implements [engine.Executor].
func (x starter) State(ctx context.Context, job sim.Job) (state engine.ExecutionState, err error) {
	err = x.call(ctx, "describe execution "+job.ID, job.ID, func() {
		switch e := x.p.w.cloud.executions[job.ID]; {
		case e == nil:
			state = engine.ExecutionAbsent
		case e.ended:
			state = engine.ExecutionEnded
		default:
			state = engine.ExecutionAlive
		}
	})
	return state, err
}

// call makes a call to Step Functions, which is lost sometimes, or its answer.
func (x starter) call(ctx context.Context, name, about string, f func()) error {
	w := x.p.w
	return x.p.do(ctx, name, about, func() error {
		fault := fmt.Sprintf("step functions %d", w.turn)
		failed := sim.Errorf(sim.KindUnavailable, "Step Functions does not answer")
		switch {
		case !w.calm.Load() && w.chance(w.scenario.lost, fault):
			return failed
		case !w.calm.Load() && w.chance(w.scenario.unanswered, fault+" unanswered"):
			f()
			return failed
		}
		f()
		return nil
	})
}

// start starts the execution of a job, unless there is one. A call makes it.
func (c *cloud) start(job string) {
	if c.executions[job] != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	e := &execution{stop: stop}
	c.executions[job] = e
	go func() {
		defer stop()
		defer context.AfterFunc(c.w.endedContext, stop)()
		how := walk{cloud: c, job: job, name: job}.run(ctx, c.machine, document{"job_id": job, "ran": ""})
		c.w.outside("execution "+job+" ends", func() {
			e.ended = true
			c.w.note("the execution of %s ends: %q", job, how)
		})
		c.ending(job)
	}()
}

// ending is the event of the end of an execution: it is delivered at best, and what fails
// is invoked again two times.
func (c *cloud) ending(job string) {
	event, err := json.Marshal(job)
	if err != nil {
		panic(err) // a text
	}
	if !c.w.calm.Load() && c.w.chance(c.w.scenario.mishaps, "event "+job) {
		return
	}
	for n := range 3 {
		name := fmt.Sprintf("event %s %d", job, n)
		_, failed := c.invoke(c.w.endedContext, invocation{"status", name, job, event}, httpLimit)
		if failed == "" || !pause(c.w.endedContext, time.Minute+c.w.between(0, time.Minute, name)) {
			return
		}
	}
}

// handle runs a function of the product.
func (c *cloud) handle(p *process, in invocation) ([]byte, failure) {
	var answer any
	var err error
	switch in.function {
	case "modelday":
		var event stepfn.ModelDay
		ctx, cancel := c.deadline(p, in.event, &event, modelDayLimit)
		defer cancel()
		p.takeOver = event.TakeOver
		answer, err = stepfn.RunDay(ctx, p.engine, event)
	case "nextdate":
		var event stepfn.NextDate
		ctx, cancel := c.deadline(p, in.event, &event, nextDateLimit)
		defer cancel()
		answer, err = stepfn.Advance(ctx, p.engine, event, modelDaysAtOnce)
	case "status":
		var job string
		ctx, cancel := c.deadline(p, in.event, &job, httpLimit)
		defer cancel()
		ending := stepfn.Ending{Jobs: p.jobs, Deliver: p.deliverer.DeliverUntilDeadline, Log: slog.New(slog.DiscardHandler)}
		err = ending.Handle(asActor(ctx, in.name), job)
	case "trigger":
		ctx, cancel := context.WithTimeout(p.ctx, httpLimit)
		defer cancel()
		err = p.tick(asActor(ctx, in.name), in.name)
	}
	if err != nil {
		return nil, failureOf(err)
	}
	payload, err := json.Marshal(answer)
	if err != nil {
		return nil, failureOf(err)
	}
	return payload, ""
}

// deadline decodes an event and returns the context of its handler.
func (c *cloud) deadline(p *process, text []byte, event any, limit time.Duration) (context.Context, context.CancelFunc) {
	if err := json.Unmarshal(text, event); err != nil {
		panic(err) // the machine must not send it
	}
	return context.WithTimeout(p.ctx, limit)
}

// tick is the function trigger on a tick of the schedule: it catches up, and delivers the
// callbacks that are due.
func (p *process) tick(ctx context.Context, name string) error {
	_, err := p.trigger(ctx, 98, name, sim.TriggerRequest{Caller: "schedule"}, func(error) {})
	due, cancel := context.WithDeadline(ctx, time.Now().Add(httpLimit-3*time.Second))
	defer cancel()
	p.deliverer.DeliverDue(due)
	if sim.IsKind(err, sim.KindConflict) {
		return nil
	}
	return err
}

// schedule ticks at half past each hour of the evening on weekdays, as docs/aws.md
// advises.
func (c *cloud) schedule() {
	w := c.w
	for n := 0; ; n++ {
		now := w.now().In(newYork)
		next := time.Date(now.Year(), now.Month(), now.Day(), now.Hour(), 30, 0, 0, newYork)
		for !next.After(now) || next.Hour() < 18 || next.Hour() > 22 || next.Weekday() == time.Saturday || next.Weekday() == time.Sunday {
			next = next.Add(time.Hour)
		}
		if !pause(w.endedContext, next.Sub(now)+w.between(0, time.Second, fmt.Sprintf("tick %d", n))) {
			return
		}
		c.invoke(w.endedContext, invocation{"trigger", fmt.Sprintf("tick %d", n), "", []byte("{}")}, httpLimit)
	}
}

// follow reads the status of the jobs that have not ended, as their callers do: a job
// whose execution has died, and whose event was lost, ends by it.
func (c *cloud) follow() {
	w := c.w
	for n := 0; pause(w.endedContext, 3*time.Minute+w.between(0, time.Second, fmt.Sprintf("follow %d", n))); n++ {
		var p *process
		var open []string
		w.outside("follow", func() {
			if alive := w.alive(); len(alive) > 0 {
				p = alive[w.below(len(alive), fmt.Sprintf("follow %d", n))]
			}
			for _, id := range w.made {
				if !w.image.jobs[id].Status.Terminal() {
					open = append(open, id)
				}
			}
		})
		for _, id := range open {
			if p == nil {
				break
			}
			ctx := asActor(p.ctx, fmt.Sprintf("follower %d", n))
			job, err := p.store.Job(ctx, id)
			if err == nil {
				_, err = p.jobs.Refresh(ctx, job)
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				w.outside("follower", func() { w.note("follower: %v", err) })
			}
		}
	}
}

// again invokes a function once more for a model-day that is over, or for the last date
// that was left, as a queue does that has lost the answer.
func (c *cloud) again(key sim.ModelDayKey, name string) {
	in := invocation{function: "nextdate", name: name, job: key.JobID}
	var event any = stepfn.NextDate{JobID: key.JobID, Ran: c.w.image.jobs[key.JobID].ClosedThrough}
	if c.w.chance(0.5, name+" function") {
		in.function, event = "modelday", stepfn.ModelDay{ModelDayKey: key}
	}
	var err error
	if in.event, err = json.Marshal(event); err != nil {
		panic(err) // plain data
	}
	go c.run(in, c.w.child("%s", name), "", make(chan result, 1))
}
