package agent

import (
	"slices"

	"aitrader/internal/sim"
)

// PriceTable returns the prices of a brief: of the universe and of what is held,
// sorted by symbol. A symbol that has not traded up to today is left out, even
// when the universe names it: the model could not know of it.
func PriceTable(view sim.View, universe []string, held sim.Ledger) []SymbolPrice {
	table := make([]SymbolPrice, 0, len(universe)+len(held.Holdings))
	listed := make(map[string]bool, len(universe))
	add := func(symbol string, inUniverse bool) {
		if listed[symbol] || !view.Known(symbol) {
			return
		}
		listed[symbol] = true
		row := SymbolPrice{Symbol: symbol, InUniverse: inUniverse}
		row.Open, _ = view.Open(symbol)                          // 0 when it does not trade today
		row.LastClose, row.CloseDate, _ = view.LastClose(symbol) // 0 when there is none yet
		table = append(table, row)
	}
	for _, symbol := range universe {
		add(symbol, true)
	}
	for symbol := range held.Holdings {
		add(symbol, false)
	}
	slices.SortFunc(table, func(a, b SymbolPrice) int {
		if a.Symbol < b.Symbol {
			return -1
		}
		return 1
	})
	return table
}
