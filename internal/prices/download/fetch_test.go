package download

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/realdata"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/sqlitetest"
	"aitrader/internal/vendortest"
)

// scripted is a vendor that answers from bars, and fails where a test says.
type scripted struct {
	bars   map[string]sim.Bar // by "SYMBOL DATE"
	fails  map[string]error   // by symbol
	asked  []string           // "SYMBOL DATE..."
	onAsk  func(q Question)
	splits []sim.Split
}

func (s *scripted) Name() string { return "Vendor" }

func (s *scripted) Questions(m Missing, _ sim.Date) []Question {
	return bySymbol(m, func(*Question) {})
}

func (s *scripted) Ask(_ context.Context, q Question) (Answer, error) {
	text := q.Symbols[0]
	var a Answer
	for _, d := range q.Dates {
		text += " " + d.String()[8:]
	}
	s.asked = append(s.asked, text)
	if s.onAsk != nil {
		s.onAsk(q)
	}
	if err := s.fails[q.Symbols[0]]; err != nil {
		return Answer{}, err
	}
	for at, b := range s.bars {
		symbol, day, _ := strings.Cut(at, " ")
		if d := sim.MustParseDate(day); q.wants(symbol, d) {
			a.Bars = append(a.Bars, sim.SymbolBar{Symbol: symbol, Date: d, Bar: b})
		}
	}
	a.Splits, a.Answered = s.splits, q.Dates
	return a, nil
}

var someBar = bar(100_000, 120_000, 90_000, 110_000, 700)

func bars(at ...string) map[string]sim.Bar {
	out := map[string]sim.Bar{}
	for _, key := range at {
		out[key] = someBar
	}
	return out
}

func put(t testing.TB, s *sqlite.Store, bars map[string]sim.Bar) {
	t.Helper()
	set := sim.PriceRows{Source: "test"}
	for at, b := range bars {
		symbol, day, _ := strings.Cut(at, " ")
		set.Bars = append(set.Bars, sim.SymbolBar{Symbol: symbol, Date: sim.MustParseDate(day), Bar: b})
	}
	_, err := s.PutPrices(t.Context(), set, now())
	require.NoError(t, err)
}

func fetch(t testing.TB, f *Fetcher, from, to string, symbols ...string) Report {
	t.Helper()
	var all []sim.Date // weekends and holidays, too
	for d := sim.MustParseDate(from); d <= sim.MustParseDate(to); d = d.AddDays(1) {
		all = append(all, d)
	}
	report, err := f.Fetch(t.Context(), Wanted{Symbols: symbols, Dates: all})
	require.NoError(t, err)
	return report
}

func TestOnlyWhatIsMissingIsAskedFor(t *testing.T) {
	s := sqlitetest.Open(t)
	open := sim.Bar{Open: 100_000, OpenOnly: true}
	put(t, s, map[string]sim.Bar{"AAA 2025-08-28": someBar, "AAA 2025-09-02": open, "BBB 2025-08-29": someBar,
		"BBB 2025-08-28": someBar, "BBB 2025-09-02": someBar})
	v := &scripted{bars: bars("AAA 2025-08-29", "AAA 2025-09-02")}
	f := NewFetcher(v, s, now)
	report := fetch(t, f, "2025-08-28", "2025-09-02", "AAA", "BBB")
	assert.Equal(t, []string{"AAA 29 02"}, v.asked, "neither the weekend, nor Labor Day")
	assert.Equal(t, Report{Source: "Vendor", Questions: 1, Put: sim.ImportReport{Version: "p2", Added: 1, Completed: 1}}, report)
	assert.True(t, report.Came())

	report = fetch(t, f, "2025-08-28", "2025-09-02", "AAA", "BBB")
	assert.Equal(t, Report{Source: "Vendor"}, report)
	assert.False(t, report.Came())
	assert.Len(t, v.asked, 1)
}

func TestADayThatIsNotOverIsNotMissing(t *testing.T) {
	v := &scripted{bars: bars("AAA 2025-10-02", "AAA 2025-10-03")}
	clock := time.Date(2025, time.October, 3, 20, 29, 0, 0, time.UTC) // 16:29 in New York
	f := NewFetcher(v, sqlitetest.Open(t), func() time.Time { return clock })
	fetch(t, f, "2025-10-02", "2025-10-06", "AAA")
	clock = clock.Add(time.Minute)
	fetch(t, f, "2025-10-02", "2025-10-06", "AAA")
	assert.Equal(t, []string{"AAA 02", "AAA 03"}, v.asked)
}

// A gap stays a gap: it is reported, and old ones are not asked for again and
// again.
func TestAGap(t *testing.T) {
	v := &scripted{bars: bars("AAA 2025-09-24", "AAA 2025-10-02")}
	clock := now()
	f := NewFetcher(v, sqlitetest.Open(t), func() time.Time { return clock })
	wanted := func() Report { return fetch(t, f, "2025-09-24", "2025-09-25", "AAA") }
	report := fetch(t, f, "2025-10-02", "2025-10-03", "AAA")
	assert.Equal(t, 1, report.Missing)
	assert.Equal(t, []string{"Vendor: bars that are not there: 1 (AAA 2025-10-03)"}, report.Warnings)
	assert.Equal(t, 1, wanted().Missing)
	assert.Empty(t, wanted().Warnings, "it is known now")
	v.bars = bars("AAA 2025-10-03")
	assert.Equal(t, 1, fetch(t, f, "2025-10-02", "2025-10-03", "AAA").Put.Added, "the last days may still come")
	clock = clock.Add(memoryLife)
	wanted()
	assert.Equal(t, []string{"AAA 02 03", "AAA 24 25", "AAA 03", "AAA 25"}, v.asked)
}

func TestARevisedBar(t *testing.T) {
	s := sqlitetest.Open(t)
	put(t, s, bars("AAA 2025-10-01", "AAA 2025-09-19"))
	later := someBar
	later.Close++
	v := &scripted{bars: map[string]sim.Bar{"AAA 2025-10-01": later, "AAA 2025-10-02": someBar, "AAA 2025-09-19": later}}
	report := fetch(t, NewFetcher(v, s, now), "2025-10-02", "2025-10-02", "AAA")
	require.Len(t, report.Put.Revised, 1, "within a week before what was missing")
	assert.Equal(t, sim.Revision{Symbol: "AAA", Date: sim.MustParseDate("2025-10-01"), Old: someBar, New: later}, report.Put.Revised[0])
	assert.Equal(t, []string{"Vendor: bars that are different now: 1 (AAA 2025-10-01)"}, report.Warnings)
	assert.Equal(t, "p2", report.Put.Version)
	market, err := s.MarketData(t.Context())
	require.NoError(t, err)
	stored, _ := market.Bar("AAA", sim.MustParseDate("2025-10-01"))
	assert.Equal(t, later, stored)
}

// One symbol blocks only itself; a limit ends the fetch, and what came stays.
func TestAPartialDownload(t *testing.T) {
	symbols := []string{"AAA", "BBB", "CCC", "DDD"}
	day := func(symbols ...string) map[string]sim.Bar {
		all := map[string]sim.Bar{}
		for _, s := range symbols {
			all[s+" 2025-10-03"] = someBar
		}
		return all
	}
	for what, c := range map[string]struct {
		fails    map[string]error
		asked    int
		added    int
		failed   int
		warnings []string
	}{
		"unknown": {map[string]error{"BBB": sim.Errorf(sim.KindNoData, "it does not know the symbol")}, 4, 3, 1,
			[]string{"Vendor: BBB: it does not know the symbol"}},
		"broken": {map[string]error{"BBB": sim.Errorf(sim.KindUnavailable, "it answers with nonsense")}, 4, 3, 1,
			[]string{"Vendor: BBB: it answers with nonsense"}},
		"limit": {map[string]error{"CCC": sim.Errorf(sim.KindRateLimited, "it was asked too often")}, 3, 2, 2,
			[]string{"Vendor: it was asked too often; 2 of 4 questions are left (from CCC on)"}},
		"key": {map[string]error{"AAA": sim.Errorf(sim.KindUnauthorized, "it refuses the key")}, 1, 0, 4,
			[]string{"Vendor: it refuses the key; 4 of 4 questions are left (from AAA on)"}},
		"unknown, and then broken": {map[string]error{"AAA": sim.Errorf(sim.KindNoData, "no"), "BBB": sim.Errorf(sim.KindNoData, "no"),
			"CCC": sim.Errorf(sim.KindUnavailable, "broken")}, 4, 1, 3,
			[]string{"Vendor: AAA: no", "Vendor: BBB: no", "Vendor: CCC: broken"}},
		"down": {map[string]error{"AAA": sim.Errorf(sim.KindUnavailable, "down"), "BBB": sim.Errorf(sim.KindUnavailable, "down"),
			"CCC": sim.Errorf(sim.KindForbidden, "down")}, 3, 0, 4,
			[]string{"Vendor: AAA: down", "Vendor: BBB: down", "Vendor: down; 2 of 4 questions are left (from CCC on)"}},
	} {
		s := sqlitetest.Open(t)
		v := &scripted{bars: day(symbols...), fails: c.fails}
		report := fetch(t, NewFetcher(v, s, now), "2025-10-03", "2025-10-03", symbols...)
		assert.Len(t, v.asked, c.asked, what)
		assert.Equal(t, c.added, report.Put.Added, what)
		assert.Equal(t, c.failed, report.Failed, what)
		assert.Equal(t, 4-c.added, report.Missing, what)
		assert.Equal(t, c.warnings, report.Warnings, what)

		v.fails = nil
		report = fetch(t, NewFetcher(v, s, now), "2025-10-03", "2025-10-03", symbols...)
		assert.Equal(t, 4-c.added, report.Put.Added, "%s: the next try continues there", what)
		assert.Zero(t, report.Missing)
	}
}

func TestManyWarningsAreCutShort(t *testing.T) {
	v := &scripted{fails: map[string]error{}}
	var symbols []string
	for i := range 30 {
		symbols = append(symbols, fmt.Sprintf("S%02d", i))
		v.fails[symbols[i]] = sim.Errorf(sim.KindNoData, "no")
	}
	report := fetch(t, NewFetcher(v, sqlitetest.Open(t), now), "2025-09-03", "2025-09-03", symbols...)
	require.Len(t, report.Warnings, maxWarnings+1)
	assert.Equal(t, "10 more warnings", report.Warnings[maxWarnings])
}

// What came is stored in parts, and also when the caller is gone.
func TestAFetchThatIsInterrupted(t *testing.T) {
	s := sqlitetest.Open(t)
	v := &scripted{bars: map[string]sim.Bar{}}
	var symbols []string
	for i := range 30 {
		symbols = append(symbols, fmt.Sprintf("S%02d", i))
		v.bars[symbols[i]+" 2025-10-03"] = someBar
	}
	ctx, cancel := context.WithCancel(t.Context())
	v.onAsk = func(q Question) {
		if q.Symbols[0] == "S24" {
			cancel()
		}
	}
	var progress []int
	report, err := NewFetcher(v, s, now).Fetch(ctx, Wanted{Symbols: symbols, Dates: []sim.Date{settled}, Progress: func(asked, all int) {
		assert.Equal(t, 30, all)
		progress = append(progress, asked)
		if asked == batch+1 {
			market, err := s.MarketData(t.Context())
			require.NoError(t, err)
			assert.Len(t, market.Symbols(), batch)
		}
	}})
	require.NoError(t, err)
	assert.Equal(t, 25, report.Put.Added)
	assert.Equal(t, []string{"Vendor: there was no time left; 5 of 30 questions are left (from S25 on)"}, report.Warnings)
	assert.Len(t, progress, 25)
	assert.Equal(t, "p2", report.Put.Version)
}

func TestTimeIsKeptForTheStore(t *testing.T) {
	v := &scripted{bars: bars("AAA 2025-10-03")}
	f := NewFetcher(v, sqlitetest.Open(t), now)
	ctx, cancel := context.WithTimeout(t.Context(), reserve)
	defer cancel()
	report, err := f.Fetch(ctx, Wanted{Symbols: []string{"AAA"}, Dates: []sim.Date{settled}})
	require.NoError(t, err)
	assert.Empty(t, v.asked)
	assert.Equal(t, 1, report.Failed)
}

func TestTwoFetchesAtOnce(t *testing.T) {
	v := &scripted{bars: bars("AAA 2025-10-03")}
	arrived, release := make(chan struct{}), make(chan struct{})
	v.onAsk = func(Question) { close(arrived); <-release }
	f := NewFetcher(v, sqlitetest.Open(t), now)
	wanted := Wanted{Symbols: []string{"AAA"}, Dates: []sim.Date{settled}}
	ended := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := f.Fetch(context.Background(), wanted)
			ended <- err
		}()
	}
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report, err := f.Fetch(ctx, wanted)
	require.NoError(t, err)
	assert.Equal(t, []string{"Vendor: it is being asked already, and there was no time to wait"}, report.Warnings)
	close(release)
	assert.NoError(t, <-ended)
	assert.NoError(t, <-ended)
	assert.Len(t, v.asked, 1, "the second finds the bars")
}

// broken is a store whose reads or writes fail.
type broken struct {
	sim.PriceStore
	put, market error
}

func (b broken) MarketData(ctx context.Context) (*sim.MarketData, error) {
	if b.market != nil {
		return nil, b.market
	}
	return b.PriceStore.MarketData(ctx)
}

func (b broken) PutPrices(context.Context, sim.PriceRows, time.Time) (sim.ImportReport, error) {
	return sim.ImportReport{}, b.put
}

func TestABrokenStoreEndsTheFetch(t *testing.T) {
	boom := errors.New("boom")
	var symbols []string
	all := map[string]sim.Bar{}
	for i := range batch + 1 {
		symbols = append(symbols, fmt.Sprintf("S%02d", i))
		all[symbols[i]+" 2025-10-03"] = someBar
	}
	for _, b := range []broken{{sqlitetest.Open(t), nil, boom}, {sqlitetest.Open(t), boom, nil}} {
		_, err := NewFetcher(&scripted{bars: all}, b, now).Fetch(t.Context(), Wanted{Symbols: symbols, Dates: []sim.Date{settled}})
		assert.ErrorIs(t, err, boom)
	}
}

// Every vendor, from the wire to the books' market, and no key on the way.
func TestVendorsFillAStore(t *testing.T) {
	for source, handler := range handlers {
		s := sqlitetest.Open(t)
		v, _ := vendor(t, source, vendortest.Serve(t, handler(t)))
		report := fetch(t, NewFetcher(v, s, now), "2025-10-03", "2025-10-03", "AAA")
		assert.Zero(t, report.Missing, source)
		market, err := s.MarketData(t.Context())
		require.NoError(t, err)
		stored, _ := market.Bar("AAA", settled)
		assert.Equal(t, lastBar, stored, source)
		if source != "stooq" {
			assert.Equal(t, []sim.Split{{Symbol: "AAA", ExDate: settled.AddDays(-1), Numerator: 2, Denominator: 1}},
				market.Splits("AAA", 0, settled), source)
			assert.Equal(t, []sim.Dividend{{Symbol: "AAA", ExDate: settled, Amount: 175_000_000}}, market.Dividends("AAA", 0, settled), source)
			assert.Equal(t, [2]int{1, 1}, [2]int{report.Splits, report.Dividends})
		}
		text, err := json.Marshal(report)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "canary")
		assert.NotContains(t, string(text), "127.0.0.1")
	}
}

// The answers of Alpha Vantage as they were received: four symbols, of which one
// splits, and one that the vendor does not know.
func TestRealAnswers(t *testing.T) {
	files := map[string]string{}
	for _, symbol := range []string{"AAPL", "NVDA", "ORLY", "QQQ"} {
		files[symbol] = string(realdata.Read(t, "us_daily/raw/daily_prices_"+symbol+".a0a1c85.json"))
	}
	seller := vendortest.Serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		symbol := r.URL.Query().Get("symbol")
		switch {
		case files[symbol] == "":
			vendortest.Write(w, `{"Error Message": "Invalid API call."}`)
		case r.URL.Query().Get("function") == "TIME_SERIES_DAILY":
			vendortest.Write(w, files[symbol])
		case r.URL.Query().Get("function") == "SPLITS" && symbol == "ORLY":
			vendortest.Write(w, `{"symbol": "ORLY", "data": [{"effective_date": "2025-06-10", "split_factor": "15.0000"}]}`)
		default:
			vendortest.Write(w, `{"symbol": "`+symbol+`", "data": []}`)
		}
	})
	v, _ := vendor(t, "alphavantage", seller)
	evening := time.Date(2025, time.October, 30, 22, 0, 0, 0, time.UTC)
	s := sqlitetest.Open(t)
	f := NewFetcher(v, s, func() time.Time { return evening })
	symbols := append(slices.Sorted(maps.Keys(files)), "ZZZZ")
	report := fetch(t, f, "2025-06-10", "2025-10-30", symbols...)
	days := dates("2025-06-10", "2025-10-30")
	assert.Equal(t, len(days), report.Missing)
	assert.Equal(t, []string{"Alpha Vantage: ZZZZ: it does not know the symbol"}, report.Warnings)
	assert.Equal(t, 1, report.Splits)
	market, err := s.MarketData(t.Context())
	require.NoError(t, err)
	for symbol := range files {
		assert.Len(t, market.Series(symbol, days[0], days[len(days)-1]), len(days), symbol)
	}
	asked := len(seller.Requests())
	fetch(t, f, "2025-06-10", "2025-10-30", symbols[:4]...)
	assert.Len(t, seller.Requests(), asked)
}
