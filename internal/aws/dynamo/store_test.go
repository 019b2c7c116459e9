package dynamo_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/storetest"
)

// TestStore runs the conformance suite on a server that is stricter than an
// emulator: its transactions conflict, and nothing passes a limit.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opened {
		_, url := startServer(t)
		return openTable(t, url, newTable(t, url))
	})
}

// startServer starts a server of its own for a test.
func startServer(t *testing.T) (*dynamotest.Server, string) {
	t.Helper()
	server := &dynamotest.Server{}
	return server, serve(t, server)
}

func serve(t *testing.T, server *dynamotest.Server) (url string) {
	t.Helper()
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	return listening.URL
}

// endpoint is where an emulator listens, that nobody here wrote.
func endpoint(t *testing.T) string {
	t.Helper()
	url := os.Getenv("AITRADER_DYNAMODB_ENDPOINT")
	if url == "" {
		t.Skip("no emulated DynamoDB: `make test-stack` starts one and runs this test")
	}
	return url
}

// TestStoreOnAnEmulator runs the conformance suite on the emulator.
func TestStoreOnAnEmulator(t *testing.T) {
	url := endpoint(t)
	storetest.Run(t, func(t *testing.T) storetest.Opened { return openTable(t, url, newTable(t, url)) })
}

var tables atomic.Int64

// newTable creates a table with a name of its own.
func newTable(t *testing.T, url string) string {
	t.Helper()
	table := fmt.Sprintf("aitrader-%d-%d", os.Getpid(), tables.Add(1))
	require.NoError(t, dynamo.CreateTable(t.Context(), dynamodb.NewFromConfig(config(url)), table))
	return table
}

// openTable opens a handle that the test's end closes.
func openTable(t *testing.T, url, table string, options ...func(*dynamodb.Options)) storetest.Opened {
	t.Helper()
	store := dynamo.Open(config(url), table, options...)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return storetest.Opened{
		Store: store, Prices: store,
		Again: func(t *testing.T) storetest.Opened { return openTable(t, url, table, options...) },
	}
}

// connections are shared by all tests. They are bounded, because 1,000 triggers
// at the same time would need more files than a process may have.
var connections = &http.Client{Transport: &http.Transport{MaxConnsPerHost: 32, MaxIdleConnsPerHost: 32}}

func config(url string) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(url), HTTPClient: connections,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}
