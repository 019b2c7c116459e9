package simulate

// faults are the mistakes that the simulation must find, each with a seed that does.
// Another seed may be needed when scenarios have changed: make simulate-faults names it.
var faults = []fault{
	// Books: the fence, the lease and the generation.
	{
		"a commit does not compare the fence", "sim/book.go", 14,
		"if err := h.holds(fence, d); err != nil {\n\t\treturn h, err\n\t}\n\tif h.Last.IsZero()",
		"if h.Last.IsZero()",
	},
	{
		"a claim does not raise the fence", "sim/book.go", 2,
		"h.Fence++\n\th.Lease = Lease{Date: c.Date",
		"h.Lease = Lease{Date: c.Date",
	},
	{
		"a revocation does not raise the fence", "sim/book.go", 1,
		"h.Fence++\n\th.Lease = Lease{}\n",
		"h.Lease = Lease{}\n",
	},
	{
		"a rewind does not raise the generation", "sim/book.go", 3,
		"\th.Generation++\n",
		"",
	},
	{
		"a failed day keeps its lease", "sim/book.go", 3,
		"func (h Head) Abandon(fence int64, d Date) (Head, error) {\n" +
			"\tif err := h.holds(fence, d); err != nil {\n\t\treturn h, err\n\t}\n\th.Lease = Lease{}\n",
		"func (h Head) Abandon(fence int64, d Date) (Head, error) {\n" +
			"\tif err := h.holds(fence, d); err != nil {\n\t\treturn h, err\n\t}\n",
	},
	{
		"the clock decides about a lease that another process holds", "sim/book.go", 3,
		"return !c.Exclusive || h.Lease.Holder == c.HolderID()",
		"return true",
	},
	// Model-days.
	{
		"a closed model-day runs again", "sim/lifecycle.go", 2,
		"if r.Status.Terminal() {\n\t\treturn r.over(), Transition{}, nil\n\t}\n\tc.Claimant",
		"c.Claimant",
	},
	{
		"a commit is refused when it is repeated", "sim/lifecycle.go", 24,
		"if r.endedBy(g, ModelDayCompleted) {\n\t\treturn Transition{}, nil\n\t}\n",
		"",
	},
	{
		"a failure is refused when it is repeated", "sim/lifecycle.go", 29,
		"if r.endedBy(g, ModelDayFailed) {\n\t\treturn Transition{}, nil\n\t}\n",
		"",
	},
	{
		"a cancel leaves running days", "sim/lifecycle.go", 4,
		"r.Status, r.Error, r.CompletedAt, r.Fence = ModelDayFailed, reason, now, 0",
		"_ = reason",
	},
	{
		"a lost day keeps its lease", "sim/lifecycle.go", 284,
		"if h.Job == r.JobID && h.Lease.Date == r.Date {",
		"if h.Job == \"none\" {",
	},
	// Jobs.
	{
		"a job ends although it is to be cancelled", "sim/lifecycle.go", 15,
		"if j.CancelRequested && f.Status != JobCancelled {",
		"if false {",
	},
	{
		"an ended job is cancelled", "sim/lifecycle.go", 2,
		"if err := j.checkActive(); err != nil || j.CancelRequested {",
		"if err := j.checkActive(); err == nil && j.CancelRequested {",
	},
	{
		"a cancelled job spends", "sim/lifecycle.go", 177,
		"if j.Status.Terminal() || j.CancelRequested {\n\t\treturn Errorf(KindFenced",
		"if false {\n\t\treturn Errorf(KindFenced",
	},
	{
		"a job with a failed day is completed", "sim/progress.go", 3,
		"return JobPartial",
		"return JobCompleted",
	},
	// Budgets.
	{
		"a call is paid for twice", "sim/budget.go", 2,
		"Cost: s.Cost.plus(cost), Open: open",
		"Cost: s.Cost.plus(cost).plus(cost), Open: open",
	},
	{
		"a call that is open is not counted", "sim/budget.go", 3,
		"s.Cost.plus(s.Reserved()).plus(worst) <= limit",
		"s.Cost.plus(worst) <= limit",
	},
	// Plans and the calendar.
	{
		"a weekend is counted", "sim/market.go", 1,
		"w == time.Saturday || w == time.Sunday",
		"w == time.Saturday",
	},
	{
		"a holiday is ignored", "sim/nyse.go", 39,
		"d.Weekday() == time.Thursday && nth(day) == 4",
		"d.Weekday() == time.Thursday && nth(day) == 9",
	},
	{
		"a resumed model runs its last day again", "sim/makeplan.go", 2,
		"case in.Start.IsZero() && !last.IsZero():\n\t\treturn last.Next(), \"\"",
		"case in.Start.IsZero() && !last.IsZero():\n\t\treturn last, \"\"",
	},
	{
		"closed days are run again without being asked to", "sim/makeplan.go", 9,
		"case in.Replace || last < in.Start:",
		"case true:",
	},
	// Triggers and retries.
	{
		"the idempotency key is not looked up", "engine/trigger.go", 39,
		"if key.Key != \"\" {",
		"if false {",
	},
	{
		"the body behind an idempotency key is not compared", "engine/request.go", 18,
		"Request: bodyHash(r),",
		"Request: \"\",",
	},
	{
		"a trigger for an overlapping range is accepted", "engine/trigger.go", 1,
		"(!r.Replace && p.job.Plan.Within(active.Plan) && !active.Plan.InPart(r.Start, r.End))",
		"r.Experiment != \"\"",
	},
	{
		"the callback of a joining trigger is forgotten", "engine/trigger.go", 18,
		"if r.CallbackURL != \"\" {\n\t\tif err := callStore",
		"if r.CallbackURL == \"none\" {\n\t\tif err := callStore",
	},
	{
		"a retry runs completed days again", "engine/retryjob.go", 4,
		"md.Status != sim.ModelDayFailed || md.Date <= heads[model].Last.Date",
		"md.Status == sim.ModelDaySkipped",
	},
	// The execution.
	{
		"a date begins before the one before it has ended", "engine/runjob.go", 2,
		"\twg.Wait()\n\t_, _ = prices()",
		"\t_, _ = prices()",
	},
	{
		"a cancel does not stop what runs", "engine/runjob.go", 75,
		"if err == nil && (state.CancelRequested || state.Status.Terminal()) {",
		"if err == nil && state.Status.Terminal() {",
	},
	{
		"a date is never closed", "engine/next.go", 2,
		"if ran > job.ClosedThrough {\n\t\tleaving = ran\n\t}",
		"",
	},
	{
		"splits and dividends are left out", "engine/runday.go", 2,
		"append(append([]sim.Entry{}, a.Actions...), outcome.Fills...)",
		"append([]sim.Entry{}, outcome.Fills...)",
	},
	{
		"the fills are executed twice", "engine/runday.go", 2,
		"a.Actions...), outcome.Fills...)",
		"a.Actions...), append(outcome.Fills, outcome.Fills...)...)",
	},
	{
		"a second try of a claim looks like the first", "engine/runday.go", 13,
		"Try:       try,",
		"Try:       0 * try,",
	},
	{
		"two processes execute", "executor/executor.go", 1,
		"if x.hold(&waiting) {",
		"if x.hold(&waiting) || true {",
	},
	{
		"a job that could not continue is never started again", "executor/executor.go", 6,
		"\t\tdelete(x.running, jobID)\n",
		"",
	},
	// On AWS.
	{
		"every invocation takes over", "aws/stepfn/handlers.go", 4,
		"run.Exclusive = in.TakeOver",
		"run.Exclusive = true",
	},
	{
		"a cancelled model-day asks on", "engine/runday.go", 75,
		"working, stop := e.untilCancelled(ctx, key.JobID, dayCancelPollInterval)",
		"working, stop := ctx, func() {}",
	},
	{
		"a crash of nextdate ends its job", "aws/stepfn/simulation.asl.json", 8,
		`"Lambda.Unknown", "Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout", "States.Timeout", "busy"`,
		`"States.Timeout", "busy"`,
	},
	{
		"a busy model-day is not waited for", "aws/stepfn/simulation.asl.json", 1545,
		`"ErrorEquals": ["busy"]`,
		`"ErrorEquals": ["none"]`,
	},
	// The vendor of prices.
	{
		"splits are not asked for", "prices/download/polygon.go", 4,
		"if err := p.splits(ctx, found); err != nil {\n\t\treturn Answer{}, err\n\t}",
		"",
	},
	{
		"a split or dividend of the last day is left out", "prices/download/rows.go", 2,
		"return d, r.q.wants(symbol, d)",
		"return d, r.q.wants(symbol, d) && d < r.q.to()",
	},
	// The daily loop.
	{
		"daylight saving time shifts the evening", "daily/timeofday.go", 2,
		"0, 0, sim.DefaultMarket.Zone)",
		"0, 0, time.FixedZone(\"\", -5*60*60))",
	},
	{
		"a refused evening is not repeated", "daily/daily.go", 39,
		"case !d.Now().Before(giveUp):\n\t\t\tlog.ErrorContext(ctx, \"the catch-up",
		"default:\n\t\t\tlog.ErrorContext(ctx, \"the catch-up",
	},
	{
		"the daily loop wakes on weekends", "daily/daily.go", 2,
		"d.At.on(sim.DefaultMarket.NextBar(day))",
		"d.At.on(day + 1)",
	},
	// Callbacks.
	{
		"a callback counts as delivered before it is sent", "callback/deliverer.go", 3,
		"err = d.Sender.Send(ctx, c.URL, job.ID, body)",
		"_ = body",
	},
	{
		"a callback is given up after its first failure", "callback/loop.go", 15,
		"if c.Attempts >= len(retryDelays) {",
		"if c.Attempts >= 0 {",
	},
	{
		"a callback is sent before the end of its job", "callback/loop.go", 3,
		"case !job.Status.Terminal():\n\t\t\tcontinue\n",
		"",
	},
	{
		"a delivered callback is kept", "callback/deliverer.go", 3,
		"return d.Store.DropCallback(context.WithoutCancel(ctx), c)",
		"return nil",
	},
	// The edge.
	{
		"the Idempotency-Key header is dropped", "httpapi/job_trigger.go", 18,
		"callerID(ctx), in.IdempotencyKey",
		"callerID(ctx), \"\"",
	},
	{
		"a conflict is answered as not found", "httpapi/serve_problem.go", 1,
		"case sim.KindConflict:\n\t\treturn http.StatusConflict",
		"case sim.KindConflict:\n\t\treturn http.StatusNotFound",
	},
	{
		"the last status of an answer counts", "inprocess/inprocess.go", 1,
		"if w.status == 0 {",
		"if status != 0 {",
	},
}
