package callback

import (
	"context"
	"time"

	"aitrader/internal/sim"
	"aitrader/internal/webhook"
)

const (
	// firstPause is how long it waits after the first failure; each further pause is
	// twice as long.
	firstPause = time.Second
	// spare is what is left of a caller's time for the store.
	spare = 3 * time.Second
)

// Insist is Deliver, again and again as long as the context's deadline leaves time
// for one more call. Without a deadline it is Deliver.
func (c *Courier) Insist(ctx context.Context, job sim.Job) error {
	for pause := firstPause; ; pause *= 2 {
		err := c.Deliver(ctx, job)
		deadline, ok := ctx.Deadline()
		if err == nil || !ok || time.Until(deadline) < pause+webhook.Timeout+spare {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-c.After(pause):
		}
	}
}
