package local

import (
	"context"
	"time"

	"aitrader/internal/callback"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/webhook"
)

// newCourier returns what tells callers of the ends of their jobs: to the hosts in
// AITRADER_CALLBACK_HOSTS, signed with AITRADER_WEBHOOK_SECRET.
func (o Options) newCourier(store *sqlite.Store) (*callback.Courier, error) {
	hosts, err := webhook.ParseHosts(o.Env("AITRADER_CALLBACK_HOSTS"))
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "AITRADER_CALLBACK_HOSTS: %w", err)
	}
	secret := func(context.Context) (webhook.Secret, error) {
		return webhook.Secret{}, sim.Errorf(sim.KindInvalid, "nothing can be signed here: AITRADER_WEBHOOK_SECRET is not set")
	}
	if text := o.Env("AITRADER_WEBHOOK_SECRET"); text != "" {
		parsed, err := webhook.ParseSecret(text)
		if err != nil {
			return nil, sim.Errorf(sim.KindInvalid, "AITRADER_WEBHOOK_SECRET: %w", err)
		}
		secret = func(context.Context) (webhook.Secret, error) { return parsed, nil }
	}
	return &callback.Courier{
		Store: store, Now: o.Now, After: time.After, Log: o.Log.With("logger", "callbacks"),
		Sender: webhook.NewSender(webhook.Options{Hosts: hosts, Secret: secret, Now: o.Now, Roots: o.CallbackRoots}),
	}, nil
}
