package callback

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

const (
	// firstPause is the wait after the first failure; each further wait doubles.
	firstPause = time.Second
	// storeReserve is the time that is kept free before the deadline, for the writes
	// to the store.
	storeReserve = 3 * time.Second
)

// DeliverUntilDeadline calls Deliver until it succeeds, as long as the context's
// deadline leaves time for one more call. Without a deadline it calls it once.
func (d *Deliverer) DeliverUntilDeadline(ctx context.Context, job sim.Job) error {
	for pause := firstPause; ; pause *= 2 {
		err := d.Deliver(ctx, job)
		deadline, ok := ctx.Deadline()
		if err == nil || !ok || time.Until(deadline) < pause+SendTimeout+storeReserve {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-d.After(pause):
		}
	}
}
