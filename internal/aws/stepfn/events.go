package stepfn

import (
	_ "embed" // simulation.asl.json
	"errors"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// Definition is the state machine in the Amazon States Language; the template
// deploys the same file.
//
//go:embed simulation.asl.json
var Definition []byte

// NextDate is what the machine tells the function nextdate: the date whose
// model-days have been tried, zero at the beginning. Broken, if not empty, says
// why the execution cannot continue: the job is then ended.
type NextDate struct {
	JobID  string   `json:"job_id"`
	Ran    sim.Date `json:"ran"`
	Broken string   `json:"broken,omitempty"`
}

// Step is what nextdate answers. The machine selects every field, so none is
// left out: after the last date Date is "" and Models an empty list. AtOnce is
// how many of the models run at the same time; 0: all.
type Step struct {
	JobID  string        `json:"job_id"`
	Done   bool          `json:"done"`
	Status sim.JobStatus `json:"status"`
	Date   sim.Date      `json:"date"`
	Models []string      `json:"models"`
	AtOnce int           `json:"at_once"`
}

// NewStep is a step of the engine as the machine reads it. Most bounds the
// model-days at once, besides the job's own bound; 0: nothing does. (A job bounds
// the calls to each provider. Its model-days run in processes that do not know of
// each other, so that here it bounds the models.)
func NewStep(jobID string, s engine.Step, most int) Step {
	if s.Parallel > 0 && (most == 0 || s.Parallel < most) {
		most = s.Parallel
	}
	return Step{JobID: jobID, Done: s.Done, Status: s.Status, Date: s.Date, Models: append([]string{}, s.Models...), AtOnce: most}
}

// ModelDay is what the machine tells the function modelday. TakeOver is set where
// the invocation before this one is known to have died: what it held is void.
type ModelDay struct {
	sim.ModelDayKey
	TakeOver bool `json:"take_over,omitempty"`
}

// TaskError is an error as the machine can match it: its type is the kind, which
// is what the machine's ErrorEquals names. (The runtime would report the name
// of the outermost Go type.) Nil stays nil.
func TaskError(err error) error {
	if err == nil {
		return nil
	}
	var known *sim.Error
	message := "the log says why"
	if errors.As(err, &known) && known.Kind != sim.KindInternal {
		message = known.Message
	}
	return messages.InvokeResponse_Error{Type: string(sim.KindOf(err)), Message: message}
}
