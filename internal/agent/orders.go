package agent

import (
	"encoding/json"
	"errors"
	"sort"

	"aitrader/internal/sim"
)

// orderAnswer is the answer to an executed order.
type orderAnswer struct {
	Symbol      string        `json:"symbol"`
	Action      sim.EntryKind `json:"action"`
	Amount      sim.Quantity  `json:"amount"`
	Price       sim.Money     `json:"price"`
	Commission  sim.Money     `json:"commission"`
	Total       sim.Money     `json:"total"` // amount x price
	CashAfter   sim.Money     `json:"cash_after"`
	SharesAfter sim.Quantity  `json:"shares_after"`
}

// orderRefusal holds the figures that explain a refusal.
type orderRefusal struct {
	Symbol       string        `json:"symbol"`
	Action       sim.EntryKind `json:"action"`
	Open         *sim.Money    `json:"open"` // null when it does not trade today
	Cash         sim.Money     `json:"cash"`
	SharesHeld   sim.Quantity  `json:"shares_held"`
	Amount       *sim.Quantity `json:"amount,omitempty"` // of an amount that can be read
	RequiredCash *sim.Money    `json:"required_cash,omitempty"`
	Affordable   *sim.Quantity `json:"affordable,omitempty"` // of a purchase
}

// order executes an order, or refuses it with the figures that explain why.
func (d *Desk) order(side sim.EntryKind, symbol string, amount json.Number) (any, error) {
	symbol, err := d.listed(symbol)
	if err != nil {
		return nil, err
	}
	refusal := orderRefusal{
		Symbol: symbol, Action: side, Open: d.todaysOpen(symbol),
		Cash: d.ledger.Cash, SharesHeld: d.ledger.Holdings[symbol],
	}
	if refusal.Open == nil {
		return refusal, sim.Errorf(sim.KindInvalid,
			"%s does not trade today: it has no opening price, so it can be neither bought nor sold", symbol)
	}
	quantity, err := d.parseAmount(amount)
	if err != nil {
		return refusal, err
	}
	entry, err := d.execute(side, symbol, quantity, *refusal.Open)
	if err != nil {
		refusal.Amount, refusal.RequiredCash = &quantity, requiredCash(err)
		if side == sim.EntryBuy {
			refusal.Affordable = new(d.affordable(*refusal.Open))
		}
		return refusal, err
	}
	return orderAnswer{
		Symbol: symbol, Action: side, Amount: entry.Quantity,
		Price: entry.Price, Commission: entry.Commission, Total: entry.Total(),
		CashAfter: entry.CashAfter, SharesAfter: d.ledger.Holdings[symbol],
	}, nil
}

// execute applies an order to the ledger and records it. On an error nothing
// has changed.
func (d *Desk) execute(side sim.EntryKind, symbol string, quantity sim.Quantity, open sim.Money) (sim.Entry, error) {
	price, commission, err := d.costs.FillPrice(side, quantity, open)
	if err != nil {
		return sim.Entry{}, err
	}
	entry := sim.Entry{Kind: side, Symbol: symbol, Quantity: quantity, Price: price, Commission: commission}
	if total, ok := quantity.Times(price); ok && total == 0 {
		// A fraction so small that it rounds to no money would be free.
		return sim.Entry{}, sim.Errorf(sim.KindInvalid, "%s shares of %s at %s are worth less than can be paid (0.0001 USD)", quantity,
			symbol, price.Fixed2())
	}
	if err := d.ledger.Apply(&entry); err != nil {
		return sim.Entry{}, err
	}
	d.fills = append(d.fills, entry)
	return entry, nil
}

// parseAmount reads the number of shares of an order, exactly.
func (d *Desk) parseAmount(amount json.Number) (sim.Quantity, error) {
	allowed := "a positive whole number of shares is expected, such as 5"
	if d.fractional {
		allowed = "a positive number of shares with at most 6 decimals is expected, such as 0.5"
	}
	quantity, err := sim.ParseQuantity(string(amount))
	switch {
	case err != nil:
		return 0, sim.Errorf(sim.KindInvalid, "amount %s; %s", sim.MessageOf(err), allowed)
	case quantity <= 0, !quantity.IsWhole() && !d.fractional:
		return 0, sim.Errorf(sim.KindInvalid, "amount %s: %s", quantity, allowed)
	}
	return quantity, nil
}

// affordable returns the largest amount that the cash can buy at an open, costs
// included.
func (d *Desk) affordable(open sim.Money) sim.Quantity {
	unit := sim.Share
	if d.fractional {
		unit = 1
	}
	// The cost grows with the amount, so the first amount that is too dear can
	// be searched for. No amount above this bound is cheap enough, because
	// slippage only adds to the open.
	bound, ok := maxUnits(d.ledger.Cash, open, unit)
	if !ok {
		return 0
	}
	n := sort.Search(bound+1, func(i int) bool {
		cost, ok := d.cost(sim.Quantity(i+1)*unit, open)
		return !ok || cost > d.ledger.Cash
	})
	return sim.Quantity(n) * unit
}

// maxUnits bounds how many units of a quantity cash can pay for; ok is false
// when there is nothing to search.
func maxUnits(cash, open sim.Money, unit sim.Quantity) (int, bool) {
	if cash <= 0 || open <= 0 {
		return 0, false
	}
	perShare := int64(sim.Share / unit)
	shares := int64(cash/open) + 1 // at most 1e15, and one more for the rounding
	return int(min(shares, int64(sim.MaxQuantity/sim.Share)) * perShare), true
}

func (d *Desk) cost(quantity sim.Quantity, open sim.Money) (sim.Money, bool) {
	price, commission, err := d.costs.FillPrice(sim.EntryBuy, quantity, open)
	if err != nil {
		return 0, false
	}
	total, ok := quantity.Times(price)
	return total + commission, ok
}

// requiredCash returns what a refused order would have cost, where that was the
// reason, or nil.
func requiredCash(err error) *sim.Money {
	refused, ok := errors.AsType[*sim.Error](err)
	if !ok {
		return nil
	}
	if cost, ok := refused.Fields["required_cash"].(sim.Money); ok {
		return &cost
	}
	return nil
}
