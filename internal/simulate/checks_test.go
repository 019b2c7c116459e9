package simulate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// closed are the weekdays of 2024 and 2025 on which the exchanges were closed, from
// the calendars that they published.
var closed = strings.Fields(`2024-01-01 2024-01-15 2024-02-19 2024-03-29 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-11-28 2024-12-25
	2025-01-01 2025-01-09 2025-01-20 2025-02-17 2025-04-18 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-11-27 2025-12-25`)

// tradingDay reports whether the exchanges traded on a date.
func tradingDay(d sim.Date) bool {
	day := d.Time().Weekday()
	return day != time.Saturday && day != time.Sunday && !slices.Contains(closed, d.String())
}

// checkPlan checks a job that is created, before it runs.
func (w *world) checkPlan(n sim.NewJob, op *operation) {
	var before []sim.Date // of the job that is retried
	if op != nil && op.kind == "retry" {
		before = w.image.jobs[op.job].Plan.Dates
	}
	today := sim.DefaultMarket.Today(w.doing.process.latest())
	for _, d := range n.Job.Plan.Dates {
		if !tradingDay(d) || d > today && !slices.Contains(before, d) {
			w.violated("job %s runs on %s, which is no trading day up to %s", n.Job.ID, d, today)
		}
	}
	for _, span := range n.Job.Plan.Models {
		last := w.spec.book(sim.BookKey{Experiment: n.Job.Experiment, Model: span.Model}).last().Ref.Date
		i := slices.IndexFunc(n.Books, func(b sim.BookPlan) bool { return b.Head.Book.Model == span.Model })
		switch {
		case i < 0:
			w.violated("job %s runs %s without its book", n.Job.ID, span.Model)
		case n.Books[i].RewindFrom.IsZero() && span.From <= last:
			w.violated("job %s runs %s from %s, and its book is closed up to %s", n.Job.ID, span.Model, span.From, last)
		case !n.Books[i].RewindFrom.IsZero() && !op.replaces():
			w.violated("job %s, by %+v, rewinds %s to %s, and was not asked to", n.Job.ID, op, span.Model, n.Books[i].RewindFrom)
		case !n.Books[i].RewindFrom.IsZero() && n.Books[i].RewindFrom != span.From:
			w.violated("job %s rewinds %s to %s and runs it from %s", n.Job.ID, span.Model, n.Books[i].RewindFrom, span.From)
		}
	}
}

// replaces reports whether an operation asks for closed days to be run again.
func (op *operation) replaces() bool {
	return op != nil && op.kind == "trigger" && strings.Contains(op.body, `"replace_existing":true`)
}

// checkSame checks that an answer "already in progress" is about a job that does what was
// asked: a caller would wait for it.
func (w *world) checkSame(op *operation) {
	var asked struct {
		Start  sim.Date `json:"start_date"`
		End    sim.Date `json:"end_date"`
		Models []string `json:"models"`
		URL    string   `json:"callback_url"`
	}
	job, ok := w.image.jobs[op.answerJob]
	if err := json.Unmarshal([]byte(op.body), &asked); err != nil || !ok {
		w.violated("%s was answered with job %q", op.name, op.answerJob)
		return
	}
	if asked.URL != "" && !w.registered[sim.CallbackURL(asked.URL)] {
		w.violated("%s was answered with job %s, which knows nothing of its callback", op.name, job.ID)
	}
	dates := job.Plan.Dates
	if asked.Start > dates[0] || !asked.End.IsZero() && asked.End < dates[len(dates)-1] {
		w.violated("%s asked for %s, and was answered with job %s from %s to %s", op.name, op.body, job.ID, dates[0], dates[len(dates)-1])
	}
	for _, m := range asked.Models {
		head := w.image.head(sim.BookKey{Experiment: job.Experiment, Model: m})
		if !slices.Contains(job.Plan.Signatures(), m) && head.Last.IsZero() {
			w.violated("%s asked for %s, and was answered with job %s without %s", op.name, op.body, job.ID, m)
		}
	}
}

// checkFailed checks the reason of a failed model-day.
func (w *world) checkFailed(key sim.ModelDayKey, reason string) {
	if strings.HasPrefix(reason, "internal") && !strings.Contains(key.Model, string(panicky)) {
		w.violated("%s failed: %s", nameOf(key), reason)
	}
}

// checkLost checks the model-days that are lost at the end of a date: only the death of
// a process loses one.
func (w *world) checkLost(id string, d sim.Date) {
	for key, r := range w.image.modelDays[id] {
		spent := w.image.spent(id, key.model)
		if key.date == d && r.Status == sim.ModelDayRunning && w.deaths[id] == 0 && !w.mayLose(id, d, key.model) && !spent.Model.Exhausted {
			w.violated("%s %s %s is lost, and no process has died", id, d, key.model)
		}
	}
}

// mayLose reports whether a model-day on AWS may be lost.
func (w *world) mayLose(id string, d sim.Date, model string) bool {
	return w.cloud != nil && w.cloud.mayLose(sim.ModelDayKey{JobID: id, Date: d, Model: model})
}

// checkActions checks that a day begins with the splits and dividends since the last,
// as far as the vendor had told them; see checkPrices.
func (w *world) checkActions(name string, before, d sim.Day) {
	if before.Ref.IsZero() {
		return
	}
	want := 0
	for key := range w.image.market.dividends {
		if before.Closing.Holdings[key.symbol] > 0 && key.date > before.Ref.Date && key.date <= d.Ref.Date {
			want++
		}
	}
	for key := range w.image.market.splits {
		if before.Closing.Holdings[key.symbol] > 0 && key.date > before.Ref.Date && key.date <= d.Ref.Date {
			want++
		}
	}
	got := len(d.Entries) - len(d.Fills())
	if got > want || got < want && d.Prices == w.image.market.name() { // some may have come since the day began
		w.violated("%s begins with %d splits and dividends since %s, and there were %d", name, got, before.Ref.Date, want)
	}
}

// counts reports whether a session runs, and its day can still be closed. On AWS a session
// may run on that has lost its right.
func (s *session) counts() bool {
	lost := s.w.cloud != nil && s.w.spec.book(s.book).fence != s.fence
	return !s.over && !s.process.dead && !lost
}

// checkSession checks that a session may begin.
func (w *world) checkSession(s *session, a engine.Assignment) {
	if !s.counts() {
		return
	}
	job := w.image.jobs[s.key.JobID]
	before := 0
	for _, o := range w.sessions {
		switch {
		case o == s:
		case o.key == s.key:
			before++
			if o.counts() {
				w.violated("%s runs twice at once", nameOf(s.key))
			}
		case o.key.JobID == s.key.JobID && o.key.Date < s.key.Date && o.counts():
			w.violated("%s begins before the end of %s", nameOf(s.key), nameOf(o.key))
		}
	}
	if before > w.faults[s.key.JobID] {
		w.violated("session %d of %s, and its job has met %d faults", before+1, nameOf(s.key), w.faults[s.key.JobID])
	}
	for key, r := range w.image.modelDays[job.ID] {
		spent := w.image.spent(job.ID, key.model)
		// A model without budget does not run again, so that nothing waits for its lost day.
		if key.date < s.key.Date && !r.Status.Terminal() && !spent.Model.Exhausted && !spent.Job.Exhausted {
			w.violated("%s begins while %s of %s is %s", nameOf(s.key), key.model, key.date, r.Status)
		}
	}
	if r := w.image.record(s.key); r.Status.Terminal() && !job.CancelRequested && !job.Status.Terminal() {
		w.violated("%s begins, and it is %s", nameOf(s.key), r.Status)
	}
	// The clock may have jumped back since the date was planned; see checkPlan.
	if !slices.Contains(job.Plan.Dates, s.key.Date) || !w.scenario.jumps && s.key.Date > sim.DefaultMarket.Today(w.now()) {
		w.violated("%s begins on a date that its job does not plan, or that lies in the future", nameOf(s.key))
	}
	if a.Key != s.key || a.View.Date() != s.key.Date {
		w.violated("%s gets the assignment of %s on %s", nameOf(s.key), nameOf(a.Key), a.View.Date())
	}
}

// checkGrant checks what a claim was granted.
func (w *world) checkGrant(g sim.Grant) {
	last := w.spec.book(g.Book).last()
	if g.Prev != last.Ref || !g.Prev.IsZero() && !g.Opening.Equal(last.Closing) {
		w.violated("%s is granted after %v with %v, and the book ends on %v with %v", nameOf(g.Key), g.Prev, g.Opening, last.Ref, last.Closing)
	}
}

// checkDay checks a day that was closed: it follows from the day before and from what
// the provider ordered.
func (w *world) checkDay(before, d sim.Day) {
	name := fmt.Sprintf("%s %s of %s", d.Ref.Date, d.Book.Model, d.JobID)
	opening := before.Closing
	if before.Ref.IsZero() {
		opening = sim.NewLedger(10_000 * sim.Dollar)
	}
	if d.Prev != before.Ref || d.Ref.Date <= before.Ref.Date || !d.Opening.Equal(opening) {
		w.violated("%s follows %v with %v, and the book ended on %v with %v", name, d.Prev, d.Opening, before.Ref, opening)
	}
	w.checkFold(name, d)
	w.checkActions(name, before, d)
	id := -1
	_, _ = fmt.Sscanf(d.Session.Summary, "session %d", &id) // -1: it has no session
	if id < 0 || id >= len(w.sessions) {
		w.violated("%s was closed by no session: %q", name, d.Session.Summary)
		return
	}
	s := w.sessions[id]
	if s.key != (sim.ModelDayKey{JobID: d.JobID, Date: d.Ref.Date, Model: d.Book.Model}) || s.committed {
		w.violated("%s was closed by session %d of %s", name, id, nameOf(s.key))
	}
	s.committed = true
	if !slices.Equal(d.Fills(), s.ordered) {
		w.violated("%s has the fills %v, and the provider ordered %v", name, d.Fills(), s.ordered)
	}
	for _, e := range d.Entries {
		if !e.IsFill() && (e.Kind == sim.EntrySplit) != (e.Numerator != 0) {
			w.violated("%s has the entry %+v", name, e)
		}
	}
}

// checkFold adds up a day with integers, without the product's fold.
func (w *world) checkFold(name string, d sim.Day) {
	cash, held := int64(d.Opening.Cash), map[string]int64{}
	for symbol, n := range d.Opening.Holdings {
		held[symbol] = int64(n)
	}
	for i, e := range d.Entries {
		shares := int64(e.Quantity) / int64(sim.Share)
		switch e.Kind {
		case sim.EntryBuy:
			cash -= shares*int64(e.Price) + int64(e.Commission)
			held[e.Symbol] += int64(e.Quantity)
		case sim.EntrySell:
			cash += shares*int64(e.Price) - int64(e.Commission)
			held[e.Symbol] -= int64(e.Quantity)
		default: // a dividend, or a split whose fraction is paid
			cash = int64(e.CashAfter)
			if e.Kind == sim.EntrySplit {
				held[e.Symbol] = int64(e.Quantity)
			}
		}
		if cash != int64(e.CashAfter) || cash < 0 || held[e.Symbol] < 0 {
			w.violated("%s: after entry %d the cash is %d and the shares of %s are %d: %+v", name, i, cash, e.Symbol, held[e.Symbol], e)
		}
	}
	for symbol, n := range held {
		if int64(d.Closing.Holdings[symbol]) != n {
			w.violated("%s closes with %v, and holds %v", name, d.Closing, held)
		}
	}
	if int64(d.Closing.Cash) != cash {
		w.violated("%s closes with cash of %d, and has %d", name, d.Closing.Cash, cash)
	}
}

// finished checks the end of a job, and adds it to the history.
func (w *world) finished(job sim.Job) {
	completed := 0
	for _, r := range w.image.modelDays[job.ID] {
		if r.Status == sim.ModelDayCompleted {
			completed++
		}
	}
	want := sim.JobPartial
	switch {
	case job.CancelRequested:
		want = sim.JobCancelled
	case completed == job.Plan.Total():
		want = sim.JobCompleted
	case completed == 0:
		want = sim.JobFailed
	}
	if job.Status != want {
		w.violated("job %s ends as %s with %d of %d model-days (cancel requested: %v)", job.ID, job.Status, completed, job.Plan.Total(),
			job.CancelRequested)
	}
	// On AWS the job ends with its execution, which gives up after some attempts.
	broken := w.cloud != nil && job.Error != "" && w.faults[job.ID] > 8
	if dates := job.Plan.Dates; !job.CancelRequested && !broken && job.ClosedThrough != dates[len(dates)-1] {
		w.violated("job %s ends as %s, closed through %s of %s", job.ID, job.Status, job.ClosedThrough, dates[len(dates)-1])
	}
	w.history = append(w.history, operation{
		client: -1, name: "end of " + job.ID, kind: "finish", experiment: job.Experiment, job: job.ID, called: w.turn, answered: w.turn,
		status: string(job.Status),
	})
}

// checkDelivery checks what a receiver got.
func (w *world) checkDelivery(path, id string, body []byte) {
	var report struct {
		JobID  string        `json:"job_id"`
		Status sim.JobStatus `json:"status"`
	}
	job := w.image.jobs[id]
	err := json.Unmarshal(body, &report)
	if err != nil || report.JobID != id || report.Status != job.Status || !job.Status.Terminal() {
		w.violated("receiver %s got %s about job %s, which is %s", path, body, id, job.Status)
	}
}

// maxAttempts is how often a callback is tried.
const maxAttempts = 10

// checkDrop checks that a callback is dropped only when it is done.
func (w *world) checkDrop(c sim.Callback) {
	path := pathOf(c.URL)
	d := w.deliveries[path]
	if d == nil || d.received == 0 && !d.gone && c.Attempts < maxAttempts-1 {
		w.violated("the callback of job %s to %s is dropped after %d attempts, and was not delivered: %+v", c.JobID, path, c.Attempts, d)
	}
}

// settled reports whether nothing is left to be done: every job has ended, and every
// callback was delivered or given up.
func (w *world) settled() bool {
	if w.busyClients > 0 {
		return false
	}
	for _, job := range w.image.jobs {
		if !job.Status.Terminal() {
			return false
		}
	}
	for _, waiting := range w.image.callbacks {
		if len(waiting) > 0 {
			return false
		}
	}
	if w.cloud != nil {
		for _, e := range w.cloud.executions {
			if !e.ended {
				return false
			}
		}
	}
	return true
}

// left says what keeps the world from being settled.
func (w *world) left() string {
	var out []string
	for _, id := range w.made {
		job := w.image.jobs[id]
		if !job.Status.Terminal() {
			out = append(out, fmt.Sprintf("job %s is %s", id, job.Status))
		}
		if n := len(w.image.callbacks[id]); n > 0 {
			out = append(out, fmt.Sprintf("%d callbacks of job %s, which is %s, wait", n, id, job.Status))
		}
	}
	return fmt.Sprintf("%d clients are busy; %s", w.busyClients, strings.Join(out, "; "))
}
