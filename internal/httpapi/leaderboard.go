package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"aitrader/internal/sim"
)

// Leaderboard ranks the models of an experiment.
type Leaderboard struct {
	Date       sim.Date       `json:"date" doc:"The close that counts."`
	StartDate  *sim.Date      `json:"start_date,omitempty" doc:"The first date that counts, if one was asked for."`
	Experiment string         `json:"experiment" doc:"The namespace of the portfolios."`
	Board      []Standing     `json:"leaderboard" doc:"The models, the best one first."`
	Benchmark  Benchmark      `json:"benchmark" doc:"What buying and holding the benchmark would have given."`
	Replicas   []ReplicaGroup `json:"replicas,omitempty" doc:"Mean and spread of the books of a model that has several."`
	// Comparison is nil when it was not asked for.
	Comparison *Comparison `json:"comparison,omitempty" doc:"What tiers and tests rest on; not there with stats=false."`
}

// Standing is a model's place.
type Standing struct {
	Rank        int          `json:"rank" doc:"From 1 on; the same return gives the same rank."`
	Model       string       `json:"model" doc:"The signature of the model."`
	Value       sim.Money    `json:"portfolio_value" doc:"USD at the close of the date."`
	ReturnPct   *sim.Percent `json:"cumulative_return_pct" nullable:"true" doc:"Percent since the initial cash, or since the close of the trading day before start_date."`
	FirstDate   sim.Date     `json:"first_date" doc:"The model's first closed day."`
	LastDate    sim.Date     `json:"last_date" doc:"The closed day whose holdings are valued: the last one up to the date. Before the date, the model has no closed day on it."`
	Cash        sim.Money    `json:"cash" doc:"USD in portfolio_value that are not invested."`
	Initial     sim.Money    `json:"initial_cash" doc:"USD that the model began with."`
	ValuedAt    sim.Basis    `json:"valued_at" enum:"close,open,last_close" doc:"The weakest price in portfolio_value: the date's close; its open, while the close is not known; the last close before, for a symbol without a bar that day."`
	Tier        *int         `json:"tier" nullable:"true" doc:"Models of a tier cannot be told apart from its best: the paired difference of daily returns is not significant at 0.05, shared out among the models (Bonferroni). Null with fewer than 20 days."`
	Intervals   *Intervals   `json:"intervals,omitempty" doc:"How far figures could have come out otherwise; not there with fewer than 20 days."`
	VsBenchmark *Versus      `json:"vs_benchmark,omitempty" doc:"Against the benchmark on the same days; not there with fewer than 20 days."`
	VsRandom    *Versus      `json:"vs_random,omitempty" doc:"Against the built-in random model of the experiment's newest job, when it is on the board."`
}

// Benchmark is what the benchmark did.
type Benchmark struct {
	Symbol    string       `json:"symbol" doc:"The ticker; empty when none is configured."`
	ReturnPct *sim.Percent `json:"return_pct" nullable:"true" doc:"Percent from the close of the board's first date, or of the trading day before start_date, to the close of the date; null when one of them is not known."`
}

func (s *server) registerLeaderboard() {
	register(s, operation{
		id: "leaderboard", method: http.MethodGet, path: "/leaderboard", group: RoutesResults, scope: ScopeRead,
		summary: "The ranking of an experiment's models",
		description: `A model's return is its value at the close of the date against its initial cash; the benchmark's is the close of the date against the close of the board's first date, the convention of the boards that AI-Trader published. With start_date both count from the close of the trading day before it.

A model without a closed day on the date is valued from its last ledger before, with the splits and dividends since; last_date shows it. A date on which the exchanges are closed counts as the trading day before it.`,
		answers: []documented{{status: http.StatusOK, description: "The ranking.", types: typesOf(Leaderboard{})}},
		errors:  []int{http.StatusNotFound},
	}, s.leaderboard)
}

type leaderboardInput struct {
	Date       string `query:"date" format:"date" doc:"The close that counts. Without it, the experiment's last close."`
	StartDate  string `query:"start_date" format:"date" doc:"Count from the close of the trading day before this date."`
	Experiment string `query:"experiment" default:"main" pattern:"^[a-z0-9-]{1,40}$" doc:"The namespace of the portfolios."`
	Stats      bool   `query:"stats" default:"true" doc:"Whether tiers, intervals and tests are computed; without them the ranking comes faster."`
}

func (s *server) leaderboard(ctx context.Context, in *leaderboardInput) (answer, error) {
	q := selection{experiment: in.Experiment}
	heads, err := s.Store.Books(ctx, q.experiment)
	if err != nil {
		return answer{}, err
	}
	date, start, err := boardDates(in, heads, sim.DateOf(s.Now().UTC()))
	if err != nil {
		return answer{}, err
	}
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return answer{}, err
	}
	board := Leaderboard{Date: date, StartDate: known(start), Experiment: q.experiment, Board: []Standing{}}
	for _, head := range heads {
		standing, ok, err := s.standing(ctx, market, head, start, date)
		if err != nil {
			return answer{}, err
		}
		if ok {
			board.Board = append(board.Board, standing)
		}
	}
	if len(board.Board) == 0 {
		return answer{}, q.noData("no model-day is closed up to %s in experiment %q", cmp.Or(date.String(), "now"), q.experiment)
	}
	rank(board.Board)
	job, err := s.newestJob(ctx, q.experiment)
	if err != nil {
		return answer{}, err
	}
	board.Benchmark, err = s.benchmark(ctx, market, board, start, job)
	if err != nil {
		return answer{}, err
	}
	board.Replicas = replicaGroups(board.Board)
	if in.Stats {
		if err := s.compare(ctx, market, &board, start, job); err != nil {
			return answer{}, err
		}
	}
	return jsonAnswer(http.StatusOK, board)
}

// boardDates returns the close that counts, zero when nothing is closed yet, and
// the first date that does, zero for all.
func boardDates(in *leaderboardInput, heads []sim.Head, today sim.Date) (date, start sim.Date, err error) {
	if start, err = dateQuery("start_date", in.StartDate); err != nil {
		return 0, 0, err
	}
	if date, err = dateQuery("date", in.Date); err != nil {
		return 0, 0, err
	}
	if date > today {
		return 0, 0, sim.Errorf(sim.KindInvalid, "query parameter \"date\": %s is after today, %s; a close is expected that has been", date, today)
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

// standing values one book. ok is false when it has no closed day up to the
// date.
func (s *server) standing(ctx context.Context, market *sim.MarketData, head sim.Head, start, date sim.Date) (_ Standing, ok bool, err error) {
	last, ok, err := s.lastDay(ctx, head.Book, date)
	if err != nil || !ok {
		return Standing{}, false, err
	}
	first, err := s.Store.Days(ctx, sim.DayFilter{Experiment: head.Book.Experiment, Model: head.Book.Model, Limit: 1, BooksOnly: true})
	if err != nil || len(first) == 0 {
		return Standing{}, false, err
	}
	value, err := valueOn(market, last, date)
	if err != nil {
		return Standing{}, false, err
	}
	base := head.InitialCash
	if !start.IsZero() {
		if base, err = s.valueBefore(ctx, market, head, start); err != nil {
			return Standing{}, false, err
		}
	}
	return Standing{
		Model: head.Book.Model, Value: value.value, ReturnPct: gain(base, value.value), FirstDate: first[0].Ref.Date,
		LastDate: last.Ref.Date, Cash: value.cash, Initial: head.InitialCash, ValuedAt: value.basis,
	}, true, nil
}

// lastDay returns a book's last closed day up to a date.
func (s *server) lastDay(ctx context.Context, book sim.BookKey, to sim.Date) (sim.Day, bool, error) {
	if to.IsZero() {
		return sim.Day{}, false, nil
	}
	days, err := s.Store.Days(ctx, sim.DayFilter{Experiment: book.Experiment, Model: book.Model, To: to, Limit: 1, Latest: true, BooksOnly: true})
	if err != nil || len(days) == 0 {
		return sim.Day{}, false, err
	}
	return days[0], true, nil
}

// valueBefore returns what a book is worth at the close of the trading day
// before a date: its initial cash if it begins later.
func (s *server) valueBefore(ctx context.Context, market *sim.MarketData, head sim.Head, start sim.Date) (sim.Money, error) {
	before := sim.PrevTradingDay(start)
	last, ok, err := s.lastDay(ctx, head.Book, before)
	if err != nil || !ok {
		return head.InitialCash, err
	}
	p, err := valueOn(market, last, before)
	return p.value, err
}

// rank sorts a board and numbers it. What has no return comes last.
func rank(board []Standing) {
	slices.SortFunc(board, func(a, b Standing) int {
		return cmp.Or(compareReturns(b.ReturnPct, a.ReturnPct), cmp.Compare(a.Model, b.Model))
	})
	for i := range board {
		board[i].Rank = i + 1
		if i > 0 && compareReturns(board[i-1].ReturnPct, board[i].ReturnPct) == 0 {
			board[i].Rank = board[i-1].Rank
		}
	}
}

func compareReturns(a, b *sim.Percent) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	default:
		return cmp.Compare(*a, *b)
	}
}

// newestJob returns an experiment's newest job; nil: it has none any more.
func (s *server) newestJob(ctx context.Context, experiment string) (*sim.Job, error) {
	jobs, _, err := s.Store.Jobs(ctx, sim.JobFilter{Experiment: experiment, Limit: 1})
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	return &jobs[0], nil
}

// benchmarkSymbol is the benchmark of a job, or else of the default configuration.
func (s *server) benchmarkSymbol(ctx context.Context, job *sim.Job) (string, error) {
	if job != nil {
		return job.Settings.Benchmark, nil
	}
	symbol, _, err := s.Defaults(ctx)
	return symbol, err
}

// benchmark returns what the benchmark of a board did.
func (s *server) benchmark(ctx context.Context, market *sim.MarketData, board Leaderboard, start sim.Date, job *sim.Job) (b Benchmark, err error) {
	if b.Symbol, err = s.benchmarkSymbol(ctx, job); err != nil {
		return Benchmark{}, err
	}
	from := slices.MinFunc(board.Board, func(a, b Standing) int { return cmp.Compare(a.FirstDate, b.FirstDate) }).FirstDate
	if !start.IsZero() {
		from = sim.PrevTradingDay(start)
	}
	b.ReturnPct = benchmarkGain(market, b.Symbol, from, board.Date)
	return b, nil
}
