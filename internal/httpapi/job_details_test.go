package httpapi

import (
	"testing"

	"pgregory.net/rapid"

	"aitrader/internal/sim"
)

func TestPlannedPagesCoverThePlanInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dates := marketDates[:rapid.IntRange(1, len(marketDates)).Draw(t, "dates")]
		plan := sim.Plan{Dates: dates}
		for _, m := range []string{"c", "a", "b"}[:rapid.IntRange(1, 3).Draw(t, "models")] {
			from := rapid.IntRange(0, len(dates)-1).Draw(t, "from")
			to := rapid.IntRange(from, len(dates)-1).Draw(t, "to")
			plan.Models = append(plan.Models, sim.PlannedSpan{Model: m, From: dates[from], To: dates[to]})
		}
		limit := rapid.IntRange(1, 7).Draw(t, "limit")
		var all []dayKey
		after := dayKey{}
		for more := true; more; {
			var page []dayKey
			page, more = plannedPage(plan, after, limit)
			if len(page) > limit || more && len(page) < limit {
				t.Fatalf("a page of %d, limit %d, more %t", len(page), limit, more)
			}
			if len(page) > 0 {
				var err error
				if after, err = parseDayKey("details_next", page[len(page)-1].String()); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, page...)
		}
		if len(all) != plan.Total() {
			t.Fatalf("%d model-days of %d", len(all), plan.Total())
		}
		for i, p := range all {
			if !plan.Has(p.model, p.date) || i > 0 && !all[i-1].before(p) {
				t.Fatalf("%v at %d", p, i)
			}
		}
	})
}
