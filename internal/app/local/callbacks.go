package local

import (
	"context"
	"time"

	"aitrader/internal/callback"
	"aitrader/internal/httpapi"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// newDeliverer returns what delivers completion callbacks: to the hosts in
// AITRADER_CALLBACK_HOSTS, signed with AITRADER_WEBHOOK_SECRET.
func (o Options) newDeliverer(store *sqlite.Store) (*callback.Deliverer, error) {
	hosts, err := callback.ParseHosts(o.Env("AITRADER_CALLBACK_HOSTS"))
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "AITRADER_CALLBACK_HOSTS: %w", err)
	}
	secret := func(context.Context) (callback.SigningSecret, error) {
		return callback.SigningSecret{}, sim.Errorf(sim.KindInvalid, "callbacks cannot be signed: AITRADER_WEBHOOK_SECRET is not set")
	}
	if text := o.Env("AITRADER_WEBHOOK_SECRET"); text != "" {
		parsed, err := callback.ParseSigningSecret(text)
		if err != nil {
			return nil, sim.Errorf(sim.KindInvalid, "AITRADER_WEBHOOK_SECRET: %w", err)
		}
		secret = func(context.Context) (callback.SigningSecret, error) { return parsed, nil }
	}
	return &callback.Deliverer{
		Store: store,
		Now:   o.Now,
		After: time.After,
		Log:   o.Log.With("logger", "callbacks"),
		Body: func(ctx context.Context, job sim.Job) ([]byte, error) {
			return httpapi.StatusBody(ctx, store, job)
		},
		Sender: callback.NewSender(callback.SenderOptions{Hosts: hosts, Secret: secret, Now: o.Now, Roots: o.CallbackRoots}),
	}, nil
}
