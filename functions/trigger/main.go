// Command trigger is the Lambda function behind POST /simulate/trigger, cancel
// and retry, and behind the schedule that catches up every trading day.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"aitrader/internal/app/gateway"
	"aitrader/internal/httpapi"
)

func main() {
	f, err := gateway.Open(os.Getenv, httpapi.RoutesTrigger)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Invoke)
}
