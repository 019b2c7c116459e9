package httpapi

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/sim"
)

// registerTypes tells huma how the types of the domain look in JSON. They know
// nothing of HTTP, so each gets a stand-in that describes it.
func registerTypes(schemas huma.Registry) {
	schemas.RegisterTypeAlias(reflect.TypeFor[sim.Date](), reflect.TypeFor[dateSchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[sim.Money](), reflect.TypeFor[moneySchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[sim.TokenCost](), reflect.TypeFor[costSchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[sim.Quantity](), reflect.TypeFor[quantitySchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[sim.Percent](), reflect.TypeFor[percentSchema]())
	schemas.RegisterTypeAlias(reflect.TypeFor[sim.Ledger](), reflect.TypeFor[LedgerState]())
	schemas.RegisterTypeAlias(reflect.TypeFor[sim.Entry](), reflect.TypeFor[LedgerEntry]())
	schemas.RegisterTypeAlias(reflect.TypeFor[sim.TradingCosts](), reflect.TypeFor[TradingCosts]())
}

type (
	dateSchema     struct{}
	moneySchema    struct{}
	costSchema     struct{}
	quantitySchema struct{}
	percentSchema  struct{}
)

// Schema describes a date.
func (dateSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date"}
}

// Schema describes an amount of money.
func (moneySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "USD, exact, at most 4 decimals."}
}

// Schema describes what tokens cost.
func (costSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "USD, exact, at most 10 decimals: a token costs far less than 1/10,000 USD."}
}

// Schema describes a number of shares.
func (quantitySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "Shares, exact, at most 6 decimals."}
}

// Schema describes a percentage.
func (percentSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "Percent, at most 4 decimals."}
}
