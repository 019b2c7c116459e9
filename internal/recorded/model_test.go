package recorded

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/realdata"
	"aitrader/internal/sim"
)

var market = bars("2025-10-01 AAA 10", "2025-10-01 BBB 2.5", "2025-10-02 AAA 11", "2025-10-03 AAA 12", "2025-10-03 BBB 2.5")

func thousand() sim.Ledger { return sim.NewLedger(1000 * sim.Dollar) }

func line(date, action, positions string) string {
	if action != "" {
		f := strings.Fields(action)
		action = fmt.Sprintf(`"this_action": {"action": %q, "symbol": %q, "amount": %s},`, f[0], f[2], f[1])
	}
	return fmt.Sprintf(`{"date": %q, %s "positions": {%s}}`, date, action, positions)
}

func TestPlaybackOfADay(t *testing.T) {
	rec := file(t, initial,
		line("2025-10-01", "buy 10 AAA", `"AAA": 10, "CASH": 899.9999999999`),
		line("2025-10-01", "buy 0 AAA", `"AAA": 10, "CASH": 900`), // no order
		line("2025-10-01", "buy 4 BBB", `"AAA": 10, "BBB": 4, "CASH": 890.0`),
		line("2025-10-01", "sell 10 AAA", `"AAA": 0, "BBB": 4, "CASH": 990.0`),
	)
	out, err := trade(rec, market, "2025-10-01", thousand(), nil)
	require.NoError(t, err)
	assert.Equal(t, sim.StopSignal, out.Session.StopReason)
	assert.Equal(t, 2, out.Session.Steps, "one answer with all orders, one to finish")
	require.Len(t, out.Fills, 3)
	assert.Equal(t, 990*sim.Dollar, out.Fills[2].CashAfter)

	closing, err := sim.Fold(thousand(), out.Fills)
	require.NoError(t, err)
	out, err = trade(rec, market, "2025-10-02", closing, nil)
	require.NoError(t, err, "a date that is not in the file is a no-trade day")
	assert.Empty(t, out.Fills)
	assert.Equal(t, 1, out.Session.Steps)
}

func TestADateBeforeTheRecordingIsANoTradeDay(t *testing.T) {
	out, err := trade(file(t, initial), market, "2025-09-30", sim.NewLedger(5), nil)
	require.NoError(t, err)
	assert.Empty(t, out.Fills)
}

func TestMismatch(t *testing.T) {
	for name, c := range map[string]struct {
		lines   []string
		date    string
		opening sim.Ledger
		want    string
	}{
		"cash after an order": {
			lines: []string{initial, line("2025-10-01", "buy 10 AAA", `"AAA": 10, "CASH": 900.0001`)},
			want:  "position.jsonl:2 (2025-10-01): after buy 10 AAA, the cash is 900, and the recording says 900.0001",
		},
		"shares after an order": {
			lines: []string{initial, line("2025-10-01", "buy 10 AAA", `"AAA": 11, "CASH": 900`)},
			want:  "position.jsonl:2 (2025-10-01): after buy 10 AAA, 10 shares of AAA are held, and the recording says 11",
		},
		"refused order": {
			lines: []string{initial, line("2025-10-01", "buy 1000 AAA", `"AAA": 1000, "CASH": -9000`)},
			want:  "position.jsonl:2 (2025-10-01): buy 1000 AAA was refused: insufficient cash",
		},
		"refused amount": {
			lines: []string{initial, line("2025-10-01", "buy -2 AAA", `"AAA": -2, "CASH": 1020`)},
			want:  "position.jsonl:2 (2025-10-01): buy -2 AAA was refused: amount -2",
		},
		"other holdings at the end of the day": {
			lines: []string{initial, line("2025-10-01", "buy 1 AAA", `"AAA": 1, "ZZZ": 2, "CASH": 990`)},
			want:  "position.jsonl:2 (2025-10-01): at the end of 2025-10-01, 0 shares of ZZZ are held, and the recording says 2",
		},
		"a no-trade row after the orders": {
			lines: []string{initial, line("2025-10-01", "buy 1 AAA", `"AAA": 1, "CASH": 990`),
				line("2025-10-01", "no_trade 0 -", `"AAA": 1, "CASH": 980`)},
			want: "position.jsonl:3 (2025-10-01): at the end of 2025-10-01, the cash is 990, and the recording says 980",
		},
		"holdings that the file does not know": {
			lines: []string{initial}, opening: sim.Ledger{Cash: 1000 * sim.Dollar, Holdings: map[string]sim.Quantity{"BBB": sim.Share}},
			want: "position.jsonl:1 (2025-10-01): at the end of 2025-10-01, 1 shares of BBB are held, and the recording says 0",
		},
		"a no-trade day with other cash": {
			lines: []string{initial}, date: "2025-10-03", opening: sim.NewLedger(500 * sim.Dollar),
			want: "position.jsonl:1 (2025-10-01): at the end of 2025-10-03, the cash is 500, and the recording says 1000",
		},
	} {
		if c.date == "" {
			c.date = "2025-10-01"
		}
		if c.opening.Holdings == nil {
			c.opening = thousand()
		}
		_, err := trade(file(t, c.lines...), market, c.date, c.opening, nil)
		var e *sim.Error
		require.ErrorAs(t, err, &e, name)
		assert.Equal(t, sim.KindConflict, e.Kind, name)
		assert.True(t, strings.HasPrefix(e.Message, "recording_mismatch: "+c.want), "%s: %s", name, e.Message)
	}
}

func TestAnUnreadableAnswerIsAMismatch(t *testing.T) {
	rec := file(t, initial, line("2025-10-01", "buy 10 AAA", `"AAA": 10, "CASH": 900`))
	for said, want := range map[string]string{
		"no JSON":                   `buy 10 AAA was answered with "no JSON"`,
		`{"cash_after": 900}`:       `buy 10 AAA was refused: {"cash_after": 900}`,
		`{"error": {"code": 1}}`:    `buy 10 AAA was refused: {"error": {"code": 1}}`,
		strings.Repeat("é", 10_000): "...",
	} {
		_, err := trade(rec, market, "2025-10-01", thousand(), func(string) string { return said })
		require.ErrorContains(t, err, want)
		assert.Less(t, len(err.Error()), 1500)
	}
}

func TestManyOrdersAreSplitOverAnswers(t *testing.T) {
	lines := []string{initial}
	for i := 1; i <= 300; i++ {
		lines = append(lines, line("2025-10-01", "buy 1 BBB", fmt.Sprintf(`"BBB": %d, "CASH": %s`, i, 1000*sim.Dollar-sim.Money(i)*25000)))
	}
	rec := file(t, lines...)
	out, err := trade(rec, market, "2025-10-01", thousand(), nil)
	require.NoError(t, err)
	assert.Len(t, out.Fills, 300)
	assert.Equal(t, 4, out.Session.Steps)
	assert.Zero(t, out.Session.ToolUsage["buy"].Errors)

	_, err = rec.Complete(context.Background(), agent.Request{Brief: &agent.Brief{Date: sim.MustParseDate("2025-10-01"), MaxSteps: 3}})
	assert.ErrorContains(t, err, "max_steps 3 is too small to play back position.jsonl on 2025-10-01: 4 are needed for 300 orders")
	assert.True(t, sim.IsKind(err, sim.KindInvalid))
}

func TestARecordingNeedsABriefAndALiveContext(t *testing.T) {
	rec := file(t, initial)
	_, err := rec.Complete(context.Background(), agent.Request{})
	assert.True(t, sim.IsKind(err, sim.KindInternal))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = rec.Complete(ctx, agent.Request{Brief: &agent.Brief{}})
	assert.ErrorIs(t, err, context.Canceled)
}

// TestRealRecordings plays the recordings of the shared test data through real
// sessions and ends with the cash of the files.
func TestRealRecordings(t *testing.T) {
	dir := realdata.Path(t, "us_daily")
	market := realOpens(t, filepath.Join(dir, "merged.jsonl"))
	oracle := oracleCash(t, filepath.Join(dir, "oracle_values.csv"))
	paths, err := filepath.Glob(filepath.Join(dir, "positions", "*.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		rec, err := Load(path)
		require.NoError(t, err)
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		ledger := sim.NewLedger(10_000 * sim.Dollar)
		days := 0
		for _, d := range sim.DefaultMarket.Bars(sim.MustParseDate("2025-10-01"), sim.MustParseDate("2025-10-30")) {
			out, err := trade(rec, market, d.String(), ledger, nil)
			require.NoError(t, err, name)
			ledger, err = sim.Fold(ledger, out.Fills)
			require.NoError(t, err)
			if want, ok := oracle[name+" "+d.String()]; ok {
				assert.Equal(t, want, ledger.Cash, "%s on %s", name, d)
				days++
			}
		}
		assert.Greater(t, days, 15, name)
	}
}

// realOpens reads the opens of a merged.jsonl of AI-Trader.
func realOpens(t *testing.T, path string) *sim.MarketData {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var rows []string
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		var doc struct {
			Meta   map[string]string            `json:"Meta Data"`
			Series map[string]map[string]string `json:"Time Series (Daily)"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &doc))
		for date, bar := range doc.Series {
			rows = append(rows, date+" "+doc.Meta["2. Symbol"]+" "+bar["1. buy price"])
		}
	}
	return bars(rows...)
}

// oracleCash reads the cash at the end of each day: "model date".
func oracleCash(t *testing.T, path string) map[string]sim.Money {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	out := map[string]sim.Money{}
	for _, row := range rows[1:] {
		cash, err := sim.RoundMoney(row[column["ending_cash"]])
		require.NoError(t, err)
		out[row[column["model"]]+" "+row[column["date"]]] = cash
	}
	return out
}
