package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/app/deployed"
	"aitrader/internal/aws/runtimetest"
	"aitrader/internal/sample"
)

// lambdaClient invokes deployed functions by the Lambda API of an emulator, which
// takes requests without a signature.
type lambdaClient struct {
	endpoint string
	names    map[string]string // of the deployed functions, by ours
	table    string            // of the stack
}

func (c lambdaClient) ask(ctx context.Context, method, path string, body []byte) (http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.endpoint+"/2015-03-31/functions/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	text, err := io.ReadAll(response.Body)
	return response.Header, text, err
}

// find looks for the functions by the names that the template gives them.
func (c *lambdaClient) find(ctx context.Context) error {
	_, text, err := c.ask(ctx, http.MethodGet, "", nil)
	if err != nil {
		return err
	}
	var list struct {
		Functions []struct {
			FunctionName string
			Environment  struct{ Variables map[string]string }
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	c.names = map[string]string{}
	for _, f := range list.Functions {
		for _, name := range names {
			if strings.Contains(strings.ToLower(f.FunctionName), name+"function") {
				c.names[name], c.table = f.FunctionName, f.Environment.Variables["AITRADER_TABLE"]
			}
		}
	}
	return nil
}

func (c lambdaClient) invoke(ctx context.Context, function string, event []byte) (runtimetest.Result, error) {
	header, text, err := c.ask(ctx, http.MethodPost, c.names[function]+"/invocations", event)
	return runtimetest.Result{Payload: text, FunctionError: header.Get("X-Amz-Function-Error")}, err
}

// The whole stack, deployed into LocalStack by make localstack-up: from an HTTP
// event through the state machine to the results. (LocalStack's open edition has
// no HTTP API, so that the gateway is ours.)
func TestLocalStack(t *testing.T) {
	endpoint := os.Getenv("AITRADER_LOCALSTACK")
	if endpoint == "" {
		t.Skip("it is run by make localstack-up")
	}
	c := &lambdaClient{endpoint: endpoint}
	require.NoError(t, c.find(t.Context()))
	require.Len(t, c.names, len(names), "the functions of the template are deployed")
	table := deployed.New(settingsOf(endpoint), c.table, time.Now)
	_, err := table.PutPrices(t.Context(), sample.Market())
	require.NoError(t, err)
	_, err = table.PutConfiguration(t.Context(), "", workload{configuration: configuration}.write(t))
	require.NoError(t, err)
	smokes(t, gateway{c.invoke}, "")
}
