package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"aitrader/internal/sim"
)

// callbackForm is a callback that is still to be delivered. The item is deleted once it
// is delivered or given up, because the address is a secret.
type callbackForm struct {
	Job      string    `json:"job"`
	URL      string    `json:"url"`
	Attempts int       `json:"attempts,omitempty"`
	NextAt   time.Time `json:"next_at,omitzero"`
}

const callbacksPartition = "CALLBACKS"

// callbackLife is how long a callback that could not be delivered is kept after it was
// due: as long as its dead letter, from which it can be delivered by hand.
const callbackLife = 14 * 24 * time.Hour

// callbackKey names a callback by a hash of its address, because keys appear in logs
// and errors.
func callbackKey(id string, url sim.CallbackURL) key {
	sum := sha256.Sum256([]byte(url))
	return key{callbacksPartition, callbackPrefix(id) + hex.EncodeToString(sum[:])}
}

func callbackPrefix(id string) string { return "JOB#" + segment(id) + "#" }

func callbacks(id string) span {
	if id == "" {
		return under(callbacksPartition, "JOB#")
	}
	return under(callbacksPartition, callbackPrefix(id))
}

// AddCallback implements [sim.CallbackStore]. It writes the state of the job too, so
// that the job cannot end at the same time without the callback.
func (s *Store) AddCallback(ctx context.Context, id string, url sim.CallbackURL) error {
	return update(ctx, func(ctx context.Context) error {
		m, err := s.getMeta(ctx, id)
		if err != nil {
			return err
		}
		if err := m.form.job().CheckCallback(); err != nil {
			return err
		}
		c, err := getForm[callbackForm](ctx, s, callbackKey(id, url))
		if err != nil || c.rev > 0 {
			return err
		}
		c.form = callbackForm{Job: id, URL: string(url)}
		return s.write(ctx, aJob, m.put(), c.put())
	})
}

// Callbacks implements [sim.Store].
func (s *Store) Callbacks(ctx context.Context, id string) ([]sim.Callback, error) {
	found, err := all[callbackForm](ctx, s, callbacks(id))
	if err != nil {
		return nil, translate(err)
	}
	var out []sim.Callback
	for _, f := range found {
		out = append(out, sim.Callback{
			JobID: f.form.Job, URL: sim.CallbackURL(f.form.URL), Attempts: f.form.Attempts, NextAt: f.form.NextAt,
		})
	}
	return out, nil
}

// DeferCallback implements [sim.Store].
func (s *Store) DeferCallback(ctx context.Context, c sim.Callback) error {
	return s.changeCallback(ctx, c, func(f stored[callbackForm]) change {
		f.form.Attempts, f.form.NextAt = c.Attempts, utc(c.NextAt)
		later := f.put()
		later.expires = c.NextAt.Add(callbackLife)
		return later
	})
}

// DropCallback implements [sim.Store].
func (s *Store) DropCallback(ctx context.Context, c sim.Callback) error {
	return s.changeCallback(ctx, c, func(f stored[callbackForm]) change { return change{key: f.key, rev: f.rev} })
}

// changeCallback changes a callback that is still stored.
func (s *Store) changeCallback(ctx context.Context, c sim.Callback, how func(stored[callbackForm]) change) error {
	return update(ctx, func(ctx context.Context) error {
		f, err := getForm[callbackForm](ctx, s, callbackKey(c.JobID, c.URL))
		if err != nil || f.rev == 0 {
			return err
		}
		return s.write(ctx, "the callback", how(f))
	})
}
