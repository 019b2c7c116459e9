// Command nextdate is the Lambda function that closes a date of a job and names
// the next one, and ends the job after the last: the task of the state machine
// that keeps it in step.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"aitrader/internal/app/serverless"
	"aitrader/internal/aws/stepfn"
)

func main() {
	c, err := serverless.Open(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	e := c.Engine(nil) // it runs no model
	lambda.Start(func(ctx context.Context, in stepfn.NextDate) (stepfn.Step, error) {
		return stepfn.Advance(ctx, e, in, c.ModelDays)
	})
}
