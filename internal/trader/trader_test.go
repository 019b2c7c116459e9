package trader_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// A model at a provider trades through the tools of its own desk, and what it
// was told is its assignment.
func TestAProvidersModelTrades(t *testing.T) {
	t.Parallel()
	var prompts []request
	url := provider(t, func(r request) string {
		prompts = append(prompts, r)
		if len(prompts) > 1 {
			return finish
		}
		return `{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"buy",` +
			`"arguments":"{\"symbol\":\"AAA\",\"amount\":3}"}}]}`
	})
	k := &keys{}
	a := assignment(sim.ModelSpec{BaseModel: "test/m", BaseURL: url, Params: map[string]any{"seed": 7}, Prompt: "Be calm."})
	out, err := newTrader(k).Trade(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, sim.StopSignal, out.Session.StopReason)
	require.Len(t, out.Fills, 1)
	assert.Equal(t, 12*sim.Dollar, out.Fills[0].Price)
	assert.Equal(t, 64*sim.Dollar, out.Fills[0].CashAfter)
	assert.Equal(t, 100*sim.Dollar, a.Opening.Cash, "the assignment is left as it was")
	assert.Equal(t, []string{"default solo " + url}, k.asked)

	first := prompts[0]
	assert.Equal(t, request{Model: "test/m", Seed: 7, auth: "Bearer the-key", Messages: first.Messages, Tools: first.Tools}, first)
	assert.Contains(t, first.Messages[0].Content, "Be calm.")
	assert.Contains(t, first.Messages[0].Content, "at most 5 answers")
	assert.Contains(t, first.Messages[1].Content, "Today is Thursday, 2025-10-02.\nThis is your first day.")
	assert.Contains(t, first.Messages[1].Content, "\nAAA 11.00 12.00\n")
	assert.NotContains(t, first.Messages[1].Content, "QQQ", "the benchmark is no part of the universe")
}

// The order of the tools is part of every request, and so of what providers cache.
func TestASessionOffersItsToolsInAFixedOrder(t *testing.T) {
	t.Parallel()
	var offered []string
	url := provider(t, func(r request) string {
		if len(r.Messages) > 2 {
			return finish
		}
		for _, tool := range r.Tools {
			offered = append(offered, tool.Function.Name)
		}
		return `{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"calculate",` +
			`"arguments":"{\"expression\":\"100 / 12\"}"}}]}`
	})
	out, err := newTrader(&keys{}).Trade(t.Context(), assignment(sim.ModelSpec{BaseModel: "test/m", BaseURL: url}))
	require.NoError(t, err)
	assert.Equal(t, []string{"buy", "sell", "get_price", "get_prices", "get_history", "get_portfolio", "calculate"}, offered)
	assert.Equal(t, map[string]sim.ToolCount{"calculate": {Calls: 1}}, out.Session.ToolUsage)
	assert.Equal(t, `{"as_of":"2025-10-02","expression":"100 / 12","result":8.33333333333333}`, out.Transcript[3].Content)
}

func TestABuiltInModelNeedsNoKey(t *testing.T) {
	t.Parallel()
	k := &keys{}
	out, err := newTrader(k).Trade(t.Context(), assignment(sim.ModelSpec{BaseModel: "builtin/buy-and-hold?symbol=AAA"}))
	require.NoError(t, err)
	require.Len(t, out.Fills, 1)
	assert.Equal(t, 8*sim.Share, out.Fills[0].Quantity)
	assert.Empty(t, k.asked)
}

func TestARecordedModelPlaysBack(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "position.jsonl")
	write := func(cash string) {
		require.NoError(t, os.WriteFile(file,
			[]byte(`{"date":"2025-10-02","id":1,"this_action":{"action":"buy","symbol":"AAA","amount":2},"positions":{"AAA":2,"CASH":`+
				cash+`}}`), 0o600))
	}
	write("76.0")
	out, err := newTrader(&keys{}).Trade(t.Context(), assignment(sim.ModelSpec{BaseModel: "recorded/" + file}))
	require.NoError(t, err)
	require.Len(t, out.Fills, 1)
	write("77.0")
	_, err = newTrader(&keys{}).Trade(t.Context(), assignment(sim.ModelSpec{BaseModel: "recorded/" + file}))
	assert.ErrorContains(t, err, "recording_mismatch")
}

func TestADayFailsWithItsReason(t *testing.T) {
	t.Parallel()
	for baseModel, reason := range map[string]string{
		"builtin/oracle":        "oracle",
		"recorded/none.jsonl":   "none.jsonl",
		"test/m at no base URL": "the base URL is not valid",
	} {
		_, err := newTrader(&keys{}).Trade(t.Context(), assignment(sim.ModelSpec{BaseModel: baseModel, BaseURL: "ftp://example.com"}))
		assert.ErrorContains(t, err, reason)
	}
	k := &keys{err: sim.Errorf(sim.KindUnavailable, "the key is missing")}
	_, err := newTrader(k).Trade(t.Context(), assignment(sim.ModelSpec{BaseModel: "test/m", BaseURL: "http://127.0.0.1:1/v1"}))
	assert.ErrorContains(t, err, "the key is missing")

	a := assignment(sim.ModelSpec{BaseModel: "builtin/cash"})
	a.Settings.MaxSteps = 0
	_, err = newTrader(&keys{}).Trade(t.Context(), a)
	assert.ErrorContains(t, err, "max_steps 0")
}

// A cancelled day ends at once, although its model still thinks.
func TestACancelledDayEnds(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	url := provider(t, func(request) string {
		close(asked)
		<-release
		return finish
	})
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := newTrader(&keys{}).Trade(ctx, assignment(sim.ModelSpec{BaseModel: "test/m", BaseURL: url}))
		ended <- err
	}()
	select {
	case <-asked:
	case err := <-ended:
		require.NoError(t, err, "it ended before its model was asked")
	}
	cancel()
	err := <-ended
	assert.ErrorIs(t, err, context.Canceled)
	_, err = newTrader(&keys{}).Trade(ctx, assignment(sim.ModelSpec{BaseModel: "builtin/cash"}))
	assert.Error(t, err, "and one that is cancelled already does not begin")
}
