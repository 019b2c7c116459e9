package gateway

import (
	"context"
	"time"

	"aitrader/internal/callback"
	"aitrader/internal/httpapi"
	"aitrader/internal/sim"
)

// newDeliverer returns what delivers completion callbacks.
func (f *Function) newDeliverer() *callback.Deliverer {
	d := &callback.Deliverer{
		Store: f.Store,
		Now:   f.Now,
		After: time.After,
		Log:   f.Log.With("logger", "callbacks"),
		Body: func(ctx context.Context, job sim.Job) ([]byte, error) {
			return httpapi.StatusBody(ctx, f.Store, job)
		},
		Sender: callback.NewSender(callback.SenderOptions{Hosts: f.CallbackHosts, Secret: f.webhookSecret, Now: f.Now}),
	}
	d.OnJobEnded = func(ctx context.Context, job sim.Job) {
		if err := d.Deliver(ctx, job); err != nil {
			f.Log.WarnContext(ctx, "a callback could not be delivered; the next event or schedule retries", "job_id", job.ID, "error", err)
		}
	}
	return d
}

// answerReserve is the time that is kept free before the end of an invocation, for
// its answer.
const answerReserve = 3 * time.Second

// deliverDue delivers the callbacks that the events of ended executions have not
// delivered: those events are best effort, and are retried for a few minutes only.
func (f *Function) deliverDue(ctx context.Context) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerReserve))
		defer cancel()
	}
	f.deliverer.DeliverDue(ctx)
}

// webhookSecret reads the signing secret.
func (f *Function) webhookSecret(ctx context.Context) (callback.SigningSecret, error) {
	if f.WebhookSecretAt == "" {
		return callback.SigningSecret{}, sim.Errorf(sim.KindInvalid, "callbacks cannot be signed: AITRADER_WEBHOOK_SECRET_PARAMETER is not set")
	}
	text, err := f.Secrets.Read(ctx, f.WebhookSecretAt)
	if err != nil {
		return callback.SigningSecret{}, sim.Errorf(sim.KindUnavailable, "the signing secret cannot be read: %w", err)
	}
	secret, err := callback.ParseSigningSecret(text)
	if err != nil {
		return callback.SigningSecret{}, sim.Errorf(sim.KindInternal, "the SSM parameter %s: %w", f.WebhookSecretAt, err)
	}
	return secret, nil
}
