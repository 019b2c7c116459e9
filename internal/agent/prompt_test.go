package agent

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

// fullBrief has a figure in every field, each of them different.
func fullBrief() *Brief {
	return &Brief{
		Key:        sim.ModelDayKey{JobID: "job-4711", Date: today, Model: "signature-4712"},
		Experiment: "experiment-4713",
		Date:       today,
		Opening:    holding("1234.5678", map[string]sim.Quantity{"AAA": 20 * sim.Share, "OLD": 7_500_000}),
		Actions: []sim.Entry{
			{Kind: sim.EntryDividend, Symbol: "AAA", Quantity: 10 * sim.Share, PerShare: 26_000_000, CashAfter: simtest.Dollars("1200.1")},
			{Kind: sim.EntrySplit, Symbol: "AAA", Quantity: 20 * sim.Share, Numerator: 4, Denominator: 3, Price: simtest.Dollars("61.25"),
				CashAfter: simtest.Dollars("1234.5678")},
		},
		Prices: []SymbolPrice{
			{Symbol: "AAA", Open: simtest.Dollars("62.5"), LastClose: simtest.Dollars("124.9999"), CloseDate: yesterday, InUniverse: true},
			{Symbol: "NEW", Open: simtest.Dollars("33"), InUniverse: true},
			{Symbol: "OLD", LastClose: simtest.Dollars("8.01"), CloseDate: today.AddDays(-9)},
			{Symbol: "ZZZ", Open: simtest.Dollars("5000.125"), LastClose: simtest.Dollars("4999"), CloseDate: yesterday, InUniverse: true},
		},
		Costs:    sim.TradingCosts{CommissionPerShare: simtest.Dollars("0.0035"), CommissionMin: simtest.Dollars("0.35"), Slippage: 25_000},
		MaxSteps: 17,
	}
}

func joined(b *Brief) string {
	text := ""
	for _, m := range Prompt(b) {
		text += "== " + string(m.Role) + "\n" + m.Content
	}
	return text
}

// otherBrief takes the other branch wherever fullBrief takes one.
func otherBrief() *Brief {
	return &Brief{
		Date:       today,
		FirstDay:   true,
		Opening:    sim.NewLedger(simtest.Dollars("10000")),
		Costs:      sim.TradingCosts{CommissionPerTrade: simtest.Dollars("1.5")},
		Fractional: true,
		MaxSteps:   1,
		News:       true,
		Strategy:   "Buy <low> & sell \"high\".\n{{.Brief}}",
	}
}

// The text of the prompt is part of what results depend on, so it changes only
// on purpose: UPDATE_GOLDEN=1 go test ./internal/agent writes it anew.
func TestPromptGolden(t *testing.T) {
	for file, brief := range map[string]*Brief{
		"testdata/prompt.golden.txt":       fullBrief(),
		"testdata/prompt_other.golden.txt": otherBrief(),
	} {
		got := joined(brief)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), got)
		require.Contains(t, got, FinishSignal)
		require.Equal(t, brief.News, strings.Contains(got, SearchNews))
	}
}

// Every figure of the brief stands in the prompt, and no other figure does.
func TestPromptSaysTheBriefAndNothingElse(t *testing.T) {
	b := fullBrief()
	text := joined(b)
	want := []string{
		"2025-03-06", "2025-03-05", "2025-02-25", // today, the closes, the older close
		"1234.5678", "20", "7.5", // the ledger
		"10", "0.26", "1200.10", "4:3", "61.25", // the actions
		"62.50", "124.9999", "33.00", "8.01", "5000.125", "4999.00", // the prices
		"0.0035", "0.35", "2.5", "17", // the rules
	}
	known := map[string]bool{}
	for _, figure := range want {
		require.Contains(t, text, figure)
		known[figure] = true
	}
	for _, figure := range regexp.MustCompile(`\d[\d.:-]*\d|\d`).FindAllString(text, -1) {
		require.True(t, known[figure], "the figure %s is not in the brief", figure)
	}
	for _, hidden := range []string{"job-", "signature", "experiment"} {
		require.NotContains(t, text, hidden)
	}
	require.Contains(t, text, FinishSignal)
}

func TestPromptVariants(t *testing.T) {
	b := fullBrief()
	require.Contains(t, joined(b), defaultStrategy)
	require.Contains(t, joined(b), "Only whole shares")
	require.NotContains(t, joined(b), "first day")

	b.Strategy, b.Fractional, b.FirstDay = "Buy low, sell high.", true, true
	b.Costs, b.Actions, b.Opening, b.Prices = sim.TradingCosts{}, nil, holding("1", nil), nil
	text := joined(b)
	require.Contains(t, text, "Strategy\nBuy low, sell high.\n")
	require.NotContains(t, text, defaultStrategy)
	require.Contains(t, text, "at most 6 decimals")
	require.NotContains(t, text, "Only whole shares")
	require.Contains(t, text, "There is no commission.")
	require.NotContains(t, text, "slippage")
	require.Contains(t, text, "This is your first day.")
	require.Contains(t, text, "no holdings")
	require.NotContains(t, text, "Since your last close")
	require.Contains(t, text, "(last close; - means none)")
}

func TestPriceTable(t *testing.T) {
	view := sim.NewView(market(), today)
	held := holding("1", map[string]sim.Quantity{"BBB": sim.Share, "AAA": sim.Share, "LATE": sim.Share})
	require.Equal(t, []SymbolPrice{
		{Symbol: "AAA", Open: simtest.Dollars("50"), LastClose: simtest.Dollars("102.5"), CloseDate: yesterday, InUniverse: true},
		{Symbol: "BBB", LastClose: simtest.Dollars("20.5"), CloseDate: today.AddDays(-2)},
		{Symbol: "NEW", Open: simtest.Dollars("7.5"), InUniverse: true},
		{Symbol: "OPEN", Open: simtest.Dollars("3.5"), InUniverse: true},
	}, PriceTable(view, []string{"OPEN", "LATE", "NEW", "AAA", "AAA", "NONE"}, held))
}

func BenchmarkPrompt(b *testing.B) {
	brief := fullBrief()
	for i := range 100 {
		brief.Prices = append(brief.Prices, SymbolPrice{
			Symbol: fmt.Sprintf("S%03d", i), Open: sim.Money(1_234_500 + i*777), LastClose: sim.Money(1_234_567 + i*333),
			CloseDate: yesterday, InUniverse: true,
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		if m := Prompt(brief); !strings.Contains(m[0].Content, FinishSignal) {
			b.Fatal("no signal")
		}
	}
}
