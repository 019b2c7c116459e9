package baseline

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// idlePct is the part of its cash, in percent, that a built-in model may leave idle on
// its first day without a warning.
const idlePct = 10

// IdleCash warns of a built-in model that cannot invest its initial cash on the date of
// the view, the first of its book: a share costs more than the cash that the model has
// for it. It returns "" when there is nothing to say. Models that wait for a history, or
// hold cash on purpose, are left alone. The figures depend on that date's opens, and on
// nothing later.
func IdleCash(spec sim.ModelSpec, s sim.Settings, view sim.View) string {
	contestant, err := Parse(spec.BaseModel)
	if err != nil {
		return "" // the model-day says what is wrong
	}
	symbols := firstBuys(contestant, s, view)
	if len(symbols) == 0 {
		return ""
	}
	cost := costOf{b: &agent.Brief{Costs: s.Costs, Fractional: s.Fractional}, cash: s.InitialCash}
	cost.part = s.InitialCash / sim.Money(len(symbols))
	for _, symbol := range symbols {
		if open, trades := view.Open(symbol); trades {
			cost.add(open)
		}
	}
	return cost.warning(spec.Signature, symbols, view.Date(), s.Fractional)
}

// firstBuys lists the symbols among which a built-in model divides its cash on its first
// day.
func firstBuys(contestant agent.Model, s sim.Settings, view sim.View) []string {
	opening := sim.NewLedger(s.InitialCash)
	b := &agent.Brief{
		Date: view.Date(), FirstDay: true, Opening: opening, Costs: s.Costs, Fractional: s.Fractional,
		Prices: agent.PriceTable(view, view.Universe(s.Universe, s.Benchmark), opening),
	}
	m, ok := contestant.(model)
	if !ok {
		return nil
	}
	switch r := m.rule.(type) {
	case buyAndHold:
		if _, trades := view.Open(r.symbol); trades {
			return []string{r.symbol}
		}
	case equalWeight:
		return universe(b)
	case momentum:
		plan := r.calls(b, nil)
		return r.best(len(plan), ask(plan, agent.NewDesk(view, opening, s.Costs, s.Fractional)))
	}
	return nil
}

// ask makes the calls of a plan at a desk.
func ask(plan []call, desk *agent.Desk) answers {
	var said answers
	for _, c := range plan {
		args, _ := json.Marshal(c.args) // symbols and numbers
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(args, &fields)
		for _, tool := range desk.Tools() {
			if tool.Spec.Name == c.tool {
				said = append(said, tool.Handle(context.Background(), fields).Content)
			}
		}
	}
	return said
}

// costOf adds up what equal parts of the cash pay for.
type costOf struct {
	b          *agent.Brief
	cash, part sim.Money
	spent      sim.Money
	dear       int // symbols of which the part does not pay a share
}

func (c *costOf) add(open sim.Money) {
	q := affordable(c.b, c.part, open)
	if q == 0 {
		c.dear++
		return
	}
	worth, _ := q.Times(open)
	c.spent += worth
}

func (c *costOf) warning(signature string, symbols []string, date sim.Date, fractional bool) string {
	idle := (c.cash - c.spent).Float() / c.cash.Float() * 100
	if c.dear == 0 || idle < idlePct {
		return ""
	}
	advice := "raise initial_cash"
	if !fractional {
		advice += " or set fractional_shares"
	}
	if len(symbols) == 1 {
		return fmt.Sprintf("%s: a share of %s costs more than its %s USD at the open of %s, so all of it stays in cash; %s",
			signature, symbols[0], thousands(c.cash), date, advice)
	}
	dear := fmt.Sprintf("%d of them cost", c.dear)
	switch c.dear {
	case 1:
		dear = "one of them costs"
	case len(symbols):
		dear = "all of them cost"
	}
	return fmt.Sprintf("%s: %s USD in %d symbols is %s USD each; %s more than that at the open of %s, so about %.0f %% stays in cash; %s",
		signature, thousands(c.cash), len(symbols), thousands(c.part), dear, date, idle, advice)
}

// thousands prints an amount in cents, with commas: 10,000.00.
func thousands(m sim.Money) string {
	const cent = sim.Dollar / 100
	whole, fraction, _ := strings.Cut((m - m%cent).Fixed2(), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + "." + fraction
}
