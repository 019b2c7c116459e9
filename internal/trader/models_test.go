package trader_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
	"aitrader/internal/trader"
)

// open opens a model of a job that asks an endpoint.
func open(t *testing.T, m *trader.Models, job, signature, url string, maxParallel int) agent.Model {
	t.Helper()
	model, err := m.Open(t.Context(), job, sim.Settings{Config: "default", MaxParallel: maxParallel},
		sim.ModelSpec{Signature: signature, BaseModel: "test/m", BaseURL: url})
	require.NoError(t, err)
	return model
}

// A job keeps the model that it started with, its key too; another job makes
// its own.
func TestAJobKeepsItsModels(t *testing.T) {
	t.Parallel()
	k := &keys{}
	m := trader.NewModels(k, trader.Files, nil, time.Now)
	const url = "http://127.0.0.1:1/v1"
	first := open(t, m, "one", "a", url, 0)
	k.failWith(sim.Errorf(sim.KindUnavailable, "the key is missing"))
	assert.Same(t, first, open(t, m, "one", "a", url, 0), "the key is not read again")
	assert.Len(t, k.asked, 1)
	_, err := m.Open(t.Context(), "two", sim.Settings{}, sim.ModelSpec{Signature: "a", BaseModel: "test/m", BaseURL: url})
	assert.ErrorContains(t, err, "the key is missing")
	k.failWith(nil)
	assert.NotSame(t, first, open(t, m, "two", "a", url, 0), "a failure is not kept")
	assert.NotSame(t, first, open(t, m, "one", "b", url, 0))
}

// Models of jobs that have ended are let go of at some time.
func TestCachedModelsAreBounded(t *testing.T) {
	t.Parallel()
	k := &keys{}
	m := trader.NewModels(k, trader.Files, nil, time.Now)
	const url = "http://127.0.0.1:1/v1"
	first := open(t, m, "job-0", "a", url, 0)
	for i := range 600 {
		open(t, m, fmt.Sprint("job-", i), "a", url, 0)
	}
	assert.Len(t, k.asked, 600)
	assert.NotSame(t, first, open(t, m, "job-0", "a", url, 0))
}

func TestModelsAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	m := trader.NewModels(&keys{}, trader.Files, nil, time.Now)
	url := provider(t, func(request) string { return finish })
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			model, err := m.Open(t.Context(), "job", sim.Settings{MaxParallel: 3},
				sim.ModelSpec{Signature: fmt.Sprint(i % 10), BaseModel: "test/m", BaseURL: url})
			if assert.NoError(t, err) {
				_, err = ask(t, t.Context(), model)
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
}

// The models of all jobs share the places of a provider; another provider, and
// a job without a bound, have nothing to do with them.
func TestModelsOfOneProviderShareItsPlaces(t *testing.T) {
	t.Parallel()
	asked, release := make(chan string, 10), make(chan struct{})
	slow := provider(t, func(r request) string {
		asked <- r.auth
		<-release
		return finish
	})
	free := sync.OnceFunc(func() { close(release) })
	t.Cleanup(free)
	other := provider(t, func(request) string { return finish })
	m := trader.NewModels(&keys{}, trader.Files, nil, time.Now)
	ended := make(chan error, 2)
	think := func(model agent.Model) {
		_, err := ask(t, t.Context(), model)
		ended <- err
	}
	go think(open(t, m, "one", "a", slow, 1))
	<-asked

	waiting, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := ask(t, waiting, open(t, m, "two", "b", slow, 1))
	assert.Error(t, err, "the place is taken")
	assert.Empty(t, asked, "and the provider is not asked")
	_, err = ask(t, t.Context(), open(t, m, "one", "c", other, 1))
	assert.NoError(t, err)
	go think(open(t, m, "three", "d", slow, 0))
	<-asked

	free()
	assert.NoError(t, <-ended)
	assert.NoError(t, <-ended)
	_, err = ask(t, t.Context(), open(t, m, "two", "b", slow, 1))
	assert.NoError(t, err, "the place is given back")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, good := range []sim.ModelSpec{
		{BaseModel: "builtin/momentum?lookback=5&top=2"}, {BaseModel: "openai/gpt-5"},
		{BaseModel: "m", BaseURL: "https://user:password@example.com/v1", Params: map[string]any{"seed": 1}},
	} {
		assert.NoError(t, trader.Check(good), good.BaseModel)
	}
	for reason, bad := range map[string]sim.ModelSpec{
		"lookback":                  {BaseModel: "builtin/momentum?lookback=x"},
		"nowhere.jsonl":             {BaseModel: "recorded/nowhere.jsonl"},
		"the base URL is not valid": {BaseModel: "m", BaseURL: "file:///etc"},
		`"tools" cannot be set`:     {BaseModel: "m", Params: map[string]any{"tools": true}},
	} {
		assert.ErrorContains(t, trader.Check(bad), reason)
	}
}
