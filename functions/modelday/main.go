// Command modelday is the Lambda function that runs one model-day: the task of
// the state machine that costs time and money.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"aitrader/internal/app/serverless"
	"aitrader/internal/aws/stepfn"
	"aitrader/internal/engine"
	"aitrader/internal/trader"
)

func main() {
	c, err := serverless.Open(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	e := c.Engine(&trader.Trader{
		Models: trader.NewModels(c.Catalog, trader.Stored(c.Recording), c.Store, c.Now),
		News:   trader.NewNewsSources(c.Catalog, c.NewsFile, c.Log.With("logger", "news")), Headers: c.Catalog, Past: c.Store, Now: c.Now,
	})
	lambda.Start(func(ctx context.Context, in stepfn.ModelDay) (engine.DayResult, error) {
		return stepfn.RunDay(ctx, e, in)
	})
}
