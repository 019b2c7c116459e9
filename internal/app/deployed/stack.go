// Package deployed is a deployed stack as the command line reaches it: the table,
// into which it loads prices, configurations, and what those name. Adding a model
// or a day of prices needs no deployment.
//
// It finds the account as all of AWS's tools do: by the environment, a profile,
// or what the machine it runs on was given.
package deployed

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/config"
	"aitrader/internal/prices/download"
	"aitrader/internal/prices/feed"
	"aitrader/internal/sim"
)

// Stack is a deployed stack.
type Stack struct {
	store *dynamo.Store
	now   func() time.Time
}

// Open finds the account and the region. It sends no request to the table yet.
func Open(ctx context.Context, table string, now func() time.Time) (*Stack, error) {
	if table == "" {
		return nil, sim.Errorf(sim.KindInvalid, "--table, or AITRADER_TABLE in the environment, is expected: the stack's output TableName")
	}
	settings, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "AWS cannot be reached: %w", err)
	}
	if settings.Region == "" {
		return nil, sim.Errorf(sim.KindInvalid, "no region of AWS is known: AWS_REGION, or a profile with a region, is expected")
	}
	return New(settings, table, now), nil
}

// New returns a stack by its table, in an account that the caller knows.
func New(settings aws.Config, table string, now func() time.Time) *Stack {
	return &Stack{store: dynamo.Open(settings, table), now: now}
}

// FetchPrices fetches prices into the table from the source of the default
// configuration here, with the key that is found here.
func (s *Stack) FetchPrices(ctx context.Context, here config.Catalog, r feed.Request, log *slog.Logger) (download.Report, error) {
	c, err := here.Source.Find(ctx, "")
	if err != nil {
		return download.Report{}, err
	}
	r.InitDate = c.InitDate()
	return feed.New(here, s.store, s.now, log).Request(ctx, c.Base, r)
}

// PutPrices stores prices, as the embedded home does.
func (s *Stack) PutPrices(ctx context.Context, set sim.PriceRows) (sim.ImportReport, error) {
	return s.store.PutPrices(ctx, set, s.now())
}
