package httpapi

import (
	"context"
	"slices"
	"strings"

	"aitrader/internal/api"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// randomModel is the built-in model that every other should beat.
const randomModel = sim.BuiltinPrefix + "random"

// compareBoard adds intervals, tests and tiers to a ranked board, and the days that it
// reads to days.
func (s *server) compareBoard(
	ctx context.Context, board *api.Leaderboard, benchmark portfolio.Benchmark, start sim.Date, job *sim.Job, days boardDays,
) error {
	curves := make([]portfolio.Closes, len(board.Board))
	for i := range board.Board {
		standing := &board.Board[i]
		q := selection{experiment: board.Experiment, model: standing.Model}
		curve, ok, err := s.readCurve(ctx, benchmark.Market, q.filter(start, board.Date), true)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		days[standing.Model] = curve.Days
		series := curve.Series()
		curves[i] = series.ByDate()
		standing.Intervals = intervalsOf(stats.Returns(series.Values))
	}
	r := portfolio.CompareRanked(curves, benchmark, randomPlace(board.Board, job))
	board.Comparison = new(comparisonOn(r.Dates))
	for i := range board.Board {
		standing := &board.Board[i]
		standing.Tier = r.Tiers[i]
		standing.VsBenchmark = versusOrNil(r.VsBenchmark[i])
		standing.VsRandom = versusOrNil(r.VsReference[i])
	}
	return nil
}

// randomPlace returns the index of the built-in random model on a board, or -1.
func randomPlace(board []api.Standing, job *sim.Job) int {
	if job == nil {
		return -1
	}
	return slices.IndexFunc(board, func(s api.Standing) bool {
		spec, ok := job.Settings.Model(s.Model)
		base, _, _ := strings.Cut(spec.BaseModel, "?") // without its seed
		return ok && base == randomModel
	})
}

// comparisonOn describes the closes that a comparison is based on.
func comparisonOn(dates []sim.Date) api.Comparison {
	c := api.Comparison{Days: max(0, len(dates)-1)}
	if c.Days < stats.MinReturns {
		c.Note = "20 days on which all models have a close are needed to tell them apart"
		return c
	}
	c.FirstDate, c.LastDate = &dates[0], &dates[len(dates)-1]
	return c
}

func versus(d portfolio.Difference) api.Versus {
	return api.Versus{
		PerDayPct:   decimals(100*d.PerDay, percentDecimals),
		PValue:      decimals(d.PValue, ratioDecimals),
		Significant: d.Significant(),
	}
}

// versusOrNil is versus for a test that may not have been made.
func versusOrNil(d *portfolio.Difference) *api.Versus {
	if d == nil {
		return nil
	}
	return new(versus(*d))
}
