package agent

import (
	"encoding/json"
	"errors"
	"sort"

	"aitrader/internal/sim"
)

// order executes an order, or refuses it with the figures that explain why.
func (d *Desk) order(out *answer, side sim.EntryKind, symbol string, amount json.Number) {
	symbol, ok := d.listed(out, symbol)
	if !ok {
		return
	}
	open, ok := d.view.Open(symbol)
	if !ok {
		out.refuse(symbol + " does not trade today: it has no opening price, so it can be neither bought nor sold")
		d.addFigures(out, side, symbol, 0)
		return
	}
	quantity, err := d.parseAmount(amount)
	if err != nil {
		out.refuse(sim.MessageOf(err))
		d.addFigures(out, side, symbol, open)
		return
	}
	entry, err := d.execute(side, symbol, quantity, open)
	if err != nil {
		out.refuse(sim.MessageOf(err))
		d.addFigures(out, side, symbol, open)
		out.quantity("amount", quantity)
		if cost, ok := requiredCash(err); ok {
			out.money("required_cash", cost)
		}
		if side == sim.EntryBuy {
			out.quantity("affordable", d.affordable(open))
		}
		return
	}
	out.text("symbol", symbol)
	out.text("action", string(side))
	out.quantity("amount", entry.Quantity)
	out.money("price", entry.Price)
	out.money("commission", entry.Commission)
	out.money("total", entry.Total())
	out.money("cash_after", entry.CashAfter)
	out.quantity("shares_after", d.ledger.Holdings[symbol])
}

// execute applies an order to the ledger and records it. On an error nothing
// has changed.
func (d *Desk) execute(side sim.EntryKind, symbol string, quantity sim.Quantity, open sim.Money) (sim.Entry, error) {
	price, commission, err := d.costs.Fill(side, quantity, open)
	if err != nil {
		return sim.Entry{}, err
	}
	entry := sim.Entry{Kind: side, Symbol: symbol, Quantity: quantity, Price: price, Commission: commission}
	if total, ok := quantity.Times(price); ok && total == 0 {
		// A fraction so small that it rounds to no money would be free.
		return sim.Entry{}, sim.Errorf(sim.KindInvalid, "%s shares of %s at %s are worth less than can be paid (0.0001 USD)", quantity, symbol, price.Fixed2())
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

// addFigures says what the order met: no open (0) is null.
func (d *Desk) addFigures(out *answer, side sim.EntryKind, symbol string, open sim.Money) {
	out.text("symbol", symbol)
	out.text("action", string(side))
	if open > 0 {
		out.money("open", open)
	} else {
		out.literal("open", "null")
	}
	out.money("cash", d.ledger.Cash)
	out.quantity("shares_held", d.ledger.Holdings[symbol])
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
	price, commission, err := d.costs.Fill(sim.EntryBuy, quantity, open)
	if err != nil {
		return 0, false
	}
	total, ok := quantity.Times(price)
	return total + commission, ok
}

// requiredCash returns what a refused order would have cost, where that was the
// reason.
func requiredCash(err error) (sim.Money, bool) {
	var e *sim.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	cost, ok := e.Fields["required_cash"].(sim.Money)
	return cost, ok
}
