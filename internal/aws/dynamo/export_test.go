package dynamo

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Seed stores a finished job, with every model-day of its plan closed, without
// the many transactions that it would take.
func (s *Store) Seed(ctx context.Context, p sim.Plan) error {
	const id = "seeded"
	at := time.Date(2025, time.November, 3, 14, 0, 0, 0, time.UTC)
	job := sim.Job{ID: id, Experiment: "main", Status: sim.JobCompleted, Plan: p, CreatedAt: at, UpdatedAt: at, CompletedAt: at}
	forms := []change{{key: metaKey(id), form: metaOf(job)}, {key: planKey(id), form: planOf(job)}}
	for _, m := range p.Signatures() {
		b := sim.BookKey{Experiment: "main", Model: m}
		day := sim.Day{Book: b, JobID: id, Attempt: 1, Opening: sim.NewLedger(1), Closing: sim.NewLedger(1), StartedAt: at, ClosedAt: at}
		// As long as the day of a busy model that talks, and not to be compressed.
		for range 40 {
			day.Session.Summary += rand.Text()
		}
		for i := range 12 {
			day.Entries = append(day.Entries, sim.Entry{Kind: sim.EntryBuy, Symbol: strings.Repeat(string(rune('A'+i)), 4),
				Quantity: sim.Quantity(i * 1e9), Price: sim.Money(i * 12345)})
			day.Closing.Holdings[day.Entries[i].Symbol] = day.Entries[i].Quantity
		}
		for _, d := range p.Dates {
			day.Ref = sim.DayRef{Date: d}
			md := modelDayForm{Date: d, Model: m, Status: sim.ModelDayCompleted, Fence: 1, Attempt: 1, StartedAt: at, CompletedAt: at,
				StopReason: sim.StopSignal}
			forms = append(forms, change{key: modelDayKey(sim.ModelDayKey{JobID: id, Date: d, Model: m}), form: md},
				change{key: dayKey(b, day.Ref), form: dayOf(day, 1, 0)})
			day.Prev = day.Ref
		}
		forms = append(forms, change{key: headKey(b), form: headOf(sim.Head{Book: b, Last: day.Ref})})
	}
	return s.stage(ctx, forms...)
}
