package dynamo_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

// hasty makes the SDK try again at once, so that tests need not wait for it.
func hasty(tries int) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts, r.RateLimiter = tries, noLimit{}
			r.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
}

// noLimit is a rate limiter that has none.
type noLimit struct{}

func (noLimit) AddTokens(uint) error { return nil }
func (noLimit) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}

// at makes one request go wrong, counted over all operations but those that the
// fault cannot happen to.
func at(request int64, fault dynamotest.Fault, operations ...string) (disturb func(string, int) dynamotest.Fault, seen *atomic.Int64) {
	seen = new(atomic.Int64)
	return func(operation string, _ int) dynamotest.Fault {
		for _, o := range operations {
			if o == operation && seen.Add(1)-1 == request {
				return fault
			}
		}
		return dynamotest.NoFault
	}, seen
}

var (
	everyWrite     = []string{"PutItem", "BatchWriteItem", "TransactWriteItems"}
	everyOperation = append([]string{"GetItem", "BatchGetItem", "Query"}, everyWrite...)
)

// TestEachRequestDisturbed does all writes once for each of their requests and each way
// in which one can fail. The store, or the SDK, repeats the request; the result is the
// same, and nothing is done twice.
func TestEachRequestDisturbed(t *testing.T) {
	calm, _ := newStore(t, nil)
	undisturbed := jobDriver{t, calm}
	undisturbed.writeEverything()
	want := undisturbed.dump()

	for name, c := range map[string]struct {
		fault      dynamotest.Fault
		operations []string
	}{
		"lost":       {dynamotest.Lost, everyWrite},
		"unanswered": {dynamotest.Unanswered, everyWrite},
		"throttled":  {dynamotest.Throttled, everyWrite},
		"conflict":   {dynamotest.Conflict, []string{"PutItem", "TransactWriteItems"}},
		"partial":    {dynamotest.Partial, []string{"BatchGetItem", "BatchWriteItem"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step := int64(1)
			if !rounds.Long() {
				step = 8
				t.Logf("one of %d requests is disturbed; %s=1 disturbs each", step, rounds.Variable)
			}
			for request := int64(c.fault) % step; ; request += step {
				disturb, seen := at(request, c.fault, c.operations...)
				store, _ := newStore(t, disturb, hasty(3))
				driver := jobDriver{t, store}
				driver.writeEverything()
				if seen.Load() <= request {
					require.Greater(t, request, int64(5), "too few requests to prove anything")
					break
				}
				require.Equal(t, want, driver.dump(), "request %d", request)
			}
		})
	}
}

// TestATransactionWhoseAnswerWasLostIsDoneOnce proves the token: a claim that was
// done is granted when it is sent again, and does not meet itself as busy.
func TestATransactionWhoseAnswerWasLostIsDoneOnce(t *testing.T) {
	store, server := newStore(t, func(operation string, n int) dynamotest.Fault {
		if operation == "TransactWriteItems" && n == 1 {
			return dynamotest.Unanswered
		}
		return dynamotest.NoFault
	}, hasty(3))
	driver := jobDriver{t, store}
	driver.create("job", testPlan(testDates[:1], "a"), false)
	g := driver.claim("job", "a", testDates[0])
	assert.Equal(t, 1, g.Attempt)
	assert.Equal(t, int64(2), g.Fence)
	assert.Equal(t, 3, server.Calls()["TransactWriteItems"])
	driver.commit(g)
}

// TestWhatStaysBrokenIsUnavailable expects every call to give up when each request
// fails, with an error that asks the caller to try again.
func TestWhatStaysBrokenIsUnavailable(t *testing.T) {
	for _, fault := range []dynamotest.Fault{dynamotest.Lost, dynamotest.Throttled, dynamotest.Down} {
		t.Run(fmt.Sprint(fault), func(t *testing.T) {
			t.Parallel()
			var broken atomic.Bool
			store, _ := newStore(t, func(string, int) dynamotest.Fault {
				if broken.Load() {
					return fault
				}
				return dynamotest.NoFault
			}, hasty(2))
			driver := jobDriver{t, store}
			driver.create("job", testPlan(testDates[:2], "a"), false)
			g := driver.claim("job", "a", testDates[0])
			broken.Store(true)
			for name, err := range driver.everyCall(g) {
				assert.Equal(t, sim.KindUnavailable, sim.KindOf(err), "%s: %v", name, err)
			}
		})
	}
}

// everyCall makes each call of the store once.
func (t jobDriver) everyCall(g sim.Grant) map[string]error {
	ctx, prices := t.Context(), t.store.(sim.PriceStore)
	errs := map[string]error{}
	_, errs["CreateJob"] = t.store.CreateJob(ctx, sim.NewJob{Job: sim.Job{ID: "new", Experiment: "other", CreatedAt: testNow}})
	_, _, errs["JobByIdempotencyKey"] = t.store.JobByIdempotencyKey(ctx, sim.IdempotencyKey{Key: "k"}, testNow)
	_, errs["Job"] = t.store.Job(ctx, "job")
	_, _, errs["Jobs"] = t.store.Jobs(ctx, sim.JobFilter{})
	_, _, errs["ActiveJob"] = t.store.ActiveJob(ctx, "main")
	_, errs["RequestCancel"] = t.store.RequestCancel(ctx, "job", testNow)
	errs["Heartbeat"] = t.store.Heartbeat(ctx, "job", testNow)
	errs["CloseDate"] = t.store.CloseDate(ctx, "job", testDates[0], "lost", testNow)
	_, errs["FinishJob"] = t.store.FinishJob(ctx, "job", sim.Finish{Status: sim.JobFailed, Now: testNow})
	errs["AddCallback"] = t.store.AddCallback(ctx, "job", testURL)
	_, errs["Callbacks"] = t.store.Callbacks(ctx, "")
	errs["DeferCallback"] = t.store.DeferCallback(ctx, sim.Callback{JobID: "job", URL: testURL})
	errs["DropCallback"] = t.store.DropCallback(ctx, sim.Callback{JobID: "job", URL: testURL})
	_, errs["ModelDays"] = t.store.ModelDays(ctx, "job", sim.ModelDayFilter{})
	_, errs["Counts"] = t.store.Counts(ctx, "job")
	_, errs["Claim"] = t.tryClaim("job", "a", testDates[1])
	errs["Commit"] = t.store.Commit(ctx, g, t.day(g), []sim.Message{said("x")})
	errs["Fail"] = t.store.Fail(ctx, g, sim.Failure{Error: "why"}, testNow)
	_, errs["Heads"] = t.store.Heads(ctx, []sim.BookKey{g.Book})
	_, errs["Books"] = t.store.Books(ctx, "main")
	_, errs["Books of all"] = t.store.Books(ctx, "")
	_, errs["Days of a job"] = t.store.Days(ctx, sim.DayFilter{JobID: "job"})
	_, errs["Days"] = t.store.Days(ctx, sim.DayFilter{Experiment: "main"})
	_, errs["Transcript"] = t.store.Transcript(ctx, g.Book, sim.DayRef{Date: testDates[0]})
	errs["Ping"] = t.store.Ping(ctx)
	_, errs["PutPrices"] = prices.PutPrices(ctx, bars(1, 1, 1), testNow)
	_, errs["PricesVersion"] = prices.PricesVersion(ctx)
	_, errs["MarketData"] = prices.MarketData(ctx)
	return errs
}

// TestEachRequestBrokenForGood breaks each request of each reading and writing call for
// good, one after the other: the call fails, and gives no half of an answer.
func TestEachRequestBrokenForGood(t *testing.T) {
	for request := int64(0); ; request++ {
		var armed atomic.Bool
		var seen atomic.Int64
		store, _ := newStore(t, func(string, int) dynamotest.Fault {
			if armed.Load() && seen.Add(1)-1 >= request {
				return dynamotest.Down
			}
			return dynamotest.NoFault
		}, hasty(1))
		driver := jobDriver{t, store}
		driver.writeEverything()
		driver.create("job", testPlan(testDates[:2], "a"), true)
		g := driver.claim("job", "a", testDates[0])
		failed := 0
		for name, call := range driver.calls(g) {
			seen.Store(0)
			armed.Store(true)
			err := call()
			armed.Store(false)
			if seen.Load() > request {
				failed++
				assert.Equal(t, sim.KindUnavailable, sim.KindOf(err), "%s at request %d: %v", name, request, err)
			}
		}
		if failed == 0 {
			require.Greater(t, request, int64(3))
			return
		}
	}
}

// calls are calls that need several requests.
func (t jobDriver) calls(g sim.Grant) map[string]func() error {
	ctx, prices := t.Context(), t.store.(sim.PriceStore)
	return map[string]func() error{
		"Jobs":  func() error { _, _, err := t.store.Jobs(ctx, sim.JobFilter{}); return err },
		"Job":   func() error { _, err := t.store.Job(ctx, "job"); return err },
		"Books": func() error { _, err := t.store.Books(ctx, ""); return err },
		"Days":  func() error { _, err := t.store.Days(ctx, sim.DayFilter{JobID: "second"}); return err },
		"Transcript": func() error {
			_, err := t.store.Transcript(ctx, g.Book, sim.DayRef{Date: testDates[1], Generation: 1})
			return err
		},
		"MarketData": func() error { _, err := prices.MarketData(ctx); return err },
		"PutPrices":  func() error { _, err := prices.PutPrices(ctx, bars(2, 3, 2*sim.Dollar), testNow); return err },
		"JobByIdempotencyKey": func() error {
			_, _, err := t.store.JobByIdempotencyKey(ctx, sim.IdempotencyKey{Key: "key of second", Request: "request"}, testNow)
			return err
		},
		"CreateJob":     func() error { return t.tryCreate("new", testPlan(testDates[:2], "z"), false) },
		"Commit":        func() error { return t.store.Commit(ctx, g, t.day(g), []sim.Message{said("x")}) },
		"CloseDate":     func() error { return t.store.CloseDate(ctx, "job", testDates[0], "lost", testNow) },
		"RequestCancel": func() error { _, err := t.store.RequestCancel(ctx, "job", testNow); return err },
		"AddCallback":   func() error { return t.store.AddCallback(ctx, "job", testURL) },
		"FinishJob": func() error {
			_, err := t.store.FinishJob(ctx, "job", sim.Finish{Status: sim.JobFailed, Now: testNow})
			return err
		},
	}
}

func TestConflictsThatDoNotEndAreUnavailable(t *testing.T) {
	t.Parallel()
	store, _ := newStore(t, func(operation string, _ int) dynamotest.Fault {
		if operation == "TransactWriteItems" {
			return dynamotest.Conflict
		}
		return dynamotest.NoFault
	})
	err := jobDriver{t, store}.tryCreate("job", testPlan(testDates[:1], "a"), false)
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
}

func TestCallersThatDoNotWait(t *testing.T) {
	store, _ := newStore(t, func(operation string, _ int) dynamotest.Fault {
		if operation == "TransactWriteItems" {
			return dynamotest.Conflict
		}
		return dynamotest.NoFault
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := store.CreateJob(ctx, sim.NewJob{Job: sim.Job{ID: "job", Experiment: "main", CreatedAt: testNow}})
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	cancel()
	_, err = store.Job(ctx, "job")
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
}
