package download

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/clocktest"
	"aitrader/internal/sim"
	"aitrader/internal/sqlitetest"
	"aitrader/internal/vendortest"
)

// polygonWith answers as Polygon does about AAA and BBB, with the given rows in one list.
func polygonWith(list, rows string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		found := ""
		switch {
		case strings.HasSuffix(r.URL.Path, list):
			found = rows
		case strings.Contains(r.URL.Path, "/grouped/"):
			found = `{"T":"AAA","o":1,"h":2,"l":1,"c":1.5,"v":10},{"T":"BBB","o":1,"h":2,"l":1,"c":1.5,"v":10}`
		}
		vendortest.Write(w, `{"status":"OK","results":[`+found+`]}`)
	}
}

// barsOf counts the bars of an answer by symbol.
func barsOf(a sim.PriceRows) map[string]int {
	counts := map[string]int{}
	for _, b := range a.Bars {
		counts[b.Symbol]++
	}
	return counts
}

// What one row of Polygon says about AAA costs AAA at most its bars from that day on, and
// BBB nothing.
func TestAnOddRowCostsItsOwnSymbol(t *testing.T) {
	const (
		bar      = `{"T":"AAA","o":1,"h":2,"l":1,"c":1.5,"v":10}`
		closes   = `{"T":"AAA","o":1,"h":2,"l":1,"c":1.75,"v":10}`
		other    = `,{"T":"BBB","o":1,"h":2,"l":1,"c":1.5,"v":10}`
		two      = `{"ticker":"AAA","execution_date":"2025-10-02","split_from":1,"split_to":2,"id":"a"}`
		again    = `{"ticker":"AAA","execution_date":"2025-10-02","split_from":2,"split_to":4,"id":"b"}`
		three    = `{"ticker":"AAA","execution_date":"2025-10-02","split_from":1,"split_to":3,"id":"c"}`
		cut      = `{"ticker":"AAA","execution_date":"2025-10-02","split_from":1,"split_to":0.033333333333333333,"id":"d"}`
		nothing  = `{"ticker":"AAA","execution_date":"2025-10-02","split_from":1,"split_to":1}`
		regular  = `{"ticker":"AAA","ex_dividend_date":"2025-10-03","cash_amount":0.25,"dividend_type":"CD","frequency":4,"id":"a"}`
		repeated = `{"ticker":"AAA","ex_dividend_date":"2025-10-03","cash_amount":0.25,"dividend_type":"CD","frequency":4,"id":"b"}`
		special  = `{"ticker":"AAA","ex_dividend_date":"2025-10-03","cash_amount":1.5,"dividend_type":"SC","frequency":0,"id":"c"}`
		changed  = `{"ticker":"AAA","ex_dividend_date":"2025-10-03","cash_amount":0.26,"dividend_type":"CD","frequency":4,"id":"d"}`
		grouped  = "/v2/aggs/grouped/locale/us/market/stocks/2025-10-02"
		float    = `{"ticker":"AAA","ex_dividend_date":"2025-10-03","cash_amount":0.24000000000000002,"dividend_type":"CD"}`
	)
	for what, c := range map[string]struct {
		list, rows string
		aaa        int    // bars of three
		amount     string // of the dividend
		ratio      string
		warning    string
	}{
		"a repeated bar": {"2025-10-02", bar + "," + bar + other, 3, "", "", ""},
		"bars that contradict": {"2025-10-02", bar + "," + closes + other + "," + bar, 2, "", "",
			"AAA on 2025-10-02: rows 1 and 2 of " + grouped + " contradict each other: close 1.5 there and 1.75 here; none is stored"},
		"a bar of nothing": {"2025-10-02", `{"T":"AAA"},null,"AAA",[],{}` + other, 2, "", "",
			"row 2 of " + grouped + " cannot be read (such rows: 4)"},
		"a figure twice": {"2025-10-02", `{"T":"AAA","o":1,"o":2,"h":2,"l":1,"c":1.5,"v":10}` + other, 2, "", "",
			"AAA on 2025-10-02: the figures are not those of a bar"},
		"a repeated split": {"splits", two + "," + again, 3, "", "2:1", ""},
		"splits that contradict": {"splits", two + "," + three + "," + again, 1, "", "",
			"AAA on 2025-10-02: rows 1 and 2 of /v3/reference/splits contradict each other: ratio 2:1 there and 3:1 here; none is stored, nor"},
		"a cut split":        {"splits", cut, 3, "", "1:30", ""},
		"a split of nothing": {"splits", nothing + "," + two, 3, "", "2:1", ""},
		"a split by words": {"splits", `{"ticker":"AAA","execution_date":"2025-10-02","split_from":"two","split_to":1}`, 1, "", "",
			"AAA on 2025-10-02: row 1 of /v3/reference/splits is not a valid split"},
		"a split without a date": {"splits", `{"ticker":"AAA","split_from":1,"split_to":2}`, 0, "", "",
			"AAA: row 1 of /v3/reference/splits is a split without a date"},
		"no split at all":     {"splits", `null,7`, 3, "", "", "row 1 of /v3/reference/splits cannot be read (such rows: 2)"},
		"a repeated dividend": {"dividends", regular + "," + repeated, 3, "0.25", "", ""},
		"two kinds":           {"dividends", regular + "," + special + "," + repeated, 3, "1.75", "", ""},
		"amounts that differ": {"dividends", regular + "," + special + "," + changed, 2, "", "",
			"AAA on 2025-10-03: rows 1 and 3 of /v3/reference/dividends contradict each other: a dividend of 0.25 there and of 0.26 here; " +
				"none is stored, nor"},
		"a float": {"dividends", float, 3, "0.24", "", ""},
		"a negative dividend": {"dividends", `{"ticker":"AAA","ex_dividend_date":"2025-10-03","cash_amount":-1}`, 2, "", "",
			"is not a valid dividend"},
	} {
		v, _ := vendor(t, "polygon", vendortest.Serve(t, polygonWith(c.list, c.rows)))
		a, err := v.Ask(t.Context(), question("AAA", "BBB"))
		require.NoError(t, err, what)
		assert.Equal(t, c.aaa, barsOf(a.PriceRows)["AAA"], what)
		assert.Equal(t, 3, barsOf(a.PriceRows)["BBB"], what)
		amount, ratio := "", ""
		for _, d := range a.Dividends {
			amount += d.Amount.String()
		}
		for _, s := range a.Splits {
			ratio += fmt.Sprintf("%d:%d", s.Numerator, s.Denominator)
		}
		assert.Equal(t, [2]string{c.amount, c.ratio}, [2]string{amount, ratio}, what)
		assert.Contains(t, strings.Join(a.Warnings, "\n"), c.warning, what)
		assert.Equal(t, c.warning == "", len(a.Warnings) == 0, "%s: %s", what, a.Warnings)
	}
}

func TestDaysThatAlphaVantageSendsTwice(t *testing.T) {
	const (
		bar    = `"2025-10-02": {"1. open": "1", "2. high": "2", "3. low": "1", "4. close": "1.5", "5. volume": "10"}`
		closes = `"2025-10-02": {"1. open": "1", "2. high": "2", "3. low": "1", "4. close": "1.6", "5. volume": "10"}`
		before = `"2025-10-01": {"1. open": "1", "2. high": "2", "3. low": "1", "4. close": "1.5", "5. volume": "10"}`
	)
	for days, want := range map[string]int{
		bar + "," + before: 2, bar + "," + bar + "," + before: 2, bar + "," + closes + "," + before: 1,
		`"2025-10-02": null,` + before: 1, `"2025-10-02": "?",` + before: 1, `"soon": {},` + before: 1,
	} {
		v, _ := vendor(t, "alphavantage", vendortest.Serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("function") != "TIME_SERIES_DAILY" {
				vendortest.Write(w, `{"symbol": "AAA", "data": []}`)
				return
			}
			vendortest.Write(w, `{"Meta Data": {"2. Symbol": "AAA"}, "Time Series (Daily)": {`+days+`}}`)
		}))
		a, err := v.Ask(t.Context(), question("AAA"))
		require.NoError(t, err, days)
		assert.Len(t, a.Bars, want, days)
		if strings.Contains(days, "1.6") {
			assert.Contains(t, a.Warnings[0], "close 1.5 there and 1.6 here")
		}
	}
}

func TestRowsThatStooqSendsTwice(t *testing.T) {
	const head, bar = "Date,Open,High,Low,Close,Volume\n", "2025-10-02,1,2,1,1.5,10\n"
	for text, want := range map[string]int{
		head + bar + bar: 1, head + bar + "2025-10-02,1,2,1,1.6,10\n2025-10-03,1,2,1,1.5,10\n": 1, head + bar + "2025-10-03,1\n": 1,
		head + "today,1,2,1,1.5,10\n" + bar: 1, head + bar + "2025-10-03,1,2,1,1.5,10,11\n": 1,
	} {
		v, _ := vendor(t, "stooq", vendortest.Serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { vendortest.Write(w, text) }))
		a, err := v.Ask(t.Context(), question("AAA"))
		require.NoError(t, err, text)
		assert.Len(t, a.Bars, want, text)
	}
}

// A vendor that answers is not down, however odd its rows are: the download goes on with
// the other symbols.
func TestOddRowsDoNotEndADownload(t *testing.T) {
	v, _ := vendor(t, "alphavantage", vendortest.Serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		symbol := r.URL.Query().Get("symbol")
		if r.URL.Query().Get("function") == "SPLITS" && symbol != "ZZZ" {
			vendortest.Write(w, `{"symbol": "`+symbol+`", "data": [{"effective_date": "2025-10-02", "split_factor": "2"},
				{"effective_date": "2025-10-02", "split_factor": "3"}]}`)
			return
		}
		vantage(t)(n, w, r)
	}))
	s := sqlitetest.Open(t)
	report := fetch(t, NewFetcher(v, s, now), "2025-10-03", "2025-10-03", "AAA", "BBB", "CCC", "DDD", "EEE", "ZZZ")
	assert.Zero(t, report.Failed)
	assert.Equal(t, 5, report.Missing)
	market, err := s.MarketData(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"ZZZ"}, market.Symbols())
	assert.Empty(t, market.Splits("AAA", 0, settled))
	assert.Contains(t, report.Warnings, "AAA on 2025-10-02: rows 1 and 2 of SPLITS contradict each other: ratio 2:1 there and 3:1 here; "+
		"none is stored, nor the symbol's bars from that day on")
}

// Whatever Polygon says about AAA, in any list and in any order, BBB keeps its bars, its
// split and its dividend, and what is stored of AAA is valid.
func TestNoRowCostsAnotherSymbolAnything(t *testing.T) {
	value := rapid.SampledFrom([]string{
		`null`, `""`, `"x"`, `0`, `-1`, `1`, `2`, `0.25`, `1e400`, `0.33333333333333331`, `"2025-10-02"`, `"2025-10-03"`, `"None"`, `[]`, `{}`,
		`true`, `"USD"`, `"CD"`, `"SC"`, `99999999999999999999999999`, `"\ud800"`,
	})
	field := rapid.SampledFrom([]string{
		"o", "h", "l", "c", "v", "split_to", "split_from", "execution_date", "ex_dividend_date", "cash_amount", "currency", "dividend_type",
		"frequency", "T", "ticker",
	})
	row := rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 9).Draw(t, "none") == 0 {
			return value.Draw(t, "row")
		}
		text := `{"T":"AAA","ticker":"AAA"`
		for range rapid.IntRange(0, 8).Draw(t, "fields") {
			text += fmt.Sprintf(",%q:%s", field.Draw(t, "field"), value.Draw(t, "value"))
		}
		return text + "}"
	})
	sound := map[string]string{
		"splits":    `{"ticker":"BBB","execution_date":"2025-10-02","split_from":1,"split_to":2}`,
		"dividends": `{"ticker":"BBB","ex_dividend_date":"2025-10-02","cash_amount":0.25,"dividend_type":"CD","frequency":4}`,
		"grouped":   `{"T":"BBB","o":1,"h":2,"l":1,"c":1.5,"v":10}`,
	}
	var answers atomic.Value // a map from a part of the path to rows
	seller := vendortest.Serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		for name, rows := range answers.Load().(map[string]string) {
			if strings.Contains(r.URL.Path, name) {
				vendortest.Write(w, `{"status":"OK","results":[`+rows+`]}`)
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		lists := map[string]string{}
		for _, name := range slices.Sorted(maps.Keys(sound)) {
			rows := append(rapid.SliceOfN(row, 0, 4).Draw(t, name), sound[name])
			lists[name] = strings.Join(rapid.Permutation(rows).Draw(t, "order"), ",")
		}
		answers.Store(lists)
		v, err := New("polygon", Options{BaseURL: seller.URL, PerMinute: 1_000_000, Clock: clocktest.New(now())})
		require.NoError(t, err)
		a, err := v.Ask(context.Background(), question("AAA", "BBB"))
		require.NoError(t, err)
		require.NoError(t, a.Check())
		require.Equal(t, 3, barsOf(a.PriceRows)["BBB"])
		require.Contains(t, a.Splits, sim.Split{Symbol: "BBB", ExDate: settled.AddDays(-1), Numerator: 2, Denominator: 1})
		require.Contains(t, a.Dividends, sim.Dividend{Symbol: "BBB", ExDate: settled.AddDays(-1), Amount: 25_000_000})
	})
}
