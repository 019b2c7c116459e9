package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"aitrader/internal/apikey"
	"aitrader/internal/portfolio"
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
		id: "leaderboard", method: http.MethodGet, path: "/leaderboard", group: RoutesResults, scope: apikey.Read,
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
	date, start, err := boardDates(in, heads, sim.Today(s.Now()))
	if err != nil {
		return answer{}, err
	}
	market, err := s.Prices.MarketData(ctx)
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
	board := Leaderboard{Date: date, StartDate: known(start), Experiment: q.experiment, Board: make([]Standing, len(standings))}
	for i, standing := range standings {
		board.Board[i] = newStanding(standing)
	}
	for _, g := range portfolio.ReplicaGroups(standings) {
		board.Replicas = append(board.Replicas, ReplicaGroup(g))
	}
	board.Benchmark, err = s.benchmark(ctx, market, board, start, job)
	if err != nil {
		return answer{}, err
	}
	if in.Stats {
		if err := s.compareBoard(ctx, market, &board, start, job); err != nil {
			return answer{}, err
		}
	}
	return jsonAnswer(http.StatusOK, board)
}

func newStanding(s portfolio.Standing) Standing {
	return Standing{
		Rank:      s.Rank,
		Model:     s.Model,
		Value:     s.Close.Value,
		ReturnPct: s.Return,
		FirstDate: s.FirstDate,
		LastDate:  s.LastDate,
		Cash:      s.Close.Cash,
		Initial:   s.Initial,
		ValuedAt:  s.Close.Basis,
	}
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

// boardReader reads and values the books of a leaderboard.
type boardReader struct {
	store       sim.Store
	market      *sim.MarketData
	start, date sim.Date        // start is zero when all days count
	fractional  map[string]bool // by job: whether its books may hold fractions of a share
}

// standings values the books that have a closed day up to the date, and ranks them.
func (r boardReader) standings(ctx context.Context, heads []sim.Head) ([]portfolio.Standing, error) {
	var board []portfolio.Standing
	for _, head := range heads {
		standing, ok, err := r.standing(ctx, head)
		if err != nil {
			return nil, err
		}
		if ok {
			board = append(board, standing)
		}
	}
	portfolio.Rank(board)
	return board, nil
}

// standing values one book. ok is false when it has no closed day up to the date.
func (r boardReader) standing(ctx context.Context, head sim.Head) (_ portfolio.Standing, ok bool, err error) {
	last, ok, err := r.lastDay(ctx, head.Book, r.date)
	if err != nil || !ok {
		return portfolio.Standing{}, false, err
	}
	first, err := r.store.Days(ctx, sim.DayFilter{Experiment: head.Book.Experiment, Model: head.Book.Model, Limit: 1, BooksOnly: true})
	if err != nil || len(first) == 0 {
		return portfolio.Standing{}, false, err
	}
	at, err := r.closeOn(ctx, last, r.date)
	if err != nil {
		return portfolio.Standing{}, false, err
	}
	base, err := r.base(ctx, head)
	if err != nil {
		return portfolio.Standing{}, false, err
	}
	return portfolio.Standing{
		Model: head.Book.Model, FirstDate: first[0].Ref.Date, LastDate: last.Ref.Date,
		Initial: head.InitialCash, Close: at, Return: portfolio.Return(base, at.Value),
	}, true, nil
}

// base returns the value that a book's return is counted from: its initial cash, or
// the close of the trading day before the start, if it has one.
func (r boardReader) base(ctx context.Context, head sim.Head) (sim.Money, error) {
	if r.start.IsZero() {
		return head.InitialCash, nil
	}
	before := sim.PrevTradingDay(r.start)
	last, ok, err := r.lastDay(ctx, head.Book, before)
	if err != nil || !ok {
		return head.InitialCash, err
	}
	p, err := r.closeOn(ctx, last, before)
	return p.Value, err
}

// lastDay returns a book's last closed day up to a date.
func (r boardReader) lastDay(ctx context.Context, book sim.BookKey, to sim.Date) (sim.Day, bool, error) {
	if to.IsZero() {
		return sim.Day{}, false, nil
	}
	f := sim.DayFilter{Experiment: book.Experiment, Model: book.Model, To: to, Limit: 1, Latest: true, BooksOnly: true}
	days, err := r.store.Days(ctx, f)
	if err != nil || len(days) == 0 {
		return sim.Day{}, false, err
	}
	return days[0], true, nil
}

// closeOn values a book at the close of a date from its last closed day. Whether it
// may hold fractions of a share, the settings of that day's job say.
func (r boardReader) closeOn(ctx context.Context, last sim.Day, date sim.Date) (portfolio.Point, error) {
	if last.Ref.Date == date {
		return portfolio.CloseOf(r.market, last)
	}
	if _, known := r.fractional[last.JobID]; !known {
		job, err := r.store.Job(ctx, last.JobID)
		if err != nil {
			return portfolio.Point{}, err
		}
		r.fractional[last.JobID] = job.Settings.Fractional
	}
	return portfolio.CloseOn(r.market, last, date, r.fractional[last.JobID])
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
	b.ReturnPct = portfolio.Benchmark{Market: market, Symbol: b.Symbol}.Return(from, board.Date)
	return b, nil
}
