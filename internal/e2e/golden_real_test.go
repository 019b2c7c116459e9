package e2e_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/realdata"
	"aitrader/internal/sim"
)

// The real runs: what four models did in October 2025, played back as one job.
// The values at the end are those of AI-Trader's files.
var realFinalCash = map[string]string{
	"claude-3.7-sonnet": "4.17", "deepseek-chat-v3.1": "110.68", "gemini-2.5-flash": "192.275", "gpt-5": "71.75",
}

const (
	realFirst = "2025-10-01"
	realLast  = "2025-10-30"
)

func realDates() []sim.Date {
	return sim.DefaultMarket.Bars(sim.MustParseDate(realFirst), sim.MustParseDate(realLast))
}

// configureRecorded writes a configuration of recorded models, whose files stand
// at DIR/MODEL followed by the suffix.
func (s *scene) configureRecorded(name, dir, suffix string) {
	s.t.Helper()
	var models []sceneModel
	for model := range realFinalCash {
		models = append(models, sceneModel{"signature": model, "basemodel": "recorded/" + filepath.Join(dir, model+suffix)})
	}
	s.configure(name, models, map[string]any{"stock_symbols": nil})
}

func TestRealRunsComeOutExactly(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.configureRecorded("default", realdata.Path(t, "us_daily/positions"), ".jsonl")
	h := s.open()
	h.importReal(octoberPrices)
	jobID := h.run(goldenTrigger("main", "default", realFirst, realLast), "completed")

	oracle := goldenTable(t, "us_daily/oracle_values.csv")
	require.Len(t, oracle, len(realFinalCash)*len(realDates()))
	checkValues(t, h, oracle, map[string]bool{realLast: true}) // AI-Trader's file ends with an open
	h.importReal(octoberCloses)
	checkValues(t, h, oracle, nil)
	days := map[string]map[string]goldenDay{}
	for _, d := range realDates() {
		days[d.String()] = h.goldenDays("main", d.String())
	}
	for model := range realFinalCash {
		checkBook(t, days, model)
	}
	checkLeaderboards(t, h)
	checkShapes(t, h)

	// Everything is said again by the next process on the folder.
	questions := []string{
		"/simulate/status/" + jobID, "/simulate/jobs", "/experiments", "/prices/coverage",
		"/results?reasoning=full&date=2025-10-16", "/results?start_date=2025-10-01&format=csv", "/leaderboard",
		"/portfolio/timeseries?model=gpt-5",
	}
	before := h.texts(questions)
	h.stop()
	h = s.open()
	assert.Equal(t, before, h.texts(questions))
	playBack(t, s, h)
}

// texts returns the bodies of answers, by question.
func (h *sceneHome) texts(paths []string) map[string]string {
	h.t.Helper()
	out := map[string]string{}
	for _, path := range paths {
		r := h.get(path)
		require.Equal(h.t, http.StatusOK, r.status, r.text)
		out[path] = r.text
	}
	return out
}

// checkValues compares values with those that were worked out elsewhere, to a
// cent, because those have two decimals. The last bar that is known on some
// dates is an open.
func checkValues(t *testing.T, h *sceneHome, oracle []map[string]string, open map[string]bool) {
	t.Helper()
	days := map[string]map[string]goldenDay{}
	for _, row := range oracle {
		date, column, basis := row["date"], "value_at_close", "close"
		if open[date] {
			column, basis = "value_at_open", "open"
		}
		if days[date] == nil {
			days[date] = h.goldenDays("main", date)
		}
		day, ok := days[date][row["model"]]
		require.True(t, ok, "%s on %s", row["model"], date)
		if day.Positions["CASH"] == "10000" { // nothing has a price
			basis = "close"
		}
		assert.Equal(t, basis, day.DailyPnL.ValuedAt, "%s on %s", row["model"], date)
		want, err := sim.RoundMoney(row[column])
		require.NoError(t, err)
		assert.InDelta(t, want.Float(), goldenMoney(t, day.DailyPnL.Value).Float(), 0.0051, "%s on %s", row["model"], date)
		assert.Equal(t, tenThousandths(t, json.Number(row["ending_cash"])), day.Positions["CASH"].String())
	}
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

// trades reports whether the row is an order that changed something: one of the
// models once asked for no shares at all.
func (r recordedRow) trades() bool {
	return r.Action != nil && (r.Action.Action == "buy" || r.Action.Action == "sell") && r.Action.Amount != "0"
}

func recordedRows(t *testing.T, model string) map[string][]recordedRow {
	t.Helper()
	file, err := os.Open(realdata.Path(t, "us_daily/positions/"+model+".jsonl"))
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

// checkBook compares every trade of a model, the cash after it, and what is held
// at the end of each day with the model's file. The days are by date and model.
func checkBook(t *testing.T, days map[string]map[string]goldenDay, model string) {
	t.Helper()
	rows, trades := recordedRows(t, model), 0
	for _, d := range realDates() {
		day, today := days[d.String()][model], rows[d.String()]
		var want, got [][]string
		for _, row := range today {
			if a := row.Action; row.trades() {
				want = append(want, []string{a.Action, a.Symbol, a.Amount.String(), tenThousandths(t, row.Positions["CASH"])})
			}
		}
		for _, trade := range day.Trades {
			got = append(got, []string{trade.Action, trade.Symbol, trade.Amount.String(), trade.CashAfter.String()})
		}
		assert.Equal(t, want, got, "%s on %s", model, d)
		require.NotEmpty(t, today, "the files have every day")
		assert.Equal(t, held(t, today[len(today)-1].Positions), held(t, day.Positions), "%s on %s", model, d)
		trades += len(want)
		if d.String() == realLast {
			assert.Equal(t, realFinalCash[model], day.Positions["CASH"].String(), model)
		}
	}
	assert.Greater(t, trades, 40, model)
}

// board is a leaderboard, as returns by model with two decimals.
func (h *sceneHome) board(date string) map[string]string {
	h.t.Helper()
	r := h.get("/leaderboard?date=" + date)
	require.Equal(h.t, http.StatusOK, r.status, r.text)
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
	cents, sign := sim.Money(percent*100+0.5), "+"
	if percent < 0 {
		cents, sign = sim.Money(-percent*100+0.5), "-"
	}
	return sign + (cents * 100).Fixed2() + "%"
}

func checkLeaderboards(t *testing.T, h *sceneHome) {
	t.Helper()
	text, err := os.ReadFile(realdata.Path(t, "us_daily/published_leaderboards.txt"))
	require.NoError(t, err)
	names := map[string]string{
		"DeepSeek": "deepseek-chat-v3.1", "Claude-3.7": "claude-3.7-sonnet", "GPT-5": "gpt-5", "Gemini-2.5-flash": "gemini-2.5-flash",
		"QQQ": "QQQ",
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

// checkShapes compares the ways in which the API says the same: the days one by
// one, as a range, as CSV and as a curve.
func checkShapes(t *testing.T, h *sceneHome) {
	t.Helper()
	days := map[string]map[string]goldenDay{}
	for _, d := range realDates() {
		days[d.String()] = h.goldenDays("main", d.String())
	}
	r := h.get("/results?start_date=" + realFirst + "&end_date=" + realLast)
	require.Equal(t, http.StatusOK, r.status, r.text)
	var span struct {
		Results []struct {
			Model  string
			Values []struct {
				Date  string
				Value json.Number `json:"portfolio_value"`
			} `json:"daily_portfolio_values"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.text), &span))
	require.Len(t, span.Results, len(realFinalCash))
	var cells [][]string
	for _, m := range span.Results {
		require.Len(t, m.Values, len(days), m.Model)
		before := json.Number("10000")
		for _, v := range m.Values {
			day := days[v.Date][m.Model]
			assert.Equal(t, v.Value, day.DailyPnL.Value, "%s on %s", m.Model, v.Date)
			assert.Equal(t, before, day.Starting.Value, "%s on %s", m.Model, v.Date)
			assert.Equal(t, goldenMoney(t, v.Value)-goldenMoney(t, before), goldenMoney(t, day.DailyPnL.Profit), "%s on %s", m.Model, v.Date)
			cells = append(cells, []string{m.Model, v.Date, v.Value.String()})
			before = v.Value
		}
		checkCurve(t, h, m.Model, days)
	}

	r = h.get("/results?format=csv&start_date=" + realFirst + "&end_date=" + realLast)
	require.Equal(t, http.StatusOK, r.status, r.text)
	table, err := csv.NewReader(strings.NewReader(r.text)).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, []string{"model", "job_id", "date", "portfolio_value", "valued_at"}, table[0])
	for i, row := range table[1:] {
		table[i+1] = []string{row[0], row[2], row[3]}
	}
	assert.Equal(t, cells, table[1:])
}

func checkCurve(t *testing.T, h *sceneHome, model string, days map[string]map[string]goldenDay) {
	t.Helper()
	r := h.get("/portfolio/timeseries?model=" + model)
	require.Equal(t, http.StatusOK, r.status, r.text)
	var curve struct {
		Points []struct {
			Date  string
			Value json.Number `json:"portfolio_value"`
			Cash  json.Number
		} `json:"timeseries"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.text), &curve))
	require.Len(t, curve.Points, 1+len(days), model)
	assert.Equal(t, "2025-09-30", curve.Points[0].Date, "the initial cash is dated the trading day before")
	assert.Equal(t, json.Number("10000"), curve.Points[0].Value)
	for _, p := range curve.Points[1:] {
		day := days[p.Date][model]
		assert.Equal(t, day.DailyPnL.Value, p.Value, "%s on %s", model, p.Date)
		assert.Equal(t, day.Positions["CASH"], p.Cash, "%s on %s", model, p.Date)
	}
}

// playBack exports the books and runs them as recordings in another experiment:
// everything comes out again.
func playBack(t *testing.T, s *scene, h *sceneHome) {
	t.Helper()
	folder := t.TempDir()
	_, err := h.Export(t.Context(), "main", folder)
	require.NoError(t, err)
	s.configureRecorded("again", folder, "/position/position.jsonl")
	h.run(goldenTrigger("again", "again", realFirst, realLast), "completed")
	for _, d := range realDates() {
		assert.Equal(t, h.goldenDays("main", d.String()), h.goldenDays("again", d.String()), d)
	}
}
