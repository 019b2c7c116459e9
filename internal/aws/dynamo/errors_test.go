package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/sim"
)

// answering is an HTTP client that gives the same answer to every request.
type answering func() (*http.Response, error)

func (a answering) Do(*http.Request) (*http.Response, error) { return a() }

func refusing(status int, code string) answering {
	return func() (*http.Response, error) {
		body := fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s",`+
			`"message":"arn:aws:dynamodb:us-east-1:123456789012:table/secret"}`, code)
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
}

// TestErrorsHaveKinds has DynamoDB, or the way to it, fail in every way that is
// known. What it says is for the log: no caller reads it.
func TestErrorsHaveKinds(t *testing.T) {
	for name, c := range map[string]struct {
		client answering
		kind   sim.Kind
		says   string
	}{
		"throttled":      {refusing(400, "ProvisionedThroughputExceededException"), sim.KindUnavailable, "overloaded"},
		"throttling":     {refusing(400, "ThrottlingException"), sim.KindUnavailable, "overloaded"},
		"account limit":  {refusing(400, "RequestLimitExceeded"), sim.KindUnavailable, "overloaded"},
		"no table":       {refusing(400, "ResourceNotFoundException"), sim.KindUnavailable, "table does not exist"},
		"no permission":  {refusing(400, "AccessDeniedException"), sim.KindUnavailable, "check the credentials"},
		"expired":        {refusing(400, "ExpiredTokenException"), sim.KindUnavailable, "check the credentials"},
		"broken service": {refusing(500, "InternalServerError"), sim.KindUnavailable, "has failed for now"},
		"our mistake":    {refusing(400, "ValidationException"), sim.KindInternal, "the store failed"},
		"no network":     {func() (*http.Response, error) { return nil, errors.New("dial: no route") }, sim.KindUnavailable, "cannot be"},
		"not DynamoDB":   {func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, sim.KindUnavailable, "cannot be"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := configured("http://dynamodb.example", c.client)
			store := dynamo.Open(cfg, "aitrader", hasty(2))
			_, err := store.Job(t.Context(), "job")
			assert.Equal(t, c.kind, sim.KindOf(err), "%v", err)
			var e *sim.Error
			assert.ErrorAs(t, err, &e)
			assert.Contains(t, e.Message, c.says)
			assert.NotContains(t, e.Message, "secret")
			assert.NotContains(t, e.Message, "dial")
			assert.Error(t, e.Err, "the cause is kept for the log")
		})
	}
}

func TestAStoreWithoutCredentialsIsUnavailable(t *testing.T) {
	cfg := within(nil)
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no profile, no role")
	})
	store := dynamo.Open(cfg, "aitrader", hasty(1))
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(store.Ping(t.Context())))
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	store, server := newStore(t, nil)
	driver := jobDriver{t, store}
	driver.create("job", testPlan(testDates[:2], "a"), false)
	g := driver.claim("job", "a", testDates[0])
	before := server.Calls()
	assert.NoError(t, store.Close())
	for name, err := range driver.everyCall(g) {
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err), name)
	}
	assert.Equal(t, before, server.Calls(), "no request is sent any more")
}
