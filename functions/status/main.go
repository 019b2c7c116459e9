// Command status is the Lambda function behind GET /simulate/status/{job_id},
// /simulate/current, /simulate/jobs and /health, and behind the events that tell
// of the end of an execution.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"aitrader/internal/app/gateway"
	"aitrader/internal/httpapi"
)

func main() {
	f, err := gateway.Open(os.Getenv, httpapi.RoutesStatus)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Invoke)
}
