// Command results is the Lambda function behind GET /results, /leaderboard,
// /portfolio/timeseries and all other routes that only read.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"aitrader/internal/app/gateway"
	"aitrader/internal/httpapi"
)

func main() {
	f, err := gateway.Open(os.Getenv, httpapi.RoutesResults)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Invoke)
}
