package httpapi

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// registerTypes tells huma how types look in JSON that know nothing of HTTP: each
// is described by another type.
func registerTypes(schemas huma.Registry) {
	alias[sim.Date, dateSchema](schemas)
	alias[sim.Money, moneySchema](schemas)
	alias[sim.TokenCost, tokenCostSchema](schemas)
	alias[sim.Quantity, quantitySchema](schemas)
	alias[sim.Percent, percentSchema](schemas)
	alias[sim.StopReason, stopReasonSchema](schemas)
	alias[sim.Ledger, LedgerState](schemas)
	alias[sim.Entry, LedgerEntry](schemas)
	alias[sim.TradingCosts, TradingCosts](schemas)
	alias[api.Positions, positionsSchema](schemas)
	alias[api.CurrentModelDay, currentModelDaySchema](schemas)
}

func alias[T, By any](schemas huma.Registry) {
	schemas.RegisterTypeAlias(reflect.TypeFor[T](), reflect.TypeFor[By]())
}

// describeMembers adds what the tags of package api have no room for.
func describeMembers(schemas huma.Registry) {
	objects := schemas.Map()
	for object, members := range api.Descriptions {
		for name, text := range members {
			objects[object].Properties[name].Description = text
		}
	}
	for _, kind := range publicKinds {
		code := objects["Problem"].Properties["error"]
		code.Enum = append(code.Enum, string(kind))
	}
}

type (
	dateSchema            struct{}
	moneySchema           struct{}
	tokenCostSchema       struct{}
	quantitySchema        struct{}
	percentSchema         struct{}
	stopReasonSchema      struct{}
	positionsSchema       struct{}
	currentModelDaySchema struct{}
)

// Schema implements [huma.SchemaProvider].
func (dateSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date"}
}

// Schema implements [huma.SchemaProvider].
func (moneySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "USD, exact, at most 4 decimals."}
}

// Schema implements [huma.SchemaProvider].
func (tokenCostSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type:        huma.TypeNumber,
		Description: "USD, exact, at most 10 decimals: a token costs far less than 1/10,000 USD.",
	}
}

// Schema implements [huma.SchemaProvider].
func (quantitySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "Shares, exact, at most 6 decimals."}
}

// Schema implements [huma.SchemaProvider].
func (percentSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "Percent, at most 4 decimals."}
}

// Schema implements [huma.SchemaProvider].
func (stopReasonSchema) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, reason := range sim.StopReasons {
		s.Enum = append(s.Enum, string(reason))
	}
	return s
}

// Schema implements [huma.SchemaProvider].
func (positionsSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"CASH"},
		Properties:           map[string]*huma.Schema{"CASH": {Type: huma.TypeNumber, Description: "USD."}},
		AdditionalProperties: &huma.Schema{Type: huma.TypeNumber, Description: "Shares."},
	}
}

// Schema implements [huma.SchemaProvider]. huma cannot say that a struct may be null.
func (currentModelDaySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Nullable: true, Required: []string{"date", "model"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"date":  {Type: huma.TypeString, Format: "date", Description: "The trading date."},
			"model": {Type: huma.TypeString, Description: "The signature of the model."},
		},
	}
}

// LedgerState describes [sim.Ledger] in the OpenAPI document.
type LedgerState struct {
	Cash     sim.Money               `json:"cash" doc:"USD."`
	Holdings map[string]sim.Quantity `json:"holdings" doc:"Shares by symbol."`
}

// LedgerEntry describes [sim.Entry] in the OpenAPI document.
type LedgerEntry struct {
	Kind        string       `json:"kind" enum:"buy,sell,split,dividend" doc:"What happened."`
	Symbol      string       `json:"symbol" doc:"The ticker."`
	Quantity    sim.Quantity `json:"quantity" doc:"Shares traded, held after a split, or entitled to a dividend."`
	Price       sim.Money    `json:"price,omitempty" doc:"USD per share: of a fill with slippage, or of the fraction paid out after a split."`
	Commission  sim.Money    `json:"commission,omitempty" doc:"USD charged for a fill."`
	PerShare    float64      `json:"per_share,omitempty" doc:"USD per share of a dividend, exact."`
	Numerator   int64        `json:"numerator,omitempty" doc:"New shares of a split per denominator old ones."`
	Denominator int64        `json:"denominator,omitempty" doc:"Old shares of a split per numerator new ones."`
	CashAfter   sim.Money    `json:"cash_after" doc:"USD in cash afterwards."`
}

// TradingCosts describes [sim.TradingCosts] in the OpenAPI document.
type TradingCosts struct {
	CommissionPerShare sim.Money `json:"commission_per_share" minimum:"0" doc:"USD per share."`
	CommissionPerTrade sim.Money `json:"commission_per_trade,omitempty" minimum:"0" doc:"USD per order, in addition."`
	CommissionMin      sim.Money `json:"commission_min" minimum:"0" doc:"USD per order, at least."`
	Slippage           float64   `json:"slippage_bps" minimum:"0" exclusiveMaximum:"10000" doc:"Basis points by which each fill is worse."`
}
