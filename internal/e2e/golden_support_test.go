package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/prices"
	"aitrader/internal/realdata"
	"aitrader/internal/sim"
)

// The golden tests run jobs over real prices, through the session, the tools and
// the ledger, and compare what HTTP says with figures that were worked out
// elsewhere. The data lies beside the repository and is not a part of it.

// goldenTable reads a CSV file of the real data as one map for each row.
func goldenTable(t testing.TB, name string) []map[string]string {
	t.Helper()
	file, err := os.Open(realdata.Path(t, name))
	require.NoError(t, err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, field := range line {
			row[lines[0][i]] = field
		}
		rows = append(rows, row)
	}
	require.NotEmpty(t, rows)
	return rows
}

const (
	octoberPrices = "us_daily/merged.jsonl"
	octoberCloses = "us_daily/nasdaq100_plus_QQQ_daily_2025-06-02_2025-10-30.csv"
	twoYearPrices = "us_daily_2y/ndx_daily_2024-01_2025-12.csv.gz"
	allSplits     = "us_daily_2y/splits_2024_2025.csv"
	allDividends  = "us_daily_2y/dividends_AAPL.csv"
)

// importReal imports price files as the command line does.
func (h *sceneHome) importReal(names ...string) {
	h.t.Helper()
	for _, name := range names {
		path := realdata.Path(h.t, name)
		file, err := os.Open(path)
		require.NoError(h.t, err)
		set, err := prices.Read(path, file)
		require.NoError(h.t, err)
		require.NoError(h.t, file.Close())
		_, err = h.PutPrices(h.t.Context(), set)
		require.NoError(h.t, err)
	}
}

// goldenDay is a day's result with its trades, without what names its job.
type goldenDay struct {
	Model     string
	Positions map[string]json.Number
	DailyPnL  struct {
		Profit   json.Number
		Value    json.Number `json:"portfolio_value"`
		ValuedAt string      `json:"valued_at"`
	} `json:"daily_pnl"`
	Starting struct {
		Cash  json.Number
		Value json.Number `json:"portfolio_value"`
	} `json:"starting_position"`
	Trades []goldenTrade
}

type goldenTrade struct {
	Action, Symbol string
	Amount         json.Number
	Price, Total   json.Number
	Commission     json.Number
	CashAfter      json.Number `json:"cash_after"`
}

// goldenDays returns a date's results by model.
func (h *sceneHome) goldenDays(experiment, date string) map[string]goldenDay {
	h.t.Helper()
	r := h.get("/results?detail=full&limit=100&experiment=" + experiment + "&date=" + date)
	require.Equal(h.t, http.StatusOK, r.status, r.text)
	var found struct{ Results []goldenDay }
	require.NoError(h.t, json.Unmarshal([]byte(r.text), &found))
	days := map[string]goldenDay{}
	for _, day := range found.Results {
		days[day.Model] = day
	}
	require.Len(h.t, days, len(found.Results), "a model once")
	return days
}

// goldenMoney reads an exact amount.
func goldenMoney(t testing.TB, n json.Number) sim.Money {
	t.Helper()
	m, err := sim.ParseMoney(n.String())
	require.NoError(t, err)
	return m
}

// tenThousandths reads an amount that may have been a binary float, or have
// more decimals than the ledger, and writes it as the API does.
func tenThousandths(t testing.TB, n json.Number) string {
	t.Helper()
	m, err := sim.RoundMoney(n.String())
	require.NoError(t, err)
	return m.String()
}

// goldenTrigger is the body of a trigger.
func goldenTrigger(experiment, config, from, to string) string {
	return `{"experiment":"` + experiment + `","config":"` + config + `","start_date":"` + from + `","end_date":"` + to + `"}`
}
