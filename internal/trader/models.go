package trader

import (
	"context"
	"strings"
	"sync"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/baseline"
	"aitrader/internal/openaimodel"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

// Models makes the models that jobs name, and keeps those in use. It is safe for
// concurrent use.
type Models struct {
	keys       Keys
	recordings Recordings
	meter      sim.Budgets
	now        func() time.Time

	mu       sync.Mutex
	open     map[modelKey]agent.Model
	limiters map[provider]openaimodel.Limiter
}

// Keys finds the key of a configured model when it is needed. Jobs do not store
// keys.
type Keys interface {
	// Key returns the key of a model, or "" when it has none. The base URL is
	// the one that the job stored: a key is never sent anywhere else than where
	// its configuration says.
	Key(ctx context.Context, config string, spec sim.ModelSpec) (string, error)
}

// modelKey names a model in use: a job keeps what it started with.
type modelKey struct{ jobID, signature string }

// provider answers model calls, a limited number of them at once.
type provider struct {
	baseURL string
	limit   int
}

// maxOpen bounds the models that are kept. Making one again costs little.
const maxOpen = 512

// NewModels returns a Models without any model yet.
func NewModels(keys Keys, recordings Recordings, meter sim.Budgets, now func() time.Time) *Models {
	return &Models{keys: keys, recordings: recordings, meter: meter, now: now, open: map[modelKey]agent.Model{},
		limiters: map[provider]openaimodel.Limiter{}}
}

// Open returns the model of a job's settings. An error is of kind
// invalid_request, unavailable, or not_found where a recording is missing, and
// names what is wrong.
func (m *Models) Open(ctx context.Context, jobID string, s sim.Settings, spec sim.ModelSpec) (agent.Model, error) {
	key := modelKey{jobID, spec.Signature}
	m.mu.Lock()
	model, ok := m.open[key]
	m.mu.Unlock()
	if ok {
		return model, nil
	}
	model, err := m.newModel(ctx, jobID, s, spec)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.open) >= maxOpen {
		clear(m.open)
	}
	m.open[key] = model
	return model, nil
}

func (m *Models) newModel(ctx context.Context, jobID string, s sim.Settings, spec sim.ModelSpec) (agent.Model, error) {
	if model, offline, err := offlineModel(ctx, spec.BaseModel, m.recordings); offline {
		return model, err
	}
	key, err := m.keys.Key(ctx, s.Config, spec)
	if err != nil {
		return nil, err
	}
	most, _ := spec.MaxOutput()
	return openaimodel.New(openaimodel.Config{
		Model: spec.BaseModel, BaseURL: spec.BaseURL, Key: secret.Text(key), Params: spec.Params,
		Meter: newMeter(m.meter, jobID, s, spec), MaxOutput: most,
		MaxRetries: s.MaxRetries, BaseDelay: s.BaseDelay.Duration(), CallTimeout: s.CallTimeout.Duration(),
		Limiter: m.limiter(spec.BaseURL, s.MaxParallel), Now: m.now,
	})
}

// offlineModel makes a model that needs no network; offline is false when the
// base model is not one.
func offlineModel(ctx context.Context, baseModel string, recordings Recordings) (model agent.Model, offline bool, err error) {
	if strings.HasPrefix(baseModel, baseline.Prefix) {
		model, err = baseline.Parse(baseModel)
		return model, true, err
	}
	if path, ok := strings.CutPrefix(baseModel, sim.RecordedPrefix); ok {
		model, err = recordings(ctx, path)
		return model, true, err
	}
	return nil, false, nil
}

// limiter returns what bounds the calls to a provider at once; nil: nothing.
func (m *Models) limiter(baseURL string, limit int) openaimodel.Limiter {
	if limit == 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := provider{baseURL, limit}
	if m.limiters[p] == nil {
		m.limiters[p] = openaimodel.NewLimiter(limit)
	}
	return m.limiters[p]
}

// Check refuses a specification of which no model can be made, without a key; a
// recording is a file.
func Check(spec sim.ModelSpec) error {
	if _, offline, err := offlineModel(context.Background(), spec.BaseModel, Files); offline {
		return err
	}
	_, err := openaimodel.New(openaimodel.Config{Model: spec.BaseModel, BaseURL: spec.BaseURL, Params: spec.Params})
	return err
}
