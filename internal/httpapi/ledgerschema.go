package httpapi

import "aitrader/internal/sim"

// These types describe those of the domain in the OpenAPI document; nothing is ever
// stored in them.

// LedgerState describes [sim.Ledger].
type LedgerState struct {
	Cash     sim.Money               `json:"cash" doc:"USD."`
	Holdings map[string]sim.Quantity `json:"holdings" doc:"Shares by symbol."`
}

// LedgerEntry describes [sim.Entry].
type LedgerEntry struct {
	Kind        string       `json:"kind" enum:"buy,sell,split,dividend" doc:"What happened."`
	Symbol      string       `json:"symbol" doc:"The ticker."`
	Quantity    sim.Quantity `json:"quantity" doc:"Shares that were traded, are held after a split, or are entitled to a dividend."`
	Price       sim.Money    `json:"price,omitempty" doc:"USD per share: of the fill with slippage, or at which the fraction of a share is paid after a split."`
	Commission  sim.Money    `json:"commission,omitempty" doc:"USD that a fill costs besides."`
	PerShare    float64      `json:"per_share,omitempty" doc:"USD per share of a dividend, exact."`
	Numerator   int64        `json:"numerator,omitempty" doc:"New shares of a split for each denominator old ones."`
	Denominator int64        `json:"denominator,omitempty" doc:"See numerator."`
	CashAfter   sim.Money    `json:"cash_after" doc:"USD in cash after it."`
}

// TradingCosts describes [sim.TradingCosts].
type TradingCosts struct {
	CommissionPerShare sim.Money `json:"commission_per_share" doc:"USD per share."`
	CommissionPerTrade sim.Money `json:"commission_per_trade,omitempty" doc:"USD per order, besides."`
	CommissionMin      sim.Money `json:"commission_min" doc:"USD per order, at least."`
	Slippage           float64   `json:"slippage_bps" doc:"Basis points by which every fill is worse than the open."`
}
