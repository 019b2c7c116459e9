package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

func (s *server) registerLeaderboard() {
	register(s, operation{
		id: "leaderboard", method: http.MethodGet, path: "/leaderboard", group: RoutesResults, scope: apikey.Read,
		summary: "The ranking of an experiment's models",
		description: `A model's return is its value at the close of the date against its initial cash; the benchmark's is the close ` +
			`of the date against the close of the board's first date, which is the convention of the boards that AI-Trader published. ` +
			`With start_date both count from the close of the trading day before it.

A model without a closed day on the date is valued from its last ledger before it, with the splits and dividends since; ` +
			`last_date shows that day. A date on which the exchanges are closed counts as the trading day before it.

A model that has failed before it closed a day comes after all others: without figures, with failed_days and last_error.`,
		answers: []documented{{
			status: http.StatusOK, description: "The ranking; format=csv returns its rows, without tests, as CSV.",
			types: typesOf(api.Leaderboard{}), csv: true,
		}},
		errors: []int{http.StatusNotFound},
	}, s.leaderboard)
}

type leaderboardInput struct {
	Date      string `query:"date" format:"date" doc:"The close to rank at. Without it, the experiment's last close."`
	StartDate string `query:"start_date" format:"date" doc:"Count from the close of the trading day before this date."`
	ExperimentQuery
	Stats  bool   `query:"stats" default:"true" doc:"Whether to compute tiers, intervals and tests; without them the answer is faster."`
	Format string `query:"format" enum:"json,csv" default:"json" doc:"The format of the answer."`
}

func (s *server) leaderboard(ctx context.Context, in *leaderboardInput) (answer, error) {
	q := selection{experiment: in.Experiment}
	heads, err := s.Store.Books(ctx, q.experiment)
	if err != nil {
		return answer{}, err
	}
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return answer{}, err
	}
	date, start, err := boardDates(in, heads, market.Market().Today(s.Now()))
	if err != nil {
		return answer{}, err
	}
	reader := boardReader{store: s.Store, market: market, start: start, date: date, fractional: map[string]bool{}}
	standings, err := reader.standings(ctx, heads)
	if err != nil {
		return answer{}, err
	}
	if len(standings) == 0 {
		return answer{}, q.noData("no model-day is closed up to %s in experiment %q", cmp.Or(date.String(), "now"), q.experiment)
	}
	job, err := s.newestJob(ctx, q.experiment)
	if err != nil {
		return answer{}, err
	}
	symbol, err := s.benchmarkSymbol(ctx, job)
	if err != nil {
		return answer{}, err
	}
	benchmark := portfolio.Benchmark{Market: market, Symbol: symbol}
	board := newLeaderboard(standings, benchmark, start, date)
	board.Experiment = q.experiment
	days := boardDays{}
	if in.Stats {
		if err := s.compareBoard(ctx, &board, benchmark, start, job, days); err != nil {
			return answer{}, err
		}
	}
	failed, err := s.failedDates(ctx, q)
	if err != nil {
		return answer{}, err
	}
	if err := s.tallyBoard(ctx, &board, start, days, failed); err != nil {
		return answer{}, err
	}
	asked, _ := dateQuery("date", in.Date) // boardDates has checked it
	addUnbegun(&board, failed, start, asked)
	if in.Format == "csv" {
		return leaderboardCSV(board)
	}
	return jsonAnswer(http.StatusOK, board)
}

// boardDays are the closed days of a board by model, as far as they were read.
type boardDays map[string][]sim.Day

// tallyBoard adds what the returns of a board do not show.
func (s *server) tallyBoard(
	ctx context.Context, board *api.Leaderboard, start sim.Date, read boardDays, failed map[string]failedDays,
) error {
	q := selection{experiment: board.Experiment}
	for i := range board.Board {
		standing := &board.Board[i]
		days, ok := read[standing.Model]
		if !ok {
			q.model = standing.Model
			f := q.filter(start, board.Date)
			f.BooksOnly = true
			var err error
			if days, err = s.Store.Days(ctx, f); err != nil {
				return err
			}
		}
		t := newTally(days, failed[standing.Model], start, board.Date)
		standing.BrokenDays, standing.FailedDays, standing.CachedPct = t.broken, t.failed, cachedPct(t.usage)
	}
	return nil
}

// boardDates returns the close to rank at, zero when nothing is closed yet, and the
// first date that counts, zero for all.
func boardDates(in *leaderboardInput, heads []sim.Head, today sim.Date) (date, start sim.Date, err error) {
	if start, err = dateQuery("start_date", in.StartDate); err != nil {
		return 0, 0, err
	}
	if date, err = dateQuery("date", in.Date); err != nil {
		return 0, 0, err
	}
	if date > today {
		return 0, 0, sim.Errorf(sim.KindInvalid, "query parameter \"date\": %s is after today, %s; a past close is expected", date, today)
	}
	if date.IsZero() {
		for _, h := range heads {
			date = max(date, h.Last.Date)
		}
	}
	if !date.IsZero() && start > date {
		return 0, 0, sim.Errorf(sim.KindInvalid, "start_date %s is after the board's date, %s", start, date)
	}
	return date, start, nil
}

func newLeaderboard(standings []portfolio.Standing, benchmark portfolio.Benchmark, start, date sim.Date) api.Leaderboard {
	board := api.Leaderboard{Date: date, StartDate: dateOrNil(start), Board: make([]api.Standing, len(standings))}
	for i, standing := range standings {
		board.Board[i] = newStanding(standing)
	}
	for _, g := range portfolio.ReplicaGroups(standings) {
		board.Replicas = append(board.Replicas, newReplicaGroup(g))
	}
	from := slices.MinFunc(standings, func(a, b portfolio.Standing) int { return cmp.Compare(a.FirstDate, b.FirstDate) }).FirstDate
	if !start.IsZero() {
		from = benchmark.Market.Market().PrevBar(start)
	}
	board.Benchmark = api.Benchmark{Symbol: benchmark.Symbol, ReturnPct: benchmark.Return(from, date)}
	return board
}

func newReplicaGroup(g portfolio.ReplicaGroup) api.ReplicaGroup {
	return api.ReplicaGroup{
		Model:     g.Model,
		Count:     g.Count,
		Mean:      decimals(g.Mean, percentDecimals),
		Deviation: decimals(g.Deviation, percentDecimals),
		Min:       decimals(g.Min, percentDecimals),
		Max:       decimals(g.Max, percentDecimals),
	}
}

func newStanding(s portfolio.Standing) api.Standing {
	return api.Standing{
		Rank:      s.Rank,
		Model:     s.Model,
		Value:     &s.Close.Value,
		ReturnPct: s.Return,
		FirstDate: &s.FirstDate,
		LastDate:  &s.LastDate,
		Cash:      &s.Close.Cash,
		Initial:   &s.Initial,
		ValuedAt:  s.Close.Basis,
	}
}
