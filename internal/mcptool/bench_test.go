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

// BenchmarkFirstCall is a model-day with one call: above all the connection.
func BenchmarkFirstCall(b *testing.B) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			modelDay(b, 1)
		}
	})
}

func modelDay(b *testing.B, calls int) {
	box := Open("bench", desk(10_000*sim.Dollar).Tools())
	for range calls {
		if _, err := box.Call(b.Context(), "buy", json.RawMessage(`{"symbol":"AAA","amount":5}`)); err != nil {
			b.Error(err)
		}
	}
	if err := box.Close(); err != nil {
		b.Error(err)
	}
}
