package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"aitrader/internal/inprocess"
	"aitrader/internal/sim"
)

// operation is a call of a client, as it saw it. Times are turns of the world.
type operation struct {
	client     int
	name       string
	kind       string // trigger, cancel, retry, status or finish
	experiment string
	job        string // that it is about; of a trigger: ""
	key        string // the idempotency key
	body       string
	called     int
	answered   int
	open       bool   // no answer arrived, or one that does not say what was done
	answer     string // accepted, same, current, conflict, ...
	answerJob  string
	status     string // of a job
}

// request is what a client is about to send.
type request struct {
	method, path, body, key string
}

// client makes its calls, one after the other.
func (w *world) client(n int) {
	for i := range w.scenario.calls {
		name := fmt.Sprintf("c%d.%d", n, i)
		select {
		case <-w.ended:
			return
		case <-time.After(w.between(0, w.scenario.pace, "pause "+name)):
		}
		w.call(n, name, w.drawCall)
	}
	w.outside(fmt.Sprintf("c%d is done", n), func() { w.busyClients-- })
}

// rivals is the number of the first client that is a rival.
const rivals = 50

// rival sometimes lets another client cancel a job that is about to end.
func (w *world) rival(job string) {
	n := w.count("rival")
	name := fmt.Sprintf("c%d.0", rivals+n)
	if w.calm.Load() || !w.chance(0.1, name) {
		return
	}
	go func() {
		w.outside(name+" comes", func() { w.busyClients++ })
		w.call(rivals+n, name, func(string) (*operation, request) {
			op := &operation{kind: "cancel", job: job, experiment: w.image.jobs[job].Experiment}
			return op, request{method: http.MethodPost, path: "/simulate/cancel/" + job}
		})
		w.outside(name+" is done", func() { w.busyClients-- })
	}()
}

// call makes one call of a client to a process that lives. It draws the call when it is
// made.
func (w *world) call(n int, name string, draw func(name string) (*operation, request)) {
	var p *process
	var op *operation
	var r request
	w.outside("call "+name, func() {
		alive := w.alive()
		if len(alive) == 0 {
			return
		}
		p = alive[w.below(len(alive), "process "+name)]
		op, r = draw(name)
		op.client, op.name, op.called = n, name, w.turn
		w.asked[name] = op
		w.note("%s %s %s %s %s", name, p.name, r.method, r.path, r.body)
	})
	if p == nil {
		return
	}
	ctx := asActor(p.ctx, name)
	leaves := w.chance(0.05, "leaves "+name)
	if leaves { // the client does not wait for the answer
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.between(0, time.Second, "patience "+name))
		defer cancel()
	}
	answer := inprocess.Serve(w.serve, r.http(ctx))
	w.outside("answer "+name, func() {
		op.answered = w.turn
		w.mu.Lock()
		op.open = p.dead || leaves
		w.mu.Unlock()
		w.read(op, answer)
		w.note("%s %d %s %s", name, answer.Status, op.answer, op.answerJob)
		w.history = append(w.history, *op)
	})
}

// http returns the request as the server gets it.
func (r request) http(ctx context.Context) *http.Request {
	out := httptest.NewRequestWithContext(ctx, r.method, "http://127.0.0.1"+r.path, bytes.NewReader([]byte(r.body)))
	out.RemoteAddr = "127.0.0.1:1234"
	out.Header.Set("Content-Type", "application/json")
	if r.key != "" {
		out.Header.Set("Idempotency-Key", r.key)
	}
	return out
}

// experiments are the ones that clients use.
var experiments = []string{"main", "other"}

// drawCall draws what a client does.
func (w *world) drawCall(name string) (*operation, request) {
	d := w.child("call %s", name)
	what := pick(d, "what", "trigger", "trigger", "trigger", "trigger", "cancel", "retry", "status", "status", "read")
	if len(w.made) == 0 || what == "trigger" {
		return w.drawTrigger(d, name)
	}
	job := w.made[len(w.made)-1-min(d.below(len(w.made), "job"), d.below(len(w.made), "newer"))]
	op := &operation{kind: what, job: job, experiment: w.image.jobs[job].Experiment}
	switch what {
	case "cancel", "retry":
		return op, request{method: http.MethodPost, path: "/simulate/" + what + "/" + job}
	case "status":
		path := "/simulate/status/" + job
		if w.scenario.slow == 0 && d.chance(0.2, "wait") { // with slow reads two timers could fire together, and select draws one
			path += "?wait=20"
		}
		return op, request{method: http.MethodGet, path: path}
	default:
		path := pick(d, "path", "/simulate/current", "/simulate/jobs", "/results?start_date=2024-01-01", "/leaderboard", "/experiments",
			"/health", "/portfolio/timeseries?model="+w.scenario.models[0].signature, "/jobs/"+job+"/receipt")
		return op, request{method: http.MethodGet, path: path}
	}
}

// drawTrigger draws a trigger.
func (w *world) drawTrigger(d dice, name string) (*operation, request) {
	body := map[string]any{}
	op := &operation{kind: "trigger", experiment: pick(d, "experiment", experiments...)}
	if op.experiment != "main" || d.chance(0.3, "named") {
		body["experiment"] = op.experiment
	}
	days := sim.DefaultMarket.Bars(w.scenario.today.AddDays(-9), w.scenario.today.AddDays(-1))
	if d.chance(0.7, "range") {
		first := d.below(len(days), "first")
		body["start_date"] = days[first]
		body["end_date"] = days[min(first+d.below(4, "length"), len(days)-1)]
	}
	if d.chance(0.4, "models") {
		models := w.scenario.models
		first := d.below(len(models), "first model")
		var list []string
		for _, m := range models[first:min(first+1+d.below(3, "number"), len(models))] {
			list = append(list, m.signature)
		}
		body["models"] = list
	}
	if d.chance(0.25, "replace") {
		body["replace_existing"] = true
	}
	if d.chance(0.4, "callback") {
		body["callback_url"] = callbackURL(name)
	}
	if d.chance(0.05, "dry run") {
		body["dry_run"] = true
	}
	r := request{method: http.MethodPost, path: "/simulate/trigger"}
	if d.chance(0.4, "key") { // some clients repeat a call of themselves or of others
		// A key is remembered for 24 hours; the model of the answers, for ever.
		r.key = fmt.Sprintf("key %d of %s %s", d.below(3, "which"), op.experiment, w.now().Format("2006-01-02"))
		if earlier, ok := w.keyed[r.key]; ok && d.chance(0.7, "same") {
			r.body = earlier.body
			op.experiment, op.key, op.body = earlier.experiment, r.key, r.body
			return op, r
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // plain data
	}
	r.body = string(text)
	op.key, op.body = r.key, r.body
	if r.key != "" {
		w.keyed[r.key] = *op
	}
	return op, r
}

// read notes what an answer says.
func (w *world) read(op *operation, answer inprocess.Answer) {
	var body struct {
		Status     any    `json:"status"` // of a problem: a number
		JobID      string `json:"job_id"`
		Error      string `json:"error"`
		CurrentJob string `json:"current_job_id"`
		Progress   struct {
			Total                                        int `json:"total_model_days"`
			Completed, Failed, Running, Pending, Skipped int
		} `json:"progress"`
	}
	if len(answer.Body) > 0 && strings.Contains(answer.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(answer.Body, &body); err != nil && !op.open {
			w.violated("%s got an answer that is not JSON: %v", op.name, err)
		}
	}
	op.answerJob = body.JobID
	op.status, _ = body.Status.(string) // "": a problem
	switch answer.Status {
	case http.StatusAccepted:
		op.answer = "accepted"
	case http.StatusOK:
		op.answer = "same"
		if op.kind != "status" && (op.status == "current" || op.status == "dry_run") {
			op.answer = op.status
		}
	case http.StatusConflict:
		op.answer, op.answerJob = "conflict", body.CurrentJob
	case http.StatusServiceUnavailable:
		op.open = true // perhaps it was done
	case http.StatusInternalServerError:
		if !op.open {
			w.violated("%s (%s %s) was answered with %s", op.name, op.kind, op.body, answer.Body)
		}
		op.open = true
	default:
		op.answer = body.Error
	}
	if op.kind == "read" {
		return
	}
	if op.kind == "trigger" && op.answer == "same" && !op.open {
		w.checkSame(op)
	}
	if p := body.Progress; op.kind == "status" && op.answer == "same" && p.Completed+p.Failed+p.Running+p.Pending+p.Skipped != p.Total {
		w.violated("%s: the counts of job %s do not add up: %+v", op.name, op.job, p)
	}
}
