package gateway

import (
	"context"
	"time"

	"aitrader/internal/callback"
	"aitrader/internal/sim"
	"aitrader/internal/webhook"
)

// newCourier returns what tells callers of the ends of their jobs.
func (f *Function) newCourier() *callback.Courier {
	c := &callback.Courier{
		Store: f.Store, Now: f.Now, After: time.After, Log: f.Log.With("logger", "callbacks"),
		Sender: webhook.NewSender(webhook.Options{Hosts: f.CallbackHosts, Secret: f.webhookSecret, Now: f.Now}),
	}
	c.Ended = func(ctx context.Context, job sim.Job) {
		if err := c.Deliver(ctx, job); err != nil {
			f.Log.WarnContext(ctx, "the end of a job could not be told; the next event or schedule tries again", "job_id", job.ID, "error", err)
		}
	}
	return c
}

// spare is what is left of the time of an invocation for its answer.
const spare = 3 * time.Second

// deliverLate tells the ends of jobs that have not been told by the events of their
// executions, which are best effort and end after a few minutes.
func (f *Function) deliverLate(ctx context.Context) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-spare))
		defer cancel()
	}
	f.courier.DeliverDue(ctx)
}

// webhookSecret reads the key of the signatures.
func (f *Function) webhookSecret(ctx context.Context) (webhook.Secret, error) {
	if f.WebhookSecretAt == "" {
		return webhook.Secret{}, sim.Errorf(sim.KindInvalid, "nothing can be signed here: AITRADER_WEBHOOK_SECRET_PARAMETER is not set")
	}
	text, err := f.Secrets.Read(ctx, f.WebhookSecretAt)
	if err != nil {
		return webhook.Secret{}, sim.Errorf(sim.KindUnavailable, "the secret of the signatures cannot be read: %w", err)
	}
	secret, err := webhook.ParseSecret(text)
	if err != nil {
		return webhook.Secret{}, sim.Errorf(sim.KindInternal, "the SSM parameter %s: %w", f.WebhookSecretAt, err)
	}
	return secret, nil
}
