package mcptool

import (
	"encoding/json"
	"testing"

	"aitrader/internal/sim"
)

// BenchmarkModelDay measures what the protocol costs one model-day: open, eight
// calls, close.
func BenchmarkModelDay(b *testing.B) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			modelDay(b, 8)
		}
	})
}

// BenchmarkOpenClose is a model-day without a call.
func BenchmarkOpenClose(b *testing.B) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			modelDay(b, 0)
		}
	})
}

func modelDay(b *testing.B, calls int) {
	box, err := Open(b.Context(), "bench", desk(10_000*sim.Dollar).Tools())
	if err != nil {
		b.Error(err)
		return
	}
	for range calls {
		if _, err := box.Call(b.Context(), "buy", json.RawMessage(`{"symbol":"AAA","amount":5}`)); err != nil {
			b.Error(err)
		}
	}
	if err := box.Close(); err != nil {
		b.Error(err)
	}
}
