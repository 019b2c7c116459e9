package agent

import (
	"slices"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// Desk executes the orders of one session at the opening prices of one date, on its
// own ledger. It sees the market through a [sim.View], so it knows nothing later than
// today's open. It is not safe for concurrent use: a session makes one call at a
// time.
type Desk struct {
	view       sim.View
	ledger     sim.Ledger
	costs      sim.TradingCosts
	fractional bool
	fills      []sim.Entry

	calculator  Calculator     // nil: no tool that calculates
	news        News           // nil: no source of news
	newsRefused map[string]int // see NewsRefused
}

// NewDesk returns a desk with a copy of the opening ledger. Fractional allows orders
// of fractions of a share, down to a millionth.
func NewDesk(view sim.View, opening sim.Ledger, costs sim.TradingCosts, fractional bool) *Desk {
	return &Desk{view: view, ledger: opening.Clone(), costs: costs, fractional: fractional}
}

// Date returns the date of the session.
func (d *Desk) Date() sim.Date { return d.view.Date() }

// Fills returns the executed orders so far, in order. Applying them to the
// opening ledger gives the ledger.
func (d *Desk) Fills() []sim.Entry { return slices.Clone(d.fills) }

// listed returns the symbol as the market writes it, or refuses it. A symbol that is
// listed after today gets the same refusal as one that never existed.
func (d *Desk) listed(symbol string) (string, error) {
	symbol = strings.ToUpper(strings.TrimSpace(symbol))
	if d.view.HasTraded(symbol) {
		return symbol, nil
	}
	if plain := ticker(symbol); d.view.HasTraded(plain) {
		return plain, nil
	}
	return "", sim.Errorf(sim.KindInvalid,
		"unknown symbol %s: a ticker of this market is expected, such as those of the price table", quote(symbol))
}

// ticker returns the ticker of a symbol that is written as $AAPL or NASDAQ:AAPL.
func ticker(symbol string) string {
	if exchange, rest, ok := strings.Cut(symbol, ":"); ok {
		switch strings.TrimSpace(exchange) {
		case "NASDAQ", "NYSE", "NYSEARCA", "ARCA", "AMEX", "BATS", "US":
			symbol = strings.TrimSpace(rest)
		}
	}
	return strings.TrimPrefix(symbol, "$")
}

// quote quotes a text of the model in an error. A long text is cut.
func quote(s string) string { return `"` + text.Clip(s, 40) + `"` }
