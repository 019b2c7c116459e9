package agent

import (
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// PriceTable returns the prices of a brief, of the universe and of the holdings,
// sorted by symbol. A symbol of the universe that has not traded up to today is left
// out: the model could not know of it.
func PriceTable(view sim.View, universe []string, held sim.Ledger) []SymbolPrice {
	table := make([]SymbolPrice, 0, len(universe)+len(held.Holdings))
	add := func(symbol string, inUniverse bool) {
		if !view.HasTraded(symbol) {
			return
		}
		row := SymbolPrice{Symbol: symbol, InUniverse: inUniverse}
		row.Open, _ = view.Open(symbol)                          // 0 when it does not trade today
		row.LastClose, row.CloseDate, _ = view.LastClose(symbol) // 0 before the first close
		table = append(table, row)
	}
	for _, symbol := range universe {
		add(symbol, true)
	}
	for symbol := range held.Holdings {
		if !slices.Contains(universe, symbol) {
			add(symbol, false)
		}
	}
	bySymbol := func(a, b SymbolPrice) int { return strings.Compare(a.Symbol, b.Symbol) }
	slices.SortFunc(table, bySymbol)
	return slices.CompactFunc(table, func(a, b SymbolPrice) bool { return a.Symbol == b.Symbol })
}
