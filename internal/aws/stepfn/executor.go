package stepfn

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// Executor executes jobs in a state machine. It implements [engine.Executor].
type Executor struct {
	client  *sfn.Client
	machine string // its ARN
}

// NewExecutor returns the executor of a state machine.
func NewExecutor(settings aws.Config, machine string) *Executor {
	return &Executor{client: sfn.NewFromConfig(settings), machine: machine}
}

// Start starts the execution of a job. An execution has the name of its job, so
// that there can be only one, also after its end.
func (x *Executor) Start(ctx context.Context, job sim.Job) error {
	input, err := json.Marshal(NextDate{JobID: job.ID})
	if err != nil {
		return err
	}
	_, err = x.client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &x.machine, Name: &job.ID, Input: aws.String(string(input)),
	})
	if _, ok := errors.AsType[*types.ExecutionAlreadyExists](err); ok {
		return nil
	}
	return translate("started", err)
}

// Stop stops the execution of a job that has been marked for it. One that does
// not exist, or has ended, is stopped already.
func (x *Executor) Stop(ctx context.Context, job sim.Job) error {
	_, err := x.client.StopExecution(ctx, &sfn.StopExecutionInput{
		ExecutionArn: aws.String(x.execution(job)), Error: aws.String("cancelled"), Cause: aws.String("the job was cancelled"),
	})
	if _, ok := errors.AsType[*types.ExecutionDoesNotExist](err); ok {
		return nil
	}
	return translate("stopped", err)
}

// State asks what became of the execution of a job.
func (x *Executor) State(ctx context.Context, job sim.Job) (engine.ExecutionState, error) {
	out, err := x.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(x.execution(job))})
	var absent *types.ExecutionDoesNotExist
	switch {
	case errors.As(err, &absent):
		return engine.ExecutionAbsent, nil
	case err != nil:
		return "", translate("looked at", err)
	case out.Status == types.ExecutionStatusRunning || out.Status == types.ExecutionStatusPendingRedrive:
		return engine.ExecutionAlive, nil
	default:
		return engine.ExecutionEnded, nil
	}
}

// execution is the ARN of a job's execution, which follows from the machine's.
func (x *Executor) execution(job sim.Job) string {
	return strings.Replace(x.machine, ":stateMachine:", ":execution:", 1) + ":" + job.ID
}

// translate gives an error of Step Functions a kind: whatever it is, a later try may
// succeed.
func translate(what string, err error) error {
	if err == nil {
		return nil
	}
	return sim.Errorf(sim.KindUnavailable, "the execution could not be %s: %w", what, err)
}
