package simulate

import (
	"context"
	"net/http"
	"runtime"
	"testing"
	"time"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
	"aitrader/internal/storetest"
)

// The worlds run on one processor: then the Go scheduler lets goroutines run in the
// order in which they became ready, and even races within a process repeat.
func TestMain(m *testing.M) {
	rounds.Checks(20, 200)
	runtime.GOMAXPROCS(1)
	http.DefaultTransport = transports{}
	m.Run()
}

func TestTheImageIsAStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Opened {
		m := newImage()
		var again func(t *testing.T) storetest.Opened
		again = func(*testing.T) storetest.Opened {
			return storetest.Opened{Store: &handle{image: m}, Prices: m, Again: again}
		}
		return again(nil)
	})
}

// handle is a handle on an image that can be closed.
type handle struct {
	*image
	closed bool
}

func (h *handle) Close() error {
	h.closed = true
	return nil
}

func (h *handle) Ping(context.Context) error {
	if h.closed {
		return sim.Errorf(sim.KindUnavailable, "the handle is closed")
	}
	return nil
}

func (h *handle) RequestCancel(ctx context.Context, id string, now time.Time) (sim.Job, error) {
	if err := h.Ping(ctx); err != nil {
		return sim.Job{}, err
	}
	return h.image.RequestCancel(ctx, id, now)
}
