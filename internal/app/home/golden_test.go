package home_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/prices"
	"aitrader/internal/sim"
)

// The real runs: what four models did in October 2025 is played back as a job
// over real prices, through the session, the tools and the ledger, and is read
// over HTTP. The data lies beside the repository and is not a part of it.

var realModels = []string{"claude-3.7-sonnet", "deepseek-chat-v3.1", "gemini-2.5-flash", "gpt-5"}

// realFile returns the path of a file of the real data.
func realFile(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "shared", "data", filepath.FromSlash(name)))
	require.NoError(t, err)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the real data is not here: %v", err)
	}
	return path
}

// importReal imports price files as the command line does.
func (h *sceneHome) importReal(names ...string) {
	h.t.Helper()
	for _, name := range names {
		path := realFile(h.t, name)
		file, err := os.Open(path)
		require.NoError(h.t, err)
		set, err := prices.Read(path, file)
		require.NoError(h.t, err)
		require.NoError(h.t, file.Close())
		_, err = h.PutPrices(h.t.Context(), set)
		require.NoError(h.t, err)
	}
}

const (
	octoberPrices = "us_daily/merged.jsonl"
	octoberCloses = "us_daily/nasdaq100_plus_QQQ_daily_2025-06-02_2025-10-30.csv"
	october       = `{"start_date":"2025-10-01","end_date":"2025-10-30"}`
)

// realRun runs the job of the four recordings.
func realRun(t *testing.T) *sceneHome {
	t.Helper()
	s := newScene(t)
	var models []sceneModel
	for _, model := range realModels {
		models = append(models, sceneModel{"signature": model, "basemodel": "recorded/" + realFile(t, "us_daily/positions/"+model+".jsonl")})
	}
	s.configure("default", models, map[string]any{"stock_symbols": nil})
	h := s.open()
	h.importReal(octoberPrices, octoberCloses)
	h.run(october, "completed")
	return h
}

// recordedRow is a line of position.jsonl, read without the product's help.
type recordedRow struct {
	Date   string
	Action *struct {
		Action, Symbol string
		Amount         json.Number
	} `json:"this_action"`
	Positions map[string]json.Number
}

func recordedRows(t *testing.T, model string) map[string][]recordedRow {
	t.Helper()
	file, err := os.Open(realFile(t, "us_daily/positions/"+model+".jsonl"))
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	rows := map[string][]recordedRow{}
	for lines.Scan() {
		var row recordedRow
		require.NoError(t, json.Unmarshal(lines.Bytes(), &row))
		rows[row.Date] = append(rows[row.Date], row)
	}
	require.NoError(t, lines.Err())
	return rows
}

// tenThousandths reads an amount that may have been a binary float.
func tenThousandths(t *testing.T, n json.Number) string {
	t.Helper()
	m, err := sim.RoundMoney(n.String())
	require.NoError(t, err)
	return m.String()
}

// held returns the positions that are not zero, with exact cash.
func held(t *testing.T, positions map[string]json.Number) map[string]string {
	t.Helper()
	out := map[string]string{"CASH": tenThousandths(t, positions["CASH"])}
	for symbol, n := range positions {
		if q, err := n.Float64(); symbol != "CASH" && (err != nil || q != 0) {
			out[symbol] = n.String()
		}
	}
	return out
}

// goldenDay is a day's result with its trades.
type goldenDay struct {
	Positions map[string]json.Number
	DailyPnL  struct {
		Value    json.Number `json:"portfolio_value"`
		ValuedAt string      `json:"valued_at"`
	} `json:"daily_pnl"`
	Trades []struct {
		Action, Symbol string
		Amount         json.Number
		Price, Total   json.Number
		Commission     json.Number
		CashAfter      json.Number `json:"cash_after"`
	}
}

func (h *sceneHome) goldenDay(model, date string) goldenDay {
	h.t.Helper()
	r := h.get("/results?detail=full&date=" + date + "&model=" + model)
	require.Equal(h.t, 200, r.status, r.text)
	var found struct{ Results []goldenDay }
	require.NoError(h.t, json.Unmarshal([]byte(r.text), &found))
	require.Len(h.t, found.Results, 1)
	return found.Results[0]
}

func TestRealRunsComeOutExactly(t *testing.T) {
	t.Parallel()
	h := realRun(t)
	final := map[string]string{"deepseek-chat-v3.1": "110.68", "claude-3.7-sonnet": "4.17", "gpt-5": "71.75", "gemini-2.5-flash": "192.275"}
	trades := 0
	for _, model := range realModels {
		rows := recordedRows(t, model)
		var last []recordedRow
		for _, d := range sim.TradingDays(sim.MustParseDate("2025-10-01"), sim.MustParseDate("2025-10-30")) {
			day := h.goldenDay(model, d.String())
			trades += checkTrades(t, rows[d.String()], day)
			if len(rows[d.String()]) > 0 {
				last = rows[d.String()]
			}
			assert.Equal(t, held(t, last[len(last)-1].Positions), held(t, day.Positions), "%s on %s", model, d)
		}
		assert.Equal(t, final[model], h.goldenDay(model, "2025-10-30").Positions["CASH"].String(), model)
	}
	assert.Positive(t, trades)
	t.Run("values", func(t *testing.T) { checkValues(t, h) })
	t.Run("leaderboards", func(t *testing.T) { checkLeaderboards(t, h) })
	t.Run("exported and played back", func(t *testing.T) { playBack(t, h) })
}

// checkTrades compares every fill of a day with the recording, and the cash
// after it.
func checkTrades(t *testing.T, rows []recordedRow, day goldenDay) int {
	t.Helper()
	n := 0
	for _, row := range rows {
		a := row.Action
		if a == nil || (a.Action != "buy" && a.Action != "sell") || a.Amount == "0" {
			continue
		}
		if !assert.Less(t, n, len(day.Trades)) {
			return n
		}
		trade := day.Trades[n]
		assert.Equal(t, []string{a.Action, a.Symbol, a.Amount.String(), tenThousandths(t, row.Positions["CASH"])},
			[]string{trade.Action, trade.Symbol, trade.Amount.String(), trade.CashAfter.String()}, row.Date)
		n++
	}
	assert.Len(t, day.Trades, n, "no trade that the recording does not have")
	return n
}

// checkValues compares the values at each close with those that were worked out
// elsewhere, to a cent.
func checkValues(t *testing.T, h *sceneHome) {
	file, err := os.Open(realFile(t, "us_daily/oracle_values.csv"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+4*22)
	for _, row := range rows[1:] {
		day := h.goldenDay(row[0], row[1])
		assert.Equal(t, "close", day.DailyPnL.ValuedAt)
		value, err := sim.ParseMoney(day.DailyPnL.Value.String())
		require.NoError(t, err)
		want, err := sim.RoundMoney(row[6])
		require.NoError(t, err)
		assert.InDelta(t, want.Float(), value.Float(), 0.0051, "%s on %s", row[0], row[1])
		assert.Equal(t, tenThousandths(t, json.Number(row[4])), day.Positions["CASH"].String())
	}
}

// board is a leaderboard, as returns by model with two decimals.
func (h *sceneHome) board(date string) map[string]string {
	h.t.Helper()
	r := h.get("/leaderboard?date=" + date)
	require.Equal(h.t, 200, r.status, r.text)
	var b struct {
		Leaderboard []struct {
			Model  string
			Return float64 `json:"cumulative_return_pct"`
		}
		Benchmark struct {
			Symbol string
			Return float64 `json:"return_pct"`
		}
	}
	require.NoError(h.t, json.Unmarshal([]byte(r.text), &b))
	out := map[string]string{b.Benchmark.Symbol: twoDecimals(b.Benchmark.Return)}
	for _, row := range b.Leaderboard {
		out[row.Model] = twoDecimals(row.Return)
	}
	return out
}

func twoDecimals(percent float64) string {
	cents := sim.Money(percent*100 + 0.5)
	sign := "+"
	if percent < 0 {
		cents, sign = sim.Money(-percent*100+0.5), "-"
	}
	return sign + (cents * 100).Fixed2() + "%"
}

func checkLeaderboards(t *testing.T, h *sceneHome) {
	text, err := os.ReadFile(realFile(t, "us_daily/published_leaderboards.txt"))
	require.NoError(t, err)
	names := map[string]string{
		"DeepSeek": "deepseek-chat-v3.1", "Claude-3.7": "claude-3.7-sonnet", "GPT-5": "gpt-5", "Gemini-2.5-flash": "gemini-2.5-flash", "QQQ": "QQQ",
	}
	var board map[string]string
	var on string
	compared := 0
	for line := range strings.Lines(string(text)) {
		if _, rest, ok := strings.Cut(line, "(Last Update "); ok {
			on = strings.ReplaceAll(rest[:10], "/", "-")
			board = h.board(on)
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, "**", ""), "|")
		if len(cells) < 4 || names[strings.TrimSpace(cells[2])] == "" {
			continue
		}
		model, figures := names[strings.TrimSpace(cells[2])], strings.Fields(cells[3])
		assert.Equal(t, figures[len(figures)-1], board[model], "%s on %s", model, on)
		compared++
	}
	assert.Equal(t, 4*5, compared, "four boards of four models and the benchmark")
}

// playBack exports the books and runs them as recordings in another home: the
// same holdings and cash come out again.
func playBack(t *testing.T, h *sceneHome) {
	folder := t.TempDir()
	_, err := h.Export(context.Background(), "main", folder)
	require.NoError(t, err)
	s := newScene(t)
	var models []sceneModel
	for _, model := range realModels {
		models = append(models, sceneModel{"signature": model, "basemodel": "recorded/" + filepath.Join(folder, model, "position", "position.jsonl")})
	}
	s.configure("default", models, map[string]any{"stock_symbols": nil})
	again := s.open()
	again.importReal(octoberPrices, octoberCloses)
	again.run(october, "completed")
	for _, model := range realModels {
		for _, date := range []string{"2025-10-02", "2025-10-16", "2025-10-30"} {
			assert.Equal(t, h.goldenDay(model, date), again.goldenDay(model, date))
		}
	}
}

// baseline is a case of golden/engine_baselines.json. Which figures it has
// depends on what it is about.
type baseline struct {
	Start         string `json:"buy_date"`
	End           string `json:"end_date"`
	Shares        json.Number
	SharesAfter   json.Number `json:"shares_after"` // a split
	Cash          json.Number
	CashLeft      json.Number `json:"cash_left"`
	Value         json.Number `json:"end_value"`
	SplitValue    json.Number `json:"end_value_correct"`
	DividendValue json.Number `json:"end_value_with_cash_dividends"`
}

// readBaseline reads a case, and a second time into what the caller wants of it.
func readBaseline(t *testing.T, name string, more any) baseline {
	t.Helper()
	text, err := os.ReadFile(realFile(t, "golden/engine_baselines.json"))
	require.NoError(t, err)
	var cases map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &cases))
	b := baseline{Start: "2025-10-01", End: "2025-10-30"}
	require.NoError(t, json.Unmarshal(cases[name], &b))
	if more != nil {
		require.NoError(t, json.Unmarshal(cases[name], more))
	}
	return b
}

// runBaseline runs one built-in model over real prices, and returns its last day.
func runBaseline(t *testing.T, b baseline, model, config string, files ...string) goldenDay {
	t.Helper()
	s := newScene(t)
	s.write("default.json", `{"models":[{"signature":"m","basemodel":"`+model+`"}]`+config+`}`)
	h := s.open()
	h.importReal(files...)
	h.run(`{"start_date":"`+b.Start+`","end_date":"`+b.End+`"}`, "completed")
	return h.goldenDay("m", b.End)
}

// The worked-out figures of simple strategies, from their first to their last
// day: shares, cash and value at the last close.
func TestBaselinesComeOutExactly(t *testing.T) {
	t.Parallel()
	month := []string{octoberPrices, octoberCloses}
	const (
		twoYears  = "us_daily_2y/ndx_daily_2024-01_2025-12.csv.gz"
		splits    = "us_daily_2y/splits_2024_2025.csv"
		dividends = "us_daily_2y/dividends_AAPL.csv"
	)
	for name, c := range map[string]struct {
		model  string
		symbol string
		files  []string
	}{
		"buy_hold_integer_QQQ_2025-10":       {"builtin/buy-and-hold?symbol=QQQ", "QQQ", month},
		"buy_hold_integer_AAPL_2025-10":      {"builtin/buy-and-hold?symbol=AAPL", "AAPL", month},
		"buy_hold_integer_QQQ_full":          {"builtin/buy-and-hold?symbol=QQQ", "QQQ", []string{twoYears}},
		"equal_weight_integer_floor_2025-10": {"builtin/equal-weight", "", month},
		"split_NVDA":                         {"builtin/buy-and-hold?symbol=NVDA", "NVDA", []string{twoYears, splits}},
		"split_ORLY":                         {"builtin/buy-and-hold?symbol=ORLY", "ORLY", []string{twoYears, splits}},
		"split_AVGO":                         {"builtin/buy-and-hold?symbol=AVGO", "AVGO", []string{twoYears, splits}},
		"dividends_cash_AAPL":                {"builtin/buy-and-hold?symbol=AAPL", "AAPL", []string{twoYears, dividends}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := readBaseline(t, name, nil)
			day := runBaseline(t, want, c.model, "", c.files...)
			assert.Equal(t, tenThousandths(t, first(want.Value, want.SplitValue, want.DividendValue)), day.DailyPnL.Value.String())
			if c.symbol != "" {
				assert.Equal(t, first(want.SharesAfter, want.Shares), day.Positions[c.symbol])
			}
			if want.DividendValue == "" { // whose cash is that before the dividends
				assert.Equal(t, tenThousandths(t, first(want.CashLeft, want.Cash)), day.Positions["CASH"].String())
			}
		})
	}
}

// first returns the first number that is there.
func first(numbers ...json.Number) json.Number {
	return numbers[slices.IndexFunc(numbers, func(n json.Number) bool { return n != "" })]
}

// Fractions are kept to a millionth of a share here, and without end there.
func TestFractionalBaselineToACent(t *testing.T) {
	t.Parallel()
	want := readBaseline(t, "equal_weight_fractional_buy_hold_2025-10", nil)
	day := runBaseline(t, want, "builtin/equal-weight", `,"fractional_shares":true`, octoberPrices, octoberCloses)
	expected, err := want.Value.Float64()
	require.NoError(t, err)
	got, err := day.DailyPnL.Value.Float64()
	require.NoError(t, err)
	assert.InDelta(t, expected, got, 0.01)
}

func TestCostsBaseline(t *testing.T) {
	t.Parallel()
	var costs struct {
		Symbol, Date         string
		Qty                  json.Number
		Slippage             json.Number `json:"slippage_bps"`
		PerShare             json.Number `json:"commission_per_share"`
		Min                  json.Number `json:"min_commission"`
		Price                json.Number `json:"fill_price"`
		Notional, Commission json.Number
	}
	b := readBaseline(t, "fee_slippage_example", &costs)
	b.Start, b.End = costs.Date, costs.Date
	// Cash for the quantity of the example, and not for one share more.
	config := `,"agent_config":{"initial_cash":2850},"costs":{"slippage_bps":` + costs.Slippage.String() +
		`,"commission_per_share":` + costs.PerShare.String() + `,"commission_min":` + costs.Min.String() + `}`
	day := runBaseline(t, b, "builtin/buy-and-hold?symbol="+costs.Symbol, config, octoberPrices, octoberCloses)
	require.Len(t, day.Trades, 1)
	trade := day.Trades[0]
	assert.Equal(t, []string{costs.Qty.String(), tenThousandths(t, costs.Price), tenThousandths(t, costs.Notional), tenThousandths(t, costs.Commission)},
		[]string{trade.Amount.String(), trade.Price.String(), trade.Total.String(), trade.Commission.String()})
}
