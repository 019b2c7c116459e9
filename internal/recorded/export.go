package recorded

import (
	"bytes"
	"encoding/json"
	"time"

	"aitrader/internal/sim"
)

// Positions writes days of one book, in order, as a position.jsonl: a first row
// with the cash at the beginning, then a row for each fill with the holdings and
// the cash after it, and a no_trade row for a day without a fill. Corporate
// actions have no row of their own in that format: the next row shows what they
// left.
func Positions(days []sim.Day) ([]byte, error) {
	w := &rows{}
	for i, d := range days {
		ledger := d.Opening.Clone()
		if i == 0 {
			w.add(d.Ref.Date, nil, ledger)
		}
		traded := false
		for _, e := range d.Entries {
			if err := ledger.Apply(&e); err != nil {
				return nil, err
			}
			if e.IsFill() {
				w.add(d.Ref.Date, &exportedAction{string(e.Kind), e.Symbol, e.Quantity}, ledger)
				traded = true
			}
		}
		if !traded {
			w.add(d.Ref.Date, &exportedAction{Action: "no_trade"}, ledger)
		}
	}
	return w.text.Bytes(), w.err
}

type exportedAction struct {
	Action string       `json:"action"`
	Symbol string       `json:"symbol"`
	Amount sim.Quantity `json:"amount"`
}

type exportedRow struct {
	Date      sim.Date        `json:"date"`
	ID        int             `json:"id"`
	Action    *exportedAction `json:"this_action,omitempty"`
	Positions map[string]any  `json:"positions"`
}

// rows collects rows and numbers them.
type rows struct {
	text bytes.Buffer
	next int
	err  error
}

func (w *rows) add(d sim.Date, action *exportedAction, l sim.Ledger) {
	positions := map[string]any{"CASH": l.Cash}
	for symbol, quantity := range l.Holdings {
		positions[symbol] = quantity
	}
	if w.err == nil {
		w.err = json.NewEncoder(&w.text).Encode(exportedRow{d, w.next, action, positions})
	}
	w.next++
}

// Log writes the messages of a session as a log.jsonl: a row each, with the
// signature of its model.
func Log(signature string, messages []sim.Message) ([]byte, error) {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	type row struct {
		Timestamp   string    `json:"timestamp"`
		Signature   string    `json:"signature"`
		NewMessages []message `json:"new_messages"`
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, m := range messages {
		r := row{m.Timestamp.UTC().Format(time.RFC3339Nano), signature, []message{{m.Role, m.Content}}}
		if err := encoder.Encode(r); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}
