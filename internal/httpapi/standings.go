package httpapi

import (
	"context"
	"slices"
	"strings"

	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Comparison says what the tiers and tests of a board rest on.
type Comparison struct {
	Days      int       `json:"days" doc:"Returns that are compared: between dates on which each model that has at least 20 returns, and the benchmark if it is known, has a close."`
	FirstDate *sim.Date `json:"first_date" nullable:"true" doc:"The first of these dates."`
	LastDate  *sim.Date `json:"last_date" nullable:"true" doc:"The last one."`
	Note      string    `json:"note,omitempty" doc:"Why nothing can be told, when that is so."`
}

// Versus compares a model with something else on the same days.
type Versus struct {
	PerDayPct   float64 `json:"per_day_pct" doc:"Percent: the mean of the differences of their daily returns."`
	PValue      float64 `json:"p_value" doc:"The chance of a difference at least as large, in either direction, if there were none: paired stationary bootstrap, 1,999 samples, adjusted for the number of models by Holm's method."`
	Significant bool    `json:"significant" doc:"Whether p_value is at most 0.05."`
}

func versus(d portfolio.Difference) Versus {
	return Versus{PerDayPct: 100 * d.PerDay, PValue: d.PValue, Significant: d.Significant()}
}

// versusOrNil is versus for a test that may not have been made.
func versusOrNil(d *portfolio.Difference) *Versus {
	if d == nil {
		return nil
	}
	return new(versus(*d))
}

// randomModel is the built-in model that any other should beat.
const randomModel = sim.BuiltinPrefix + "random"

// compareBoard adds intervals, tests and tiers to a ranked board.
func (s *server) compareBoard(ctx context.Context, market *sim.MarketData, board *Leaderboard, start sim.Date, job *sim.Job) error {
	curves := make([]portfolio.Closes, len(board.Board))
	for i := range board.Board {
		standing := &board.Board[i]
		q := selection{experiment: board.Experiment, model: standing.Model}
		curve, ok, err := s.readCurve(ctx, market, q.filter(start, board.Date), true)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		series := curve.Series()
		curves[i] = series.ByDate()
		standing.Intervals = intervalsOf(stats.Returns(series.Values))
	}
	benchmark := portfolio.Benchmark{Market: market, Symbol: board.Benchmark.Symbol}
	board.addComparison(portfolio.CompareRanked(curves, benchmark, randomPlace(board.Board, job)))
	return nil
}

// addComparison fills in the outcome of the tests.
func (l *Leaderboard) addComparison(r portfolio.RankedComparison) {
	l.Comparison = new(comparisonOver(r.Dates))
	for i := range l.Board {
		standing := &l.Board[i]
		standing.Tier = r.Tiers[i]
		standing.VsBenchmark = versusOrNil(r.VsBenchmark[i])
		standing.VsRandom = versusOrNil(r.VsReference[i])
	}
}

// randomPlace returns the index of the built-in random model on a board; -1: it is
// not there.
func randomPlace(board []Standing, job *sim.Job) int {
	if job == nil {
		return -1
	}
	return slices.IndexFunc(board, func(s Standing) bool {
		spec, ok := job.Settings.Model(s.Model)
		base, _, _ := strings.Cut(spec.BaseModel, "?") // its seed follows
		return ok && base == randomModel
	})
}

// comparisonOver describes the closes that a comparison rests on.
func comparisonOver(dates []sim.Date) Comparison {
	c := Comparison{Days: max(0, len(dates)-1)}
	if c.Days < stats.Enough {
		c.Note = "20 days on which all models have a close are needed to tell them apart"
		return c
	}
	c.FirstDate, c.LastDate = &dates[0], &dates[len(dates)-1]
	return c
}
