package trader

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/baseline"
	"aitrader/internal/openaimodel"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

// Models opens the models that jobs name and caches those in use. It is safe for
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

// Keys finds the key of a configured model when it is needed: jobs do not store keys.
type Keys interface {
	// Key returns the key of a model, or "" for a model without one. The
	// specification is that of the stored job: a key is only sent to the base URL
	// that the configuration names.
	Key(ctx context.Context, config string, spec sim.ModelSpec) (string, error)
}

// modelKey identifies a model in use: a job keeps the models it started with.
type modelKey struct{ jobID, signature string }

// provider answers model calls, a limited number of them at once.
type provider struct {
	baseURL string
	limit   int
}

// maxOpen bounds the cached models. Opening one again costs little.
const maxOpen = 512

// NewModels returns a Models with an empty cache.
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
		return model, lasting(err)
	}
	key, err := m.keys.Key(ctx, s.Config, spec)
	if err != nil {
		return nil, err
	}
	most, _ := spec.MaxOutput()
	model, err := openaimodel.New(openaimodel.Config{
		Model: spec.BaseModel, BaseURL: spec.BaseURL, APIVersion: spec.APIVersion, Key: secret.Text(key), Params: spec.Params,
		Meter: newMeter(m.meter, jobID, s, spec), MaxOutput: most,
		MaxRetries: s.MaxRetries, BaseDelay: s.BaseDelay.Duration(), CallTimeout: s.CallTimeout.Duration(),
		Limiter: m.limiter(spec.BaseURL, s.MaxParallel), Now: m.now,
	})
	if err != nil {
		return nil, lasting(err)
	}
	return model, nil
}

// lasting marks what is wrong with a specification or its recording: a job keeps both, so
// that every later date would fail the same way. A store that cannot be read passes.
func lasting(err error) error {
	e, ok := errors.AsType[*sim.Error](err)
	if !ok || e.Kind != sim.KindInvalid && e.Kind != sim.KindNotFound {
		return err
	}
	return e.Stopping(sim.StopFault)
}

// offlineModel returns a model that needs no network; offline is false for any other
// base model.
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

// limiter returns the limiter of a provider, or nil for no limit.
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

// Check refuses a specification that cannot be opened as a model. It needs no key, and
// looks for recordings among the files of this machine.
func Check(spec sim.ModelSpec) error {
	if _, offline, err := offlineModel(context.Background(), spec.BaseModel, Files); offline {
		return err
	}
	_, err := openaimodel.New(openaimodel.Config{
		Model: spec.BaseModel, BaseURL: spec.BaseURL, APIVersion: spec.APIVersion, Params: spec.Params,
	})
	return err
}
