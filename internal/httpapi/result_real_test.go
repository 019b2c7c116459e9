package httpapi

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/prices"
	"aitrader/internal/realdata"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
	"aitrader/internal/sqlite"
)

// What four models did in October 2025, stored day by day, must match AI-Trader's
// files, values computed independently, and the published leaderboards. The data is
// not part of the repository.

var realModels = []string{"claude-3.7-sonnet", "deepseek-chat-v3.1", "gemini-2.5-flash", "gpt-5"}

func realFile(t testing.TB, name string) *os.File {
	t.Helper()
	return realdata.Open(t, "us_daily/"+name)
}

// recordedRow is a line of position.jsonl.
type recordedRow struct {
	Date   sim.Date `json:"date"`
	Action *struct {
		Action sim.EntryKind `json:"action"`
		Symbol string        `json:"symbol"`
		Amount int64         `json:"amount"`
	} `json:"this_action"`
}

// realRun returns a fixture with the real prices and the real days of all models. They
// are stored once, and each test has a copy.
func realRun(t *testing.T) *fixture {
	t.Helper()
	realdata.Path(t, "us_daily/merged.jsonl") // without the data every test is skipped, not only the first
	realOnce.Do(func() { realContent = storeRealRun(t) })
	require.NotEmpty(t, realContent, "the test that stored the real run has failed")
	path := filepath.Join(t.TempDir(), "real.db")
	require.NoError(t, os.WriteFile(path, realContent, 0o600))
	store, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	f := fixtureOn(t, store)
	f.now = realNow
	return f
}

var (
	realOnce    sync.Once
	realContent []byte // of the file of the store
	realNow     = time.Date(2025, time.October, 31, 12, 0, 0, 0, time.UTC)
)

// storeRealRun stores the real run, and returns the content of the store's file.
func storeRealRun(t *testing.T) []byte {
	t.Helper()
	f := newFixture(t)
	for _, name := range []string{"merged.jsonl", "nasdaq100_plus_QQQ_daily_2025-06-02_2025-10-30.csv"} {
		set, err := prices.Read(name, realFile(t, name))
		require.NoError(t, err)
		_, err = f.store.PutPrices(t.Context(), set, f.now)
		require.NoError(t, err)
	}
	f.now = realNow
	market, err := f.store.MarketData(t.Context())
	require.NoError(t, err)
	dates := sim.DefaultMarket.Bars(date("2025-10-01"), date("2025-10-30"))
	job := f.job("real", "real", dates, realModels...)
	for _, model := range realModels {
		f.replay(job, market, model, dates)
	}
	f.finish(job, sim.JobCompleted)
	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, f.store.Backup(t.Context(), path))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return content
}

func (f *fixture) replay(job sim.Job, market *sim.MarketData, model string, dates []sim.Date) {
	f.t.Helper()
	fills := map[sim.Date][]sim.Entry{}
	lines := bufio.NewScanner(realFile(f.t, "positions/"+model+".jsonl"))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row recordedRow
		require.NoError(f.t, json.Unmarshal(lines.Bytes(), &row))
		// One of the models once asked for no shares at all.
		if a := row.Action; a != nil && a.Amount > 0 && (a.Action == sim.EntryBuy || a.Action == sim.EntrySell) {
			bar, ok := market.Bar(a.Symbol, row.Date)
			require.True(f.t, ok)
			fills[row.Date] = append(fills[row.Date],
				sim.Entry{Kind: a.Action, Symbol: a.Symbol, Quantity: sim.Quantity(a.Amount) * sim.Share, Price: bar.Open})
		}
	}
	require.NoError(f.t, lines.Err())
	job.Settings.InitialCash = 10_000 * sim.Dollar
	for _, d := range dates {
		f.close(job, model, d, fills[d]...)
	}
}

func TestRealValuesComeOutExactly(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(realFile(t, "oracle_values.csv")).ReadAll()
	require.NoError(t, err)
	f := realRun(t)
	for _, row := range rows[1:] {
		model, on := row[0], row[1]
		cash, err := sim.RoundMoney(row[4])
		require.NoError(t, err)
		closing, err := sim.RoundMoney(row[6])
		require.NoError(t, err)
		r := f.get("/results?experiment=real&date=" + on + "&model=" + model).json(t)["results"].([]any)[0]
		// The file's values have two decimals; ours are exact.
		value := simtest.Dollars(at(r, "daily_pnl", "portfolio_value").(json.Number).String())
		assert.InDelta(t, closing.Float(), value.Float(), 0.0051, "%s %s", model, on)
		assert.Equal(t, cash.String(), at(r, "positions", "CASH").(json.Number).String(), "%s %s", model, on)
	}
	for model, cash := range map[string]string{"deepseek-chat-v3.1": "110.68", "claude-3.7-sonnet": "4.17", "gpt-5": "71.75",
		"gemini-2.5-flash": "192.275"} {
		points := f.ok("/portfolio/timeseries?experiment=real&model=" + model)["timeseries"].([]any)
		assert.Len(t, points, 23)
		assert.Equal(t, number(cash), at(points[22], "cash"), model)
	}
}

func TestPublishedLeaderboards(t *testing.T) {
	t.Parallel()
	published, err := os.ReadFile(realFile(t, "published_leaderboards.txt").Name())
	require.NoError(t, err)
	f := realRun(t)
	names := map[string]string{"DeepSeek": "deepseek-chat-v3.1", "Claude-3.7": "claude-3.7-sonnet", "GPT-5": "gpt-5",
		"Gemini-2.5-flash": "gemini-2.5-flash"}
	compared := 0
	var board map[string]any
	for line := range strings.Lines(string(published)) {
		if _, on, ok := strings.Cut(line, "(Last Update "); ok {
			board = f.ok("/leaderboard?experiment=real&date=" + strings.ReplaceAll(on[:10], "/", "-"))
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, "**", ""), "|")
		if len(cells) < 4 {
			continue
		}
		fields := strings.Fields(cells[3])
		want := fields[len(fields)-1]
		switch name := strings.TrimSpace(cells[2]); {
		case name == "QQQ":
			assert.Equal(t, want, twoDecimals(t, at(board, "benchmark", "return_pct")), "%s: %s", board["date"], name)
			compared++
		case names[name] != "":
			for _, s := range at(board, "leaderboard").([]any) {
				if at(s, "model") == names[name] {
					assert.Equal(t, want, twoDecimals(t, at(s, "cumulative_return_pct")), "%s: %s", board["date"], name)
					compared++
				}
			}
		}
	}
	assert.Equal(t, 4*5, compared, "four boards of four models and the benchmark")
}

// twoDecimals prints a percentage as the boards do: +1.23%.
func twoDecimals(t *testing.T, v any) string {
	t.Helper()
	require.IsType(t, json.Number(""), v)
	p, err := v.(json.Number).Float64()
	require.NoError(t, err)
	sign := "+"
	if p < 0 {
		sign, p = "-", -p
	}
	return sign + formatted(p) + "%"
}

func formatted(p float64) string {
	cents := int64(p*100 + 0.5)
	whole, part := cents/100, cents%100
	return sim.Money(whole*10_000 + part*100).Fixed2()
}
