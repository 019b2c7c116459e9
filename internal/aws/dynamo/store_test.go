package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
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
		cfg := within(&dynamotest.Server{})
		return openTable(t, cfg, newTable(t, cfg))
	})
}

// endpoint is the address of an emulator, which is independent of this project.
func endpoint(t *testing.T) string {
	t.Helper()
	url := os.Getenv("AITRADER_EMULATOR")
	if url == "" {
		t.Skip("no emulated DynamoDB: `make test-stack` starts one and runs this test")
	}
	return url
}

// TestStoreOnAnEmulator runs the conformance suite on the emulator.
func TestStoreOnAnEmulator(t *testing.T) {
	cfg := reaching(endpoint(t))
	storetest.Run(t, func(t *testing.T) storetest.Opened { return openTable(t, cfg, newTable(t, cfg)) })
}

var tables atomic.Int64

// newTable creates a table with a name of its own.
func newTable(t *testing.T, cfg aws.Config) string {
	t.Helper()
	table := fmt.Sprintf("aitrader-%d-%d", os.Getpid(), tables.Add(1))
	require.NoError(t, dynamotest.CreateTable(t.Context(), dynamodb.NewFromConfig(cfg), table))
	return table
}

// openTable opens a handle that the test's end closes.
func openTable(t *testing.T, cfg aws.Config, table string) storetest.Opened {
	t.Helper()
	store := dynamo.Open(cfg, table)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return storetest.Opened{
		Store: store, Prices: store,
		Again: func(t *testing.T) storetest.Opened { return openTable(t, cfg, table) },
	}
}

// reaching is the configuration of a client of a server on this machine. Its
// connections are bounded, because 1,000 triggers at the same time would need
// more files than a process may have. A scan does not leave it.
func reaching(url string) aws.Config {
	return configured(url, noScan{&http.Client{Transport: &http.Transport{MaxConnsPerHost: 32, MaxIdleConnsPerHost: 32}}})
}

// within is the configuration of a client that has the server in its own
// process: there is no network between them.
func within(server *dynamotest.Server) aws.Config {
	return configured("http://dynamodb.example", inProcess{server})
}

func configured(url string, client aws.HTTPClient) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(url), HTTPClient: client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// noScan refuses what would read the whole table.
type noScan struct{ aws.HTTPClient }

func (c noScan) Do(r *http.Request) (*http.Response, error) {
	if target := r.Header.Get("X-Amz-Target"); strings.HasSuffix(target, ".Scan") {
		return nil, errors.New("a scan: " + target)
	}
	return c.HTTPClient.Do(r)
}

// inProcess hands requests to a server and brings its answers back.
type inProcess struct{ server *dynamotest.Server }

func (c inProcess) Do(r *http.Request) (answer *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			answer, err = nil, io.ErrUnexpectedEOF
		} else if p != nil {
			panic(p)
		}
	}()
	recorder := httptest.NewRecorder()
	c.server.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}
