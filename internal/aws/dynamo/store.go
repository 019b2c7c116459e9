package dynamo

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"aitrader/internal/backoff"
	"aitrader/internal/sim"
)

// Store is a [sim.Store] and a [sim.PriceStore] in one DynamoDB table. It is safe
// for concurrent use, in any number of processes.
type Store struct {
	client *dynamodb.Client
	table  *string
	closed atomic.Bool

	markets struct {
		sync.Mutex
		last *sim.MarketData
	}
}

var (
	_ sim.Store      = (*Store)(nil)
	_ sim.PriceStore = (*Store)(nil)
)

// maxRequests bounds how often the SDK sends a request that is throttled or gets
// lost. With requestPauses that is about 5 s in the worst case, well within the time
// that a model-day has.
const maxRequests = 8

var requestPauses = backoff.Policy{Base: 50 * time.Millisecond, Max: 2 * time.Second}

// Open returns the store in a table, which must exist. It sends no request.
func Open(config aws.Config, table string, options ...func(*dynamodb.Options)) *Store {
	options = append([]func(*dynamodb.Options){withRetries}, options...)
	return &Store{client: dynamodb.NewFromConfig(config, options...), table: aws.String(table)}
}

// withRetries sets how the SDK repeats requests.
func withRetries(o *dynamodb.Options) {
	o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = maxRequests
		r.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
			return requestPauses.Delay(attempt), nil
		})
	})
}

// Ping reports whether the store can be read.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.get(ctx, versionKey)
	return translate(err)
}

// Close makes every later call fail. It has nothing to release.
func (s *Store) Close() error {
	s.closed.Store(true)
	return nil
}
