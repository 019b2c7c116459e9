package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestTheLeaderboardRanksModels(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	got := f.ok("/leaderboard")
	assert.Equal(t, map[string]any{
		"date": "2025-10-06", "experiment": "main",
		"leaderboard": []any{
			map[string]any{
				"rank": number("1"), "model": "alpha", "portfolio_value": number("1035"), "cumulative_return_pct": number("3.5"),
				"first_date": "2025-10-01",
				"last_date":  "2025-10-06", "cash": number("865"), "initial_cash": number("1000"), "valued_at": "close", "tier": nil,
				"broken_days": number("0"), "failed_days": number("0"), "cached_pct": number("40"),
			},
			map[string]any{
				"rank": number("2"), "model": "beta", "portfolio_value": number("1000"), "cumulative_return_pct": number("0"),
				"first_date": "2025-10-01",
				"last_date":  "2025-10-06", "cash": number("1000"), "initial_cash": number("1000"), "valued_at": "close", "tier": nil,
				"broken_days": number("0"), "failed_days": number("1"), "cached_pct": number("40"),
			},
		},
		"benchmark": map[string]any{"symbol": "QQQ", "return_pct": number("3")},
		"comparison": map[string]any{"days": number("0"), "first_date": nil, "last_date": nil,
			"note": "20 days on which all models have a close are needed to tell them apart"},
	}, got)
}

func TestTheLeaderboardValuesBooksOnAnyDate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	later := f.ok("/leaderboard?date=2025-10-08") // two trading days after the last close
	first := at(later, "leaderboard").([]any)[0]
	assert.Equal(t, number("1045"), at(first, "portfolio_value"), "5 AAA at 16, 2 BBB at 50 and 865")
	assert.Equal(t, "2025-10-06", at(first, "last_date"), "the model has no day on the date")
	assert.Equal(t, number("5"), at(later, "benchmark", "return_pct"))

	earlier := f.ok("/leaderboard?date=2025-10-03")
	assert.Equal(t, "last_close", at(at(earlier, "leaderboard").([]any)[0], "valued_at"))
	assert.Equal(t, "2025-10-02", at(at(earlier, "leaderboard").([]any)[1], "last_date"), "beta failed on 10-03")

	weekend := f.ok("/leaderboard?date=2025-10-05")
	assert.Equal(t, number("1030"), at(at(weekend, "leaderboard").([]any)[0], "portfolio_value"))
	assert.Equal(t, number("2"), at(weekend, "benchmark", "return_pct"))

	unknown := f.ok("/leaderboard?date=2025-10-14")
	assert.Nil(t, at(unknown, "benchmark", "return_pct"), "the close is not known yet")
	assert.Equal(t, "open", at(at(unknown, "leaderboard").([]any)[0], "valued_at"))

	refused(t, f.get("/leaderboard?date=2025-09-30"), http.StatusNotFound, "no_data", "2025-09-30")
	refused(t, f.get("/leaderboard?experiment=none"), http.StatusNotFound, "no_data", `"none"`)
}

// Between two closed days the board carries a book as the engine will: by its job's
// settings. A fractional book of 5 shares keeps 7.5 of them after a split of 3:2.
func TestTheLeaderboardKeepsTheFractionsThatTheSettingsAllow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dates := marketDates[:2]
	_, err := f.store.PutPrices(t.Context(), sim.PriceRows{
		Source: "test",
		Bars: []sim.SymbolBar{
			{Symbol: "SPL", Date: dates[0],
				Bar: sim.Bar{Open: 90 * sim.Dollar, High: 90 * sim.Dollar, Low: 90 * sim.Dollar, Close: 90 * sim.Dollar}},
			{Symbol: "SPL", Date: dates[1],
				Bar: sim.Bar{Open: 60 * sim.Dollar, High: 80 * sim.Dollar, Low: 60 * sim.Dollar, Close: 80 * sim.Dollar}},
		},
		Splits: []sim.Split{{Symbol: "SPL", ExDate: dates[1], Numerator: 3, Denominator: 2}},
	}, f.now)
	require.NoError(t, err)
	for _, c := range []struct {
		experiment string
		fractional bool
		value      string
	}{
		{"fractional", true, "1150"}, // 1,000 less 5 at 90, and 7.5 at 80
		{"whole", false, "1140"},     // and 7 at 80, and a half paid at 60
	} {
		job := f.jobWith(c.experiment, c.experiment, c.fractional, dates, "alpha")
		f.close(job, "alpha", dates[0], buy("SPL", 5, "90"))
		board := f.ok("/leaderboard?stats=false&experiment=" + c.experiment + "&date=" + dates[1].String())
		assert.Equal(t, number(c.value), at(at(board, "leaderboard").([]any)[0], "portfolio_value"), c.experiment)
	}
}

// Today is the date in New York: still the 15th when it is the 16th in London.
func TestTheLeaderboardRefusesTomorrowInNewYork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	f.now = time.Date(2025, 10, 16, 3, 59, 0, 0, time.UTC) // 23:59 on the 15th
	refused(t, f.get("/leaderboard?date=2025-10-16"), http.StatusBadRequest, "invalid_request", `"date"`, "2025-10-16", "2025-10-15")
	f.ok("/leaderboard?date=2025-10-15")
	f.now = f.now.Add(time.Minute)
	f.ok("/leaderboard?date=2025-10-16")
}

func TestTheLeaderboardCountsFromAStartDate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	got := f.ok("/leaderboard?start_date=2025-10-03")
	assert.Equal(t, "2025-10-03", got["start_date"])
	assert.Equal(t, number("1.4706"), at(at(got, "leaderboard").([]any)[0], "cumulative_return_pct"), "1,035 against 1,020")
	assert.Equal(t, number("1.9802"), at(got, "benchmark", "return_pct"), "103 against 101")
	whole := f.ok("/leaderboard?start_date=2025-10-01")
	assert.Equal(t, number("3.5"), at(at(whole, "leaderboard").([]any)[0], "cumulative_return_pct"), "the initial cash")
	assert.Nil(t, at(whole, "benchmark", "return_pct"), "no bar before the first date")
}

func TestTheLeaderboardNeedsNoBenchmark(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := f.job("job-1", "main", marketDates[:1], "alpha")
	f.close(job, "alpha", marketDates[0])
	o := Options{
		Store: withoutJobs{f.store}, Prices: f.store, Routes: RoutesResults, Log: slog.New(slog.DiscardHandler),
		Models:   func(context.Context) ([]ModelInfo, error) { return nil, nil },
		Defaults: func(context.Context) (string, []string, error) { return "", nil, nil },
	}
	api, err := New(o)
	require.NoError(t, err)
	f.server.Config.Handler = api
	assert.Equal(t, map[string]any{"symbol": "", "return_pct": nil}, f.ok("/leaderboard")["benchmark"])
	o.Defaults = func(context.Context) (string, []string, error) {
		return "", nil, sim.Errorf(sim.KindUnavailable, "no file")
	}
	f.server.Config.Handler, err = New(o)
	require.NoError(t, err)
	refused(t, f.get("/leaderboard"), http.StatusServiceUnavailable, "unavailable", "no file")
	refused(t, f.get("/prices/coverage"), http.StatusServiceUnavailable, "unavailable")
}

// withoutJobs is a store that lists no jobs.
type withoutJobs struct{ sim.Store }

func (withoutJobs) Jobs(context.Context, sim.JobFilter) ([]sim.Job, string, error) {
	return nil, "", nil
}

func TestTheTimeseriesBeginsWithTheInitialCash(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	got := f.ok("/portfolio/timeseries?model=alpha")
	assert.Equal(t, "alpha", got["model"])
	points := got["timeseries"].([]any)
	require.Len(t, points, 5)
	assert.Equal(t, map[string]any{
		"date": "2025-09-30", "portfolio_value": number("1000"), "daily_return_pct": nil, "cumulative_return_pct": number("0"),
		"cash": number("1000"), "valued_at": "close",
	}, points[0], "the initial cash, on the trading day before")
	assert.Equal(t, map[string]any{
		"date": "2025-10-02", "portfolio_value": number("1020"), "daily_return_pct": number("0.9901"),
		"cumulative_return_pct": number("2"), "cash": number("800"), "valued_at": "close",
	}, points[2])
	part := f.ok("/portfolio/timeseries?model=alpha&start_date=2025-10-02&end_date=2025-10-03")["timeseries"].([]any)
	require.Len(t, part, 2)
	assert.Equal(t, points[2], part[0], "a range does not change the returns")
	assert.Len(t, f.ok("/portfolio/timeseries?model=alpha&start_date=2025-10-01")["timeseries"], 4, "the base lies before the range")
	p := refused(t, f.get("/portfolio/timeseries?model=gamma"), http.StatusNotFound, "no_data", `"gamma"`)
	assert.Equal(t, "gamma", p["model"])
}

func TestModelsAreListedWithoutSecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.get("/models")
	assert.NotContains(t, string(r.body), "canary")
	assert.Equal(t, []any{
		map[string]any{"config": "default", "signature": "alpha", "name": "Alpha", "basemodel": "x/alpha",
			"openai_base_url": "https://example.com/v1", "enabled": true},
		map[string]any{"config": "default", "signature": "beta", "name": "Beta", "basemodel": "builtin/cash", "enabled": false},
	}, f.ok("/models")["models"])
	assert.Equal(t, "", withoutCredentials("user:secret@host/%zz"))
	assert.Equal(t, "", withoutCredentials("secret"))
	broken := newFixture(t, func(o *Options) {
		o.Models = func(context.Context) ([]ModelInfo, error) {
			return nil, sim.Errorf(sim.KindInvalid, "default.json: bad")
		}
	})
	refused(t, broken.get("/models"), http.StatusBadRequest, "invalid_request", "default.json")
	assert.Equal(t, "healthy", broken.ok("/health")["status"])
	assert.NotContains(t, broken.ok("/health"), "models")
}

func TestExperimentsListTheirBooks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	assert.Equal(t, []any{}, f.ok("/experiments")["experiments"])
	f.mainJob()
	f.job("job-2", "other", marketDates[:1], "alpha")
	assert.Equal(t, []any{
		map[string]any{"experiment": "main", "last_date": "2025-10-06", "books": []any{
			map[string]any{"model": "alpha", "last_date": "2025-10-06", "initial_cash": number("1000"), "job_id": nil},
			map[string]any{"model": "beta", "last_date": "2025-10-06", "initial_cash": number("1000"), "job_id": nil},
		}},
		map[string]any{"experiment": "other", "last_date": nil, "books": []any{
			map[string]any{"model": "alpha", "last_date": nil, "initial_cash": number("0"), "job_id": "job-2"},
		}},
	}, f.ok("/experiments")["experiments"])
}

func TestCoverageShowsGaps(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.ok("/prices/coverage")
	symbols := got["symbols"].([]any)
	require.Len(t, symbols, 3)
	assert.Equal(t, map[string]any{
		"symbol": "BBB", "first_date": "2025-10-01", "last_date": "2025-10-14", "bars": number("9"), "open_only": number("1"),
		"gaps": []any{"2025-10-03"},
	}, symbols[1])
	totals := got["totals"].(map[string]any)
	assert.NotEmpty(t, totals["version"])
	delete(totals, "version")
	assert.Equal(t, map[string]any{
		"symbols": number("3"), "bars": number("29"), "first_date": "2025-10-01", "last_date": "2025-10-14",
		"dates_with_prices": number("10"), "missing": []any{}, "closed": []any{},
	}, totals)

	gappy := coverage(sim.NewMarketData("v", []sim.SymbolBar{
		{Symbol: "A", Date: date("2025-10-04")}, {Symbol: "A", Date: date("2025-10-08")}, // from a Saturday on
	}, nil, nil), []string{"A"})
	assert.Equal(t, []sim.Date{date("2025-10-06"), date("2025-10-07")}, gappy.Symbols[0].Gaps)
	assert.Equal(t, []sim.Date{date("2025-10-06"), date("2025-10-07")}, gappy.Totals.Missing)
	none := coverage(sim.NewMarketData("", nil, nil, nil), nil)
	assert.Nil(t, none.Totals.FirstDate)
	assert.Empty(t, none.Symbols)
}

func TestHealthCountsForCallersWithAKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	assert.Equal(t, map[string]any{
		"status": "healthy", "timestamp": "2025-10-15T12:00:00Z", "version": "test", "store": map[string]any{"kind": "sqlite", "status": "ok"},
		"prices": map[string]any{"symbols": number("3"), "first_date": "2025-10-01", "last_date": "2025-10-14"}, "models": number("1"),
	}, f.ok("/health"))

	keyed := newFixture(t, withKeys)
	for _, headers := range [][]string{nil, {"X-API-Key", "wrong"}, {"X-API-Key", triggerSecret}} {
		r := keyed.get("/health", headers...)
		require.Equal(t, http.StatusOK, r.status)
		conforms(t, keyed.api, http.MethodGet, "/health", r)
		assert.NotContains(t, r.json(t), "prices")
		assert.NotContains(t, r.json(t), "models")
	}
	assert.Contains(t, keyed.get("/health", "X-API-Key", readerSecret).json(t), "prices")
}

func TestAServiceWithoutAStoreIsUnhealthy(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *Options) { o.Store, o.Prices = brokenStore{o.Store}, brokenPrices{} })
	r := f.get("/health")
	require.Equal(t, http.StatusServiceUnavailable, r.status)
	conforms(t, f.api, http.MethodGet, "/health", r)
	assert.Equal(t, "unhealthy", r.json(t)["status"])
	assert.Equal(t, "unavailable", at(r.json(t), "store", "status"))
	assert.NotContains(t, string(r.body), "secret")
	assert.Contains(t, f.log.String(), "secret disk")
}

// No route hides that the store failed, and none discloses why.
func TestErrorsOfTheStoreAreInternal(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *Options) { o.Store, o.Prices = brokenStore{o.Store}, brokenPrices{} })
	for _, path := range []string{
		"/simulate/status/x", "/simulate/current", "/simulate/jobs", "/results", "/results?date=2025-10-01",
		"/results?start_date=2025-10-01&end_date=2025-10-02",
		"/results?job_id=x", "/leaderboard", "/portfolio/timeseries?model=a", "/experiments", "/prices/coverage",
	} {
		r := f.get(path)
		refused(t, r, http.StatusInternalServerError, "internal")
		assert.NotContains(t, string(r.body), "secret", path)
		conforms(t, f.api, http.MethodGet, path, r)
	}
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerSame}
	refused(t, f.post("/simulate/trigger", ""), http.StatusInternalServerError, "internal")
}

var errDisk = errors.New("secret disk error")

// brokenStore cannot read anything.
type brokenStore struct{ sim.Store }

func (brokenStore) Ping(context.Context) error { return errDisk }
func (brokenStore) Job(context.Context, string) (sim.Job, error) {
	return sim.Job{}, errDisk
}
func (brokenStore) Jobs(context.Context, sim.JobFilter) ([]sim.Job, string, error) {
	return nil, "", errDisk
}
func (brokenStore) Counts(context.Context, string) (map[sim.ModelDayStatus]int, error) {
	return nil, errDisk
}
func (brokenStore) Books(context.Context, string) ([]sim.Head, error)        { return nil, errDisk }
func (brokenStore) Heads(context.Context, []sim.BookKey) ([]sim.Head, error) { return nil, errDisk }
func (brokenStore) Days(context.Context, sim.DayFilter) ([]sim.Day, error)   { return nil, errDisk }

// brokenPrices cannot read anything either.
type brokenPrices struct{ sim.PriceStore }

func (brokenPrices) MarketData(context.Context) (*sim.MarketData, error) { return nil, errDisk }
