package storetest

import (
	"fmt"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

var repeatTests = []test{
	{"each write lost once and repeated gives the same books", func(h *harness) { disturbEach(h, Lost) }},
	{"each write done but reported lost, and repeated, gives the same books", func(h *harness) { disturbEach(h, Unanswered) }},
}

// disturbEach does all writes undisturbed, and then again for each of them with a fault
// there, every time in an experiment of its own. A short run disturbs the first and the
// last write of each method, which are the same kinds.
func disturbEach(h *harness, f Fault) {
	undisturbed := NewFaulty(h.Store, nil)
	want := writeEverything(h, undisturbed, "undisturbed")
	writes := undisturbed.Writes()
	require.Greater(h.t, len(writes), 15)
	for i, method := range writes {
		before, after := Count(writes[:i], method), Count(writes[i+1:], method)
		if before*after > 0 && !rounds.Long() {
			h.t.Logf("write %d, %s, is not disturbed; %s=1 disturbs all", i, method, rounds.Variable)
			continue
		}
		faulty := NewFaulty(h.Store, At(method, before, f))
		got := writeEverything(h, faulty, fmt.Sprintf("disturbed-%d", i))
		assert.Equal(h.t, want, got, "with a fault at write %d, %s", i, method)
		assert.Greater(h.t, len(faulty.Writes()), len(writes), "nothing was repeated")
	}
}

// caller repeats a write whose answer was lost.
type caller struct {
	*harness
	store      sim.Store
	experiment string
}

// repeat calls once more when there was no answer.
func (s caller) repeat(write func() error) error {
	err := write()
	if sim.IsKind(err, sim.KindUnavailable) {
		err = write()
	}
	return err
}

func (s caller) id(job string) string { return s.experiment + "/" + job }

func (s caller) create(job string, rewind bool, p sim.Plan) {
	j := s.newJob(s.id(job), s.experiment, p)
	plans := s.bookPlans(j)
	for i := range plans {
		if rewind {
			plans[i].RewindFrom = p.Dates[0]
		}
	}
	s.ok(s.repeat(func() error {
		_, err := s.store.CreateJob(s.ctx, sim.NewJob{Job: j, Books: plans})
		return err
	}))
}

// claim repeats a claim; when its own lost grant holds the book, it waits until the
// lease has expired.
func (s caller) claim(job, model string, d sim.Date) sim.Grant {
	var g sim.Grant
	try := func() error {
		r := s.request(s.id(job), model, d)
		r.Experiment = s.experiment
		var err error
		g, err = s.store.Claim(s.ctx, r)
		return err
	}
	err := s.repeat(try)
	if sim.IsKind(err, sim.KindBusy) {
		s.pass(2 * leaseTime)
		err = try()
	}
	s.ok(err)
	return g
}

func (s caller) commit(g sim.Grant, orders ...sim.Entry) {
	d := s.day(g, orders...)
	s.ok(s.repeat(func() error { return s.store.Commit(s.ctx, g, d, transcript(g)) }))
}

// writeEverything does every kind of write, and returns what the store then holds,
// except times, attempts and fences.
func writeEverything(h *harness, store sim.Store, experiment string) []string {
	s := caller{harness: h, store: store, experiment: experiment}
	finish := func(job string, status sim.JobStatus) {
		s.ok(s.repeat(func() error {
			_, err := store.FinishJob(s.ctx, s.id(job), sim.Finish{Status: status, Lost: "lost: ended", Now: s.now()})
			return err
		}))
	}
	onDate := func(job string, d sim.Date, trade func()) {
		s.ok(s.repeat(func() error { return store.Heartbeat(s.ctx, s.id(job), s.now()) }))
		trade()
		s.ok(s.repeat(func() error { return store.CloseDate(s.ctx, s.id(job), d, "lost: gone", s.now()) }))
	}

	s.create("first", false, plan(0, 1, "a", "b"))
	onDate("first", dates[0], func() {
		s.commit(s.claim("first", "a", dates[0]), buy("AAPL", 1, sim.Dollar))
		broken := s.claim("first", "b", dates[0])
		s.ok(s.repeat(func() error { return store.Fail(s.ctx, broken, sim.Failure{Error: "model: broken"}, s.now()) }))
	})
	onDate("first", dates[1], func() {
		s.commit(s.claim("first", "b", dates[1]), buy("MSFT", 1, sim.Dollar))
		s.claim("first", "a", dates[1]) // and lost
	})
	delivered, later := sim.Callback{JobID: s.id("first"), URL: "https://told.example/1"},
		sim.Callback{JobID: s.id("first"), URL: "https://later.example/2"}
	for _, c := range []sim.Callback{delivered, later} {
		s.ok(s.repeat(func() error { return store.AddCallback(s.ctx, c.JobID, c.URL) }))
	}
	paid := call(s.id("first"), "a", "1")
	s.ok(s.repeat(func() error { return store.Reserve(s.ctx, paid, 9, sim.SpendingLimits{Job: 10}) }))
	s.ok(s.repeat(func() error { return store.Settle(s.ctx, paid, sim.Usage{Input: 3}, 7) }))
	refused := s.repeat(func() error {
		return store.Reserve(s.ctx, call(s.id("first"), "a", "2"), 9, sim.SpendingLimits{Job: 10})
	})
	s.refused(sim.KindBudget, refused)
	finish("first", sim.JobPartial)
	later.Attempts = 1
	s.ok(s.repeat(func() error { return store.DeferCallback(s.ctx, later) }))
	s.ok(s.repeat(func() error { return store.DropCallback(s.ctx, delivered) }))

	s.create("second", true, plan(0, 1, "a"))
	s.commit(s.claim("second", "a", dates[0]), buy("NVDA", 2, sim.Dollar))
	s.ok(s.repeat(func() error {
		_, err := store.RequestCancel(s.ctx, s.id("second"), s.now())
		return err
	}))
	finish("second", sim.JobCancelled)

	s.create("third", false, plan(2, 2, "b"))
	finish("third", sim.JobFailed)
	return s.dump()
}

// dump lists what the store holds of the experiment.
func (s caller) dump() []string {
	var out []string
	jobs, _, err := s.Store.Jobs(s.ctx, sim.JobFilter{Experiment: s.experiment})
	s.ok(err)
	for _, j := range jobs {
		out = append(out, fmt.Sprintf("%s %s cancelled %t closed %s", j.ID[len(s.experiment):], j.Status, j.CancelRequested, j.ClosedThrough))
		callbacks, err := s.Store.Callbacks(s.ctx, j.ID)
		s.ok(err)
		for _, c := range callbacks {
			out = append(out, fmt.Sprintf("%s failed %d times", string(c.URL), c.Attempts))
		}
		spending, err := s.Store.Spending(s.ctx, j.ID)
		s.ok(err)
		out = append(out, fmt.Sprintf("spent %v", spending)) // printed in the order of the models
		mds, err := s.Store.ModelDays(s.ctx, j.ID, sim.ModelDayFilter{})
		s.ok(err)
		for _, md := range mds {
			out = append(out, fmt.Sprintf("%s %s %s %q", md.Date, md.Model, md.Status, md.Error))
		}
		for _, d := range s.days(sim.DayFilter{JobID: j.ID}) {
			messages, err := s.Store.Transcript(s.ctx, d.Book, d.Ref)
			s.ok(err)
			out = append(out, fmt.Sprintf("%s %v after %v: %v, %d messages", d.Book.Model, d.Ref, d.Prev, d.Closing, len(messages)))
		}
	}
	books, err := s.Store.Books(s.ctx, s.experiment)
	s.ok(err)
	for _, head := range books {
		out = append(out, fmt.Sprintf("%s %v %v %q %v", head.Book.Model, head.Last, head.Cuts, head.Job, head.Lease))
	}
	return out
}
