package deployed_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/app/deployed"
	"aitrader/internal/app/local"
	"aitrader/internal/aws/dynamo"
	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/config"
	"aitrader/internal/prices/feed"
	"aitrader/internal/sample"
	"aitrader/internal/sim"
)

// newDeployed returns a stack's table, as the command line and as the functions see it.
func newDeployed(t *testing.T) (*deployed.Stack, *dynamo.Store, string) {
	t.Helper()
	server := httptest.NewServer(&dynamotest.Server{})
	t.Cleanup(server.Close)
	settings := aws.Config{Region: "us-east-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")}
	require.NoError(t, dynamotest.CreateTable(t.Context(), dynamodb.NewFromConfig(settings), "table"))
	return deployed.New(settings, "table", time.Now), dynamo.Open(settings, "table"), server.URL
}

// write writes files into a new folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return folder
}

const (
	recording = `{"date":"2025-10-01","id":0,"positions":{"CASH":10000}}` + "\n"
	news      = `{"items": [{"published": "2025-09-30T20:15:00Z", "title": "Chips are up"}]}`
	good      = `{"news": {"source": "file", "file": "news/october.json"}, "models": [
		{"signature": "played", "basemodel": "recorded/runs/played.jsonl"}, {"signature": "again", "basemodel": "recorded/runs/played.jsonl"},
		{"signature": "gone", "basemodel": "recorded/runs/gone.jsonl", "enabled": false},
		{"signature": "gpt", "basemodel": "gpt-5", "openai_base_url": "https://api.example.com/v1", "openai_api_key": "/aitrader/keys/gpt"}]}`
)

func TestAConfigurationComesWithWhatItNames(t *testing.T) {
	t.Parallel()
	s, table, _ := newDeployed(t)
	folder := write(t, map[string]string{"october.json": good, "runs/played.jsonl": recording, "news/october.json": news})
	put, err := s.PutConfiguration(t.Context(), "", filepath.Join(folder, "october.json"))
	require.NoError(t, err)
	assert.Equal(t, "october", put.Name)
	assert.Equal(t, []string{"played", "again", "gone", "gpt"}, put.Models)
	assert.Equal(t, []string{"runs/played.jsonl"}, put.Recordings, "once, and not that of a disabled model that is not there")
	assert.Equal(t, "news/october.json", put.News)
	require.Len(t, put.Warnings, 1)
	assert.Contains(t, put.Warnings[0].String(), "gone")
	for _, d := range []struct {
		shelf      dynamo.Shelf
		name, want string
	}{
		{dynamo.Configurations, "october", good}, {dynamo.Recordings, "runs/played.jsonl", recording}, {dynamo.News, "news/october.json", news},
	} {
		text, err := table.Document(t.Context(), d.shelf, d.name)
		require.NoError(t, err)
		assert.Equal(t, d.want, string(text))
	}
	_, err = s.PutConfiguration(t.Context(), "other", filepath.Join(folder, "october.json"))
	require.NoError(t, err)
	names, err := table.Documents(t.Context(), dynamo.Configurations)
	require.NoError(t, err)
	assert.Equal(t, []string{"october", "other"}, names)
}

func TestAWrongConfigurationLoadsNothing(t *testing.T) {
	t.Parallel()
	s, table, _ := newDeployed(t)
	for text, complaint := range map[string]string{
		`{"models": [{"signature": "a", "basemodel": "recorded/none.jsonl"}]}`: "none.jsonl",
		`{"models": [{"signature": "a", "basemodel": "builtin/nonsense"}]}`:    "nonsense",
		`{"models": [{"signature": "a", "basemodel": "gpt-5", "openai_base_url": "https://api.example.com/v1",
			"openai_api_key": "sk-1234567890ab"}]}`: "models[0].openai_api_key",
		`{"models": `: "wrong.json",
	} {
		folder := write(t, map[string]string{"wrong.json": text})
		_, err := s.PutConfiguration(t.Context(), "", filepath.Join(folder, "wrong.json"))
		require.ErrorContains(t, err, complaint)
		assert.True(t, sim.IsKind(err, sim.KindInvalid), err)
		assert.NotContains(t, err.Error(), "sk-1234567890ab")
	}
	_, err := s.PutConfiguration(t.Context(), "a name", "/nowhere")
	assert.True(t, sim.IsKind(err, sim.KindInvalid), err)
	names, err := table.Documents(t.Context(), dynamo.Configurations)
	require.NoError(t, err)
	assert.Empty(t, names)
}

// The account is found as AWS's own tools find it.
func TestOpen(t *testing.T) {
	_, table, url := newDeployed(t)
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	_, err := deployed.Open(t.Context(), "", time.Now)
	require.ErrorContains(t, err, "--table")
	_, err = deployed.Open(t.Context(), "table", time.Now)
	require.ErrorContains(t, err, "AWS_REGION")

	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ENDPOINT_URL", url)
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	s, err := deployed.Open(t.Context(), "table", time.Now)
	require.NoError(t, err)
	report, err := s.PutPrices(t.Context(), sample.Market())
	require.NoError(t, err)
	assert.Positive(t, report.Added)
	market, err := table.MarketData(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, market.Symbols())
}

// Prices come from the source of a configuration here, into the table.
func TestPricesAreFetchedIntoTheTable(t *testing.T) {
	t.Parallel()
	s, table, _ := newDeployed(t)
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "here", r.URL.Query().Get("apikey"))
		_, err := w.Write([]byte("Date,Open,High,Low,Close,Volume\n2025-10-01,1,2,1,2,5\n"))
		assert.NoError(t, err)
	}))
	t.Cleanup(vendor.Close)
	folder := write(t, map[string]string{"default.json": `{"models": [{"signature": "a", "basemodel": "builtin/cash"}],
		"prices": {"source": "stooq", "base_url": "` + vendor.URL + `", "api_key": "${KEY}", "requests_per_minute": 60}}`, "wrong.json": `{`})
	here := func(file string) config.Catalog {
		return local.Options{Config: filepath.Join(folder, file),
			Env: func(name string) string { return map[string]string{"KEY": "here"}[name] }}.Catalog()
	}
	day := sim.MustParseDate("2025-10-01")
	report, err := s.FetchPrices(t.Context(), here("default.json"), feed.Request{Start: day, End: day, Symbols: []string{"AAA"}},
		slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	assert.Equal(t, 1, report.Put.Added, report.Warnings)
	market, err := table.MarketData(t.Context())
	require.NoError(t, err)
	assert.True(t, market.HasWhole("AAA", day))
	_, err = s.FetchPrices(t.Context(), here("wrong.json"), feed.Request{}, slog.New(slog.DiscardHandler))
	assert.True(t, sim.IsKind(err, sim.KindInvalid), err)
}
