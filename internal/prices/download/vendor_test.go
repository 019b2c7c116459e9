package download

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/clocktest"
	"aitrader/internal/prices"
	"aitrader/internal/rounds"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
	"aitrader/internal/vendortest"
)

// vantage answers as Alpha Vantage does, from the files of testdata.
func vantage(t testing.TB) func(int, http.ResponseWriter, *http.Request) {
	daily, splits, dividends := testdata(t, "alphavantage_daily.json"), testdata(t, "alphavantage_splits.json"),
		testdata(t, "alphavantage_dividends.json")
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		text := map[string]string{"TIME_SERIES_DAILY": daily, "SPLITS": splits, "DIVIDENDS": dividends}[r.URL.Query().Get("function")]
		vendortest.Write(w, strings.ReplaceAll(text, `"AAA"`, `"`+r.URL.Query().Get("symbol")+`"`))
	}
}

// grouped answers as Polygon does, every date the same.
func grouped(t testing.TB) func(int, http.ResponseWriter, *http.Request) {
	bars, splits, dividends := testdata(t, "polygon_grouped.json"), testdata(t, "polygon_splits.json"), testdata(t, "polygon_dividends.json")
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v3/reference/splits":
			vendortest.Write(w, splits)
		case "/v3/reference/dividends":
			vendortest.Write(w, dividends)
		default:
			vendortest.Write(w, bars)
		}
	}
}

func table(t testing.TB) func(int, http.ResponseWriter, *http.Request) {
	csv := testdata(t, "stooq.csv")
	return func(_ int, w http.ResponseWriter, _ *http.Request) { vendortest.Write(w, csv) }
}

var handlers = map[string]func(testing.TB) func(int, http.ResponseWriter, *http.Request){
	"alphavantage": vantage, "polygon": grouped, "stooq": table,
}

var lastBar = bar(521_000, 530_000, 519_000, 527_550, 1_200_345)

func TestAlphaVantageAnswers(t *testing.T) {
	s := vendortest.Serve(t, vantage(t))
	v, _ := vendor(t, "alphavantage", s)
	a, err := v.Ask(t.Context(), question("AAA"))
	require.NoError(t, err)
	require.Len(t, a.Bars, 4, "with the day before, which may have been corrected")
	assert.Contains(t, a.Bars, sim.SymbolBar{Symbol: "AAA", Date: settled, Bar: lastBar})
	assert.Equal(t, []sim.Split{{Symbol: "AAA", ExDate: settled.AddDays(-1), Numerator: 2, Denominator: 1}}, a.Splits)
	assert.Equal(t, []sim.Dividend{{Symbol: "AAA", ExDate: settled, Amount: 175_000_000}}, a.Dividends,
		"of one day, both; none that is still to come")
	assert.Equal(t, question("AAA").Dates, a.Answered)

	asked := s.Requests()
	require.Len(t, asked, 3)
	assert.Equal(t, "apikey="+canaryKey+"&function=TIME_SERIES_DAILY&outputsize=compact&symbol=AAA", asked[0].URL.RawQuery)
	_, err = v.Ask(t.Context(), question("BRK.B"))
	require.NoError(t, err)
	assert.Equal(t, "BRK-B", s.Requests()[3].URL.Query().Get("symbol"))
}

func TestAlphaVantageChoosesTheSize(t *testing.T) {
	v, _ := vendor(t, "alphavantage", vendortest.Serve(t, vantage(t)))
	hundred := dates("2025-05-13", "2025-10-03")
	require.Len(t, hundred, 100)
	for _, c := range []struct {
		first sim.Date
		whole bool
	}{{hundred[0], true}, {hundred[1], false}, {settled, false}} {
		assert.Equal(t, []Question{{Symbols: []string{"AAA"}, Dates: []sim.Date{c.first}, Whole: c.whole}},
			v.Questions(Missing{"AAA": {c.first}}, settled))
	}
}

// A key without whole histories still has the last days.
func TestAWholeHistoryOutsideThePlan(t *testing.T) {
	s := vendortest.Serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("outputsize") == "full" {
			vendortest.Write(w, `{"Information": "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature."}`)
			return
		}
		vantage(t)(n, w, r)
	})
	v, _ := vendor(t, "alphavantage", s)
	q := Question{Symbols: []string{"AAA"}, Dates: dates("2025-01-02", "2025-10-03"), Whole: true}
	a, err := v.Ask(t.Context(), q)
	require.NoError(t, err)
	assert.Len(t, a.Bars, 4)
	assert.Equal(t, dates("2025-09-30", "2025-10-03"), a.Answered, "nothing is known of the days before")
}

func TestWhatAlphaVantageSays(t *testing.T) {
	for said, want := range map[string]struct {
		kind  sim.Kind
		asked int
	}{
		`{"Note": "Our standard API call frequency is 5 calls per minute and 500 calls per day."}`: {sim.KindRateLimited, 4},
		`{"Information": "Please consider spreading out your free API requests more sparingly (1 request per second). You may ` +
			`subscribe to premium."}`: {sim.KindRateLimited, 4},
		`{"Information": "We have detected your API key as ` +
			canaryKey + ` and our standard API rate limit is 25 requests per day. See the premium plans."}`: {sim.KindRateLimited, 1},
		`{"Error Message": "the parameter apikey is invalid or missing."}`: {sim.KindUnauthorized, 1},
		`{"Information": "This is a premium endpoint."}`:                   {sim.KindForbidden, 1},
		`{"Error Message": "Invalid API call. Please retry."}`:             {sim.KindNoData, 1},
		`{}`:                                   {sim.KindUnavailable, 4},
		`{"Information": "` + canaryKey + `"}`: {sim.KindUnavailable, 4},
		`<html>` + canaryKey + `</html>`:       {sim.KindUnavailable, 4},
		`{"Time Series (Daily)": {"2025`:       {sim.KindUnavailable, 4},
		`{"Time Series (Daily)": {"x": {}}}`:   {sim.KindUnavailable, 4},
		`{"Meta Data": {"2. Symbol": "AAA"}, "Time Series (Daily)": {"yesterday": {}}}`: {sim.KindUnavailable, 1},
	} {
		s := vendortest.Serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { vendortest.Write(w, said) })
		v, _ := vendor(t, "alphavantage", s)
		_, err := v.Ask(t.Context(), question("AAA"))
		assert.Equal(t, want.kind, sim.KindOf(err), said)
		assert.Len(t, s.Requests(), want.asked, said)
		assert.NotContains(t, fmt.Sprint(err), "canary")
	}
}

// Bars are only believed together with the splits and dividends of their days.
func TestAlphaVantageWithoutItsActions(t *testing.T) {
	for _, function := range []string{"SPLITS", "DIVIDENDS"} {
		for said, want := range map[string]struct {
			kind sim.Kind
			bars int
		}{
			`{"Information": "25 requests per day"}`: {sim.KindRateLimited, 0},
			`{"symbol": "AAA", "data": [{"effective_date": "2025-10-02", "ex_dividend_date": "2025-10-02", "split_factor": "two", ` +
				`"amount": "None"}]}`: {"", 2}, // of the days before
			`{"symbol": "AAA", "data": [{"effective_date": "None", "ex_dividend_date": "None", "split_factor": "2", "amount": ` +
				`"1"}]}`: {"", 0},
			`{"symbol": "AAA", "data": ["two"]}`: {"", 0},
			`{"symbol": "BBB", "data": []}`:      {sim.KindUnavailable, 0},
			`{}`:                                 {"", 4},
			`{"symbol": "AAA", "data": []}`:      {"", 4},
		} {
			s := vendortest.Serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("function") == function {
					vendortest.Write(w, said)
					return
				}
				vantage(t)(n, w, r)
			})
			v, _ := vendor(t, "alphavantage", s)
			a, err := v.Ask(t.Context(), question("AAA"))
			assert.Equal(t, want.kind, sim.KindOf(err), "%s: %s", function, said)
			assert.Len(t, a.Bars, want.bars, "%s: %s", function, said)
			if want.kind == "" && want.bars < 4 {
				assert.Contains(t, strings.Join(a.Warnings, "\n"), "of "+function+" is ", said)
			}
		}
	}
}

func TestPolygonAnswers(t *testing.T) {
	s := vendortest.Serve(t, grouped(t))
	v, _ := vendor(t, "polygon", s)
	q := Question{Symbols: []string{"AAA", "BBB", "BRK-B", "ZZZ"}, Dates: []sim.Date{settled}}
	a, err := v.Ask(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, []sim.SymbolBar{
		{Symbol: "AAA", Date: settled, Bar: lastBar},
		{Symbol: "BBB", Date: settled, Bar: bar(200_001, 210_000, 195_000, 205_000, 777)},
		{Symbol: "BRK-B", Date: settled, Bar: bar(5_000_000, 5_020_000, 4_990_000, 5_010_000, 10)},
	}, a.Bars)
	assert.Equal(t, []sim.Split{
		{Symbol: "AAA", ExDate: settled.AddDays(-1), Numerator: 2, Denominator: 1},
		{Symbol: "BBB", ExDate: settled.AddDays(-1), Numerator: 1, Denominator: 30},
	}, a.Splits)
	assert.Equal(t, []sim.Dividend{{Symbol: "AAA", ExDate: settled, Amount: 175_000_000}}, a.Dividends)
	assert.Equal(t, []string{"BBB on 2025-10-03: a dividend that is not in USD was left out"}, a.Warnings)

	asked := s.Requests()
	require.Len(t, asked, 3)
	assert.Equal(t, "/v3/reference/splits?execution_date.gte=2025-09-26&execution_date.lte=2025-10-03"+
		"&limit=1000&order=asc&sort=execution_date", asked[0].URL.String())
	assert.Equal(t, "/v2/aggs/grouped/locale/us/market/stocks/2025-10-03?adjusted=false", asked[2].URL.String())
	assert.Equal(t, "Bearer "+canaryKey, asked[2].Header.Get("Authorization"))
}

func TestPolygonGroupsDates(t *testing.T) {
	v, _ := vendor(t, "polygon", vendortest.Serve(t, grouped(t)))
	near, far := dates("2025-01-02", "2025-02-28"), dates("2025-09-01", "2025-09-02")
	require.Len(t, near, 39)
	require.Len(t, far, 1, "Labor Day")
	questions := v.Questions(Missing{"BBB": near, "AAA": append(near[5:9:9], far...)}, settled)
	require.Len(t, questions, 3)
	assert.Equal(t, near[:20], questions[0].Dates)
	assert.Equal(t, near[20:], questions[1].Dates)
	assert.Equal(t, Question{Symbols: []string{"AAA", "BBB"}, Dates: far}, questions[2])
}

func TestPolygonPages(t *testing.T) {
	var s *vendortest.Vendor
	s = vendortest.Serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/v3/reference/splits":
			grouped(t)(n, w, r)
		case r.URL.Query().Get("cursor") == "":
			vendortest.Write(w, `{"status": "OK", "results": [], "next_url": "https://elsewhere.example/v3/reference/splits?cursor=abc"}`)
		default:
			vendortest.Write(w, testdata(t, "polygon_splits.json"))
		}
	})
	v, _ := vendor(t, "polygon", s)
	a, err := v.Ask(t.Context(), question("AAA"))
	require.NoError(t, err)
	assert.Len(t, a.Splits, 1)
	assert.Equal(t, "/v3/reference/splits?cursor=abc", s.Requests()[1].URL.String(), "the key goes to no other host")

	for _, next := range []string{"https://elsewhere.example/%", "https://elsewhere.example/none", "?cursor=again"} {
		s = vendortest.Serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			vendortest.Write(w, `{"status": "OK", "results": [], "next_url": "`+next+`"}`)
		})
		v, _ = vendor(t, "polygon", s)
		_, err = v.Ask(t.Context(), question("AAA"))
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err), next)
	}
}

func TestWhatPolygonSays(t *testing.T) {
	for what, c := range map[string]struct {
		path, said string
		status     int
		kind       sim.Kind
		bars       int
	}{
		"a date outside the plan": {"2025-10-02", `{"status":"NOT_AUTHORIZED","message":"` + canaryKey + `"}`, 403, sim.KindForbidden, 2},
		"another key":             {"splits", `{"status":"ERROR"}`, 401, sim.KindUnauthorized, 0},
		"the limit at a date":     {"2025-10-03", `{"status":"ERROR","error":"exceeded"}`, 429, sim.KindRateLimited, 2},
		"adjusted prices":         {"2025-10-01", `{"status":"OK","adjusted":true,"results":[]}`, 200, sim.KindUnavailable, 0},
		"no status":               {"2025-10-01", `{"results":[]}`, 200, sim.KindUnavailable, 0},
		"late":                    {"2025-10-01", `{"status":"DELAYED","results":[]}`, 200, "", 2},
		"no bar":                  {"2025-10-01", `{"status":"OK","results":[{"T":"AAA","o":"x"}]}`, 200, "", 2},
		"no split": {"splits",
			`{"status":"OK","results":[{"ticker":"AAA","execution_date":"2025-10-02","split_to":0,"split_from":1}]}`, 200, "", 1},
		"no dividend": {"dividends",
			`{"status":"OK","results":[{"ticker":"AAA","ex_dividend_date":"soon","cash_amount":1}]}`, 200, "", 0},
	} {
		s := vendortest.Serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, c.path) {
				w.WriteHeader(c.status)
				vendortest.Write(w, c.said)
				return
			}
			grouped(t)(n, w, r)
		})
		v, _ := vendor(t, "polygon", s)
		a, err := v.Ask(t.Context(), question("AAA"))
		assert.Equal(t, c.kind, sim.KindOf(err), what)
		assert.Len(t, a.Bars, c.bars, what)
		assert.NotContains(t, fmt.Sprint(err), "canary", what)
	}
}

func TestStooqAnswers(t *testing.T) {
	s := vendortest.Serve(t, table(t))
	v, _ := vendor(t, "stooq", s)
	a, err := v.Ask(t.Context(), question("BRK.B"))
	require.NoError(t, err)
	assert.Equal(t, []sim.SymbolBar{
		{Symbol: "BRK.B", Date: settled.AddDays(-1), Bar: bar(510_000, 522_500, 505_000, 520_000, 1_100_000)},
		{Symbol: "BRK.B", Date: settled, Bar: lastBar},
	}, a.Bars)
	assert.Equal(t, "apikey="+canaryKey+"&d1=20250924&d2=20251003&i=d&o=1111111&s=brk-b.us", s.Requests()[0].URL.RawQuery)
	assert.Equal(t, []Question{{Symbols: []string{"AAA"}, Dates: []sim.Date{settled}}}, v.Questions(Missing{"AAA": {settled}}, settled))

	header := "Date,Open,High,Low,Close,Volume\n"
	for said, want := range map[string]struct {
		kind sim.Kind
		bars int
	}{
		"No data":                        {sim.KindNoData, 0},
		"Exceeded the daily hits limit":  {sim.KindRateLimited, 0},
		"Get your apikey: " + canaryKey:  {sim.KindUnauthorized, 0},
		"<html>" + canaryKey + "</html>": {sim.KindUnavailable, 0},
		"":                               {sim.KindUnavailable, 0},
		header:                           {"", 0},
		header + "2025-10-03,1,2\n":      {sim.KindUnavailable, 0},
		header + "today,1,2,1,2,5\n":     {sim.KindUnavailable, 0},
		header + "2025-10-03,1,2,1,-,5\n2025-10-02,1,2,1,2,5\n2020-10-02,1,2,1,2,5\n": {"", 1},
	} {
		s := vendortest.Serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { vendortest.Write(w, said) })
		v, _ := vendor(t, "stooq", s)
		a, err := v.Ask(t.Context(), question("AAA"))
		assert.Equal(t, want.kind, sim.KindOf(err), said)
		assert.Len(t, a.Bars, want.bars, said)
		assert.NotContains(t, fmt.Sprint(err), "canary")
	}
}

func TestRequestsAreRetriedWhereThatCanHelp(t *testing.T) {
	for source, handler := range handlers {
		good := handler(t)
		for what, c := range map[string]struct {
			first  func(w http.ResponseWriter)
			asked  int // more than without a mishap
			kind   sim.Kind
			waited time.Duration // at least
		}{
			"a bad gateway": {func(w http.ResponseWriter) { w.WriteHeader(502) }, 1, "", 0},
			"Retry-After":   {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(503) }, 1, "", 7 * time.Second},
			"too often":     {func(w http.ResponseWriter) { w.WriteHeader(429) }, 1, "", time.Minute},
			"a long wait":   {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "3600"); w.WriteHeader(429) }, 0, sim.KindRateLimited, 0},
			"not found":     {func(w http.ResponseWriter) { w.WriteHeader(404) }, 0, sim.KindNoData, 0},
			"no money":      {func(w http.ResponseWriter) { w.WriteHeader(402) }, 0, sim.KindUnavailable, 0},
			"a redirect": {func(w http.ResponseWriter) { w.Header().Set("Location", "/?k="+canaryKey); w.WriteHeader(302) }, 0,
				sim.KindUnavailable, 0},
			"too much": {func(w http.ResponseWriter) { vendortest.Write(w, strings.Repeat("x", maxAnswer+1)) }, 0, sim.KindUnavailable, 0},
			"a cut":    {func(w http.ResponseWriter) { w.Header().Set("Content-Length", "100"); vendortest.Write(w, canaryKey) }, 1, "", 0},
		} {
			if what == "too much" && source != "stooq" && !rounds.Long() {
				continue // the bound is that of the client, which all vendors share
			}
			s := vendortest.Serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					c.first(w)
					return
				}
				good(n, w, r)
			})
			v, clock := vendor(t, source, s)
			q := Question{Symbols: []string{"AAA"}, Dates: []sim.Date{settled}}
			_, err := v.Ask(t.Context(), q)
			assert.Equal(t, c.kind, sim.KindOf(err), "%s, %s: %v", source, what, err)
			usual := map[string]int{"alphavantage": 3, "polygon": 3, "stooq": 1}[source]
			if c.kind != "" {
				usual = 1
			}
			assert.Len(t, s.Requests(), usual+c.asked, "%s, %s", source, what)
			assert.GreaterOrEqual(t, slices.Max(append(clock.Waited(), 0)), c.waited, "%s, %s", source, what)
			assert.NotContains(t, fmt.Sprint(err), "canary")
		}
	}
}

func TestVendorsThatCannotBeReached(t *testing.T) {
	for source := range handlers {
		s := vendortest.Serve(t, nil)
		s.Close()
		v, _ := vendor(t, source, s)
		_, err := v.Ask(t.Context(), question("AAA"))
		assert.EqualError(t, err, "unavailable: it cannot be reached", source)

		s = vendortest.Serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		v, err = New(source, Options{BaseURL: s.URL, PerMinute: 100, Timeout: 20 * time.Millisecond, Clock: clocktest.New(time.Time{})})
		require.NoError(t, err)
		_, err = v.Ask(t.Context(), question("AAA"))
		assert.EqualError(t, err, "unavailable: it does not answer in time", source)

		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		v, _ = vendor(t, source, s)
		_, err = v.Ask(ctx, question("AAA"))
		assert.EqualError(t, err, "unavailable: it was not asked in time", source)

		v, err = New(source, Options{BaseURL: s.URL, PerMinute: 1,
			Key: func(context.Context) (secret.Text, error) { return "", errors.New("no key") }})
		require.NoError(t, err)
		_, err = v.Ask(t.Context(), question("AAA"))
		assert.EqualError(t, err, "unauthorized: no key", source)
	}
}

func TestThePace(t *testing.T) {
	s := vendortest.Serve(t, vantage(t))
	clock := clocktest.New(now())
	v, err := New("alphavantage", Options{BaseURL: s.URL, PerMinute: 5, Clock: clock})
	require.NoError(t, err)
	for range 4 { // 12 requests
		_, err := v.Ask(t.Context(), question("AAA"))
		require.NoError(t, err)
	}
	assert.Equal(t, []time.Duration{time.Minute, time.Minute}, clock.Waited())
	assert.NotContains(t, s.Requests()[0].URL.RawQuery, "apikey", "no key is configured")

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range 2 {
		_, err = v.Ask(ctx, question("AAA"))
	}
	assert.Equal(t, sim.KindRateLimited, sim.KindOf(err), "no time to wait for a minute")
	assert.Len(t, clock.Waited(), 2)
}

func TestNewRefusesInvalidOptions(t *testing.T) {
	for _, o := range []Options{{BaseURL: "ftp://h.example", PerMinute: 1},
		{BaseURL: "https://u:" + canaryKey + "@h.example", PerMinute: 1}, {BaseURL: "https://h.example?k=" + canaryKey, PerMinute: 1}, {}} {
		for source := range handlers {
			_, err := New(source, o)
			assert.Equal(t, sim.KindInvalid, sim.KindOf(err), source)
			assert.NotContains(t, fmt.Sprint(err), "canary")
		}
	}
	_, err := New("bloomberg", Options{PerMinute: 1})
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
}

func TestKeysAreNotPrinted(t *testing.T) {
	v, _ := vendor(t, "polygon", vendortest.Serve(t, nil))
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", v, v, v), "canary")
}

func TestRatios(t *testing.T) {
	for text, want := range map[string][2]int64{
		"2.0000": {2, 1}, "10": {10, 1}, "0.05": {1, 20}, "1.5000": {3, 2}, "0.3333": {1, 3}, "1.3333": {4, 3}, "0.0333": {1, 30},
		"0.33333333": {1, 3}, "0.1234": {617, 5000}, "0.0010": {1, 1000}, "1.0123": {10123, 10000}, "1.0000": {1, 1},
	} {
		n, d, ok := prices.ParseRatio(text, "1")
		assert.True(t, ok, text)
		assert.Equal(t, want, [2]int64{n, d}, text)
	}
	for _, text := range []string{"", "two", "0", "-2", "10001", "0.00001", "None"} {
		_, _, ok := prices.ParseRatio(text, "1")
		assert.False(t, ok, text)
	}
	n, d, ok := prices.ParseRatio("3", "1.5")
	assert.True(t, ok)
	assert.Equal(t, [2]int64{2, 1}, [2]int64{n, d})
}
