package gateway

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/events"

	"aitrader/internal/httpapi"
	"aitrader/internal/sim"
)

// catchUpSource marks the events of the schedule. Their body is that of a
// trigger; an empty one runs what is missing of all enabled models.
const catchUpSource = "aitrader.schedule"

// statesSource marks the status changes of executions.
const statesSource = "aws.states"

// event holds the fields that tell the kinds of events apart.
type event struct {
	Source string          `json:"source"`
	Body   json.RawMessage `json:"body"`
	Detail struct {
		Name   string `json:"name"` // of the execution: the job
		Status string `json:"status"`
	} `json:"detail"`
}

// Invoke answers one event: a request of the HTTP API, a tick of the schedule
// (trigger), or the end of an execution (status). An error makes the sender try
// again, and the dead-letter queue keep what does not help.
func (f *Function) Invoke(ctx context.Context, raw json.RawMessage) (any, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		// The body of an HTTP event is a text, that of a schedule an object.
		e = event{}
	}
	switch {
	case e.Source == catchUpSource && f.routes == httpapi.RoutesTrigger:
		return f.catchUp(ctx, e.Body)
	case e.Source == statesSource && f.routes == httpapi.RoutesStatus:
		return nil, f.ending.Handle(ctx, e.Detail.Name)
	case e.Source != "":
		return nil, sim.Errorf(sim.KindInvalid, "this function takes no events of %q", e.Source)
	}
	var request events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(raw, &request); err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "the event is no request of an HTTP API in payload format 2.0: %w", err)
	}
	handler, err := f.callers(ctx)
	if err != nil {
		return nil, err
	}
	return proxy(ctx, handler, request)
}

// CaughtUp is the answer to a tick of the schedule.
type CaughtUp struct {
	Outcome sim.TriggerOutcome `json:"verdict"`
	JobID   string             `json:"job_id,omitempty"`
}

// catchUp triggers what is missing. That another job is active, or that nothing
// is missing, is as good an answer as a new job: the schedule is harmless when
// it fires twice.
func (f *Function) catchUp(ctx context.Context, body json.RawMessage) (CaughtUp, error) {
	var r sim.TriggerRequest
	if len(body) > 0 {
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			return CaughtUp{}, sim.Errorf(sim.KindInvalid, "the body of the schedule is no trigger: %w", err)
		}
	}
	r.Caller = "schedule"
	defer f.deliverDue(ctx)
	result, err := f.jobs.Trigger(ctx, r)
	if sim.IsKind(err, sim.KindConflict) {
		f.Log.InfoContext(ctx, "the schedule found another job active", "error", err)
		return CaughtUp{Outcome: sim.TriggerSame}, nil
	}
	f.Log.InfoContext(ctx, "the schedule fired", "verdict", result.Outcome, "job_id", result.Job.ID)
	return CaughtUp{result.Outcome, result.Job.ID}, err
}
