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
// why the execution cannot go on: then the job is to be ended.
type NextDate struct {
	JobID  string   `json:"job_id"`
	Ran    sim.Date `json:"ran"`
	Broken string   `json:"broken,omitempty"`
}

// Step is what nextdate answers. The machine selects every field, so none is
// left out: after the last date Date is "" and Models an empty list.
type Step struct {
	JobID  string        `json:"job_id"`
	Done   bool          `json:"done"`
	Status sim.JobStatus `json:"status"`
	Date   sim.Date      `json:"date"`
	Models []string      `json:"models"`
}

// NewStep is a step of the engine as the machine reads it.
func NewStep(jobID string, s engine.Step) Step {
	return Step{JobID: jobID, Done: s.Done, Status: s.Status, Date: s.Date, Models: append([]string{}, s.Models...)}
}

// TaskError is an error as the machine can match it: its type is the kind, which
// is what stands in the machine's ErrorEquals. (The runtime would report the name
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
