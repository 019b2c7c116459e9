package recorded

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// maxCalls bounds the tool calls of one answer. Further orders of a day follow in the
// next answer.
const maxCalls = 128

// Complete answers with the orders of the brief's date, and with the finish
// signal once the tools have answered all of them as the recording says. Its
// error, of kind conflict, then begins with "recording_mismatch: ".
func (r *Recording) Complete(ctx context.Context, q agent.Request) (agent.Reply, error) {
	if err := ctx.Err(); err != nil {
		return agent.Reply{}, err
	}
	if q.Brief == nil {
		return agent.Reply{}, sim.Errorf(sim.KindInternal, "a recording was asked without a brief")
	}
	orders := r.orders(q.Brief.Date)
	if needed := answersFor(len(orders)); needed > q.Brief.MaxSteps {
		return agent.Reply{}, sim.Errorf(sim.KindInvalid, "max_steps %d is too small to play back %s on %s: %d are needed for %d orders",
			q.Brief.MaxSteps, r.name, q.Brief.Date, needed, len(orders))
	}
	made, results := agent.Calls(q.Messages)
	ledger, err := r.follow(orders, results, q.Brief.Opening)
	if err != nil {
		return agent.Reply{}, err
	}
	if made < len(orders) {
		return ask(orders, made), nil
	}
	if err := r.checkDay(q.Brief.Date, ledger); err != nil {
		return agent.Reply{}, err
	}
	return agent.NewReply("Played back. "+agent.FinishSignal, nil), nil
}

// answersFor returns how many answers a day with n orders takes, including the last one,
// which checks the day.
func answersFor(n int) int { return (n+maxCalls-1)/maxCalls + 1 }

// ask turns the orders after the first made ones into an answer.
func ask(orders []row, made int) agent.Reply {
	batch := orders[made:min(made+maxCalls, len(orders))]
	calls := make([]agent.ToolCall, len(batch))
	for i, o := range batch {
		calls[i] = agent.ToolCall{
			ID:   "row-" + strconv.Itoa(o.line),
			Name: string(o.order.action),
			// A valid ticker needs no escapes.
			Arguments: fmt.Sprintf(`{"symbol":%q,"amount":%s}`, o.order.symbol, o.order.amount),
		}
	}
	return agent.NewReply(fmt.Sprintf("Orders %d to %d of %d of the recording.", made+1, made+len(batch), len(orders)), calls)
}

// result is what buy and sell answer, as far as it is checked.
type result struct {
	Error       json.RawMessage `json:"error"`
	CashAfter   *sim.Money      `json:"cash_after"`
	SharesAfter *sim.Quantity   `json:"shares_after"`
}

// follow checks the answers so far against their rows, and returns the ledger after
// them.
func (r *Recording) follow(orders []row, results []string, opening sim.Ledger) (sim.Ledger, error) {
	ledger := opening.Clone()
	for i, answer := range results[:min(len(results), len(orders))] {
		o := orders[i]
		var got result
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			return ledger, r.mismatch(o, "%s was answered with %q", o.order, text.Clip(answer, maxShown))
		}
		if got.Error != nil || got.CashAfter == nil || got.SharesAfter == nil {
			return ledger, r.mismatch(o, "%s was refused: %s", o.order, refusal(got.Error, answer))
		}
		symbol := o.order.symbol
		if want := o.ledger.Holdings[symbol]; *got.SharesAfter != want {
			return ledger, r.mismatch(o, "after %s, %s shares of %s are held, and the recording says %s", o.order, *got.SharesAfter, symbol, want)
		}
		if *got.CashAfter != o.ledger.Cash {
			return ledger, r.mismatch(o, "after %s, the cash is %s, and the recording says %s", o.order, *got.CashAfter, o.ledger.Cash)
		}
		ledger.Cash = *got.CashAfter
		ledger.Holdings[symbol] = *got.SharesAfter
		if *got.SharesAfter == 0 {
			delete(ledger.Holdings, symbol)
		}
	}
	return ledger, nil
}

// refusal returns the words with which a tool refused.
func refusal(reason json.RawMessage, answer string) string {
	var words string
	if json.Unmarshal(reason, &words) != nil || words == "" {
		words = answer
	}
	return text.Clip(words, maxShown)
}

// checkDay compares the ledger at the end of a day with the last row up to it.
// Before the first row there is nothing to compare.
func (r *Recording) checkDay(d sim.Date, ledger sim.Ledger) error {
	last, ok := r.lastRow(d)
	if !ok {
		return nil
	}
	either := last.ledger.Clone()
	maps.Copy(either.Holdings, ledger.Holdings)
	for _, symbol := range either.Symbols() {
		if got, want := ledger.Holdings[symbol], last.ledger.Holdings[symbol]; got != want {
			return r.mismatch(last, "at the end of %s, %s shares of %s are held, and the recording says %s", d, got, symbol, want)
		}
	}
	if ledger.Cash != last.ledger.Cash {
		return r.mismatch(last, "at the end of %s, the cash is %s, and the recording says %s", d, ledger.Cash, last.ledger.Cash)
	}
	return nil
}

// mismatch is the error of a playback that differs from a row.
func (r *Recording) mismatch(at row, format string, args ...any) error {
	return sim.Errorf(sim.KindConflict, "recording_mismatch: %s:%d (%s): %s",
		r.name, at.line, at.date, fmt.Sprintf(format, args...))
}

// String prints an order: "buy 10 NVDA".
func (o *order) String() string { return fmt.Sprintf("%s %s %s", o.action, o.amount, o.symbol) }

// maxShown bounds what an error shows of a text, in bytes.
const maxShown = 300
