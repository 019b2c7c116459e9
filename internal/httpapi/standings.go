package httpapi

import (
	"context"
	"slices"
	"strings"

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

// Versus compares a model with somebody else on the same days.
type Versus struct {
	PerDayPct   float64 `json:"per_day_pct" doc:"Percent: the mean of the differences of their daily returns."`
	PValue      float64 `json:"p_value" doc:"The chance of a difference at least as large, in either direction, if there were none: paired stationary bootstrap, 1,999 samples, adjusted for the number of models by Holm's method."`
	Significant bool    `json:"significant" doc:"Whether p_value is at most 0.05."`
}

// outcome says what a test has found, given the mean difference as a fraction.
func outcome(perDay, adjusted float64) Versus {
	return Versus{PerDayPct: 100 * perDay, PValue: adjusted, Significant: adjusted <= stats.Significance}
}

// rival is the built-in model that any other should beat.
const rival = sim.BuiltinPrefix + "random"

// contest is what a board is compared by.
type contest struct {
	board  *Leaderboard
	curves []map[sim.Date]float64 // by place
	market *sim.MarketData
}

// compare adds intervals, tests and tiers to a ranked board. A model with fewer
// days than a test needs takes no part.
func (s *server) compare(ctx context.Context, market *sim.MarketData, board *Leaderboard, start sim.Date, job *sim.Job) error {
	c := contest{board: board, market: market, curves: make([]map[sim.Date]float64, len(board.Board))}
	var part []int
	for i := range board.Board {
		curve, err := s.boardCurve(ctx, market, board, i, start)
		if err != nil {
			return err
		}
		c.curves[i] = curve.byDate()
		board.Board[i].Intervals = intervalsOf(stats.Returns(curve.values))
		if len(curve.values) > stats.Enough {
			part = append(part, i)
		}
	}
	c.test(part, rivalIn(board, job))
	return nil
}

// datedCurve is a curve as numbers.
type datedCurve struct {
	dates  []sim.Date
	values []float64
}

func (c datedCurve) byDate() map[sim.Date]float64 {
	m := make(map[sim.Date]float64, len(c.dates))
	for i, d := range c.dates {
		m[d] = c.values[i]
	}
	return m
}

// boardCurve reads the closes of a model that count for a board, with the point
// before them.
func (s *server) boardCurve(ctx context.Context, market *sim.MarketData, board *Leaderboard, place int, start sim.Date) (datedCurve, error) {
	q := selection{experiment: board.Experiment, model: board.Board[place].Model}
	r, err := s.readRange(ctx, market, q.filter(start, board.Date))
	if err != nil || len(r.days) == 0 {
		return datedCurve{}, err
	}
	return r.curve(), nil
}

// curve is the closes of a range as numbers, with the point before them.
func (r modelRange) curve() datedCurve {
	c := datedCurve{[]sim.Date{r.before.date}, []float64{r.before.value.Float()}}
	for _, p := range r.points {
		c.dates, c.values = append(c.dates, p.date), append(c.values, p.value.Float())
	}
	return c
}

// rivalIn returns the place of the built-in random model; -1: it is not there.
func rivalIn(board *Leaderboard, job *sim.Job) int {
	if job == nil {
		return -1
	}
	return slices.IndexFunc(board.Board, func(s Standing) bool {
		spec, ok := job.Settings.Model(s.Model)
		base, _, _ := strings.Cut(spec.BaseModel, "?") // its seed follows
		return ok && base == rival
	})
}

// test fills in what comes out of the common days of the models at some places.
func (c contest) test(part []int, random int) {
	curves := make([]map[sim.Date]float64, 0, len(part))
	for _, i := range part {
		curves = append(curves, c.curves[i])
	}
	dates := commonDates(curves)
	if known := knownCloses(c.market, c.board.Benchmark.Symbol, dates); len(known) > stats.Enough {
		dates = known
	}
	c.board.Comparison = new(comparisonOver(dates))
	if c.board.Comparison.Days < stats.Enough {
		return
	}
	benchmark := benchmarkCurve(c.market, c.board.Benchmark.Symbol, dates)
	series := make([][]float64, 0, len(part)+1)
	for _, curve := range curves {
		series = append(series, returnsOn(curve, dates))
	}
	if benchmark != nil {
		series = append(series, stats.Returns(benchmark))
	}
	arena := stats.NewArena(series, stats.DefaultBootstrap)
	order := make([]int, len(part))
	for k := range part {
		order[k] = k
	}
	for k, tier := range arena.Tiers(order) {
		c.board.Board[part[k]].Tier = new(tier)
	}
	if benchmark != nil {
		c.versus(arena, part, len(part), func(s *Standing, v *Versus) { s.VsBenchmark = v })
	}
	if k := slices.Index(part, random); k >= 0 {
		c.versus(arena, part, k, func(s *Standing, v *Versus) { s.VsRandom = v })
	}
}

// versus tests all models against one of the arena.
func (c contest) versus(arena *stats.Arena, part []int, other int, set func(*Standing, *Versus)) {
	var p, difference []float64
	var who []int
	for k, place := range part {
		if d, chance, ok := arena.Difference(k, other); ok && k != other {
			p, difference, who = append(p, chance), append(difference, d), append(who, place)
		}
	}
	for k, adjusted := range stats.Holm(p) {
		set(&c.board.Board[who[k]], new(outcome(difference[k], adjusted)))
	}
}

// comparisonOver describes the days of a comparison.
func comparisonOver(dates []sim.Date) Comparison {
	c := Comparison{Days: max(0, len(dates)-1)}
	if c.Days < stats.Enough {
		c.Note = "20 days on which all models have a close are needed to tell them apart"
		return c
	}
	c.FirstDate, c.LastDate = &dates[0], &dates[len(dates)-1]
	return c
}

// commonDates returns the dates that all curves have, sorted.
func commonDates(curves []map[sim.Date]float64) []sim.Date {
	if len(curves) == 0 {
		return nil
	}
	var out []sim.Date
	for d := range curves[0] {
		everywhere := true
		for _, curve := range curves[1:] {
			_, ok := curve[d]
			everywhere = everywhere && ok
		}
		if everywhere {
			out = append(out, d)
		}
	}
	slices.Sort(out)
	return out
}

// returnsOn gives the returns between some dates of a curve.
func returnsOn(curve map[sim.Date]float64, dates []sim.Date) []float64 {
	values := make([]float64, len(dates))
	for i, d := range dates {
		values[i] = curve[d]
	}
	return stats.Returns(values)
}
