package sqlite

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// dayRows is a closed day as rows, made by the caller so that the writer has
// less to do. The first column of each, md, is filled in at the end.
type dayRows struct {
	day       sim.Day
	opening   string // JSON
	positions [][]any
	holdings  [][]any
	logs      [][]any
	tools     [][]any
}

// actionNoTrade marks a day without a fill in the table positions.
const actionNoTrade = "no_trade"

func newDayRows(d sim.Day, transcript []sim.Message) (dayRows, error) {
	r := dayRows{day: d}
	opening, err := json.Marshal(d.Opening.Holdings)
	if err != nil {
		return r, err
	}
	r.opening = string(opening)
	for i, e := range d.Entries {
		r.positions = append(r.positions, []any{nil, i, e.Kind, e.Symbol, e.Quantity, e.Price, e.Commission, e.PerShare, e.Numerator, e.Denominator, e.CashAfter})
	}
	if len(d.Fills()) == 0 {
		r.positions = append(r.positions, []any{nil, len(d.Entries), actionNoTrade, "", 0, 0, 0, 0, 0, 0, d.Closing.Cash})
	}
	for _, symbol := range d.Closing.Symbols() {
		r.holdings = append(r.holdings, []any{nil, symbol, d.Closing.Holdings[symbol]})
	}
	for _, m := range transcript {
		r.logs = append(r.logs, logRow(m))
	}
	for _, tool := range slices.Sorted(maps.Keys(d.Session.ToolUsage)) {
		n := d.Session.ToolUsage[tool]
		r.tools = append(r.tools, []any{nil, tool, n.Calls, n.Errors})
	}
	return r, nil
}

func logRow(m sim.Message) []any {
	row := []any{nil, m.Step, m.Role, m.Content, m.Reasoning, m.ToolName, m.ToolCallID, m.Arguments, m.AsOf, instant(m.Timestamp)}
	if m.Usage == nil {
		return append(row, nil, nil, nil, nil, m.Cost)
	}
	return append(row, m.Usage.Input, m.Usage.Output, m.Usage.Cached, m.Usage.Reasoning, m.Cost)
}

// insert writes the rows of the model-day md in a book.
func (r dayRows) insert(t *tx, md, book int64) error {
	d := r.day
	u := d.Session.Usage
	err := t.exec(`INSERT INTO days (md, book, date, generation, prev_date, prev_generation, opening_cash, opening_holdings,
			closing_cash, steps, stop_reason, stop_signal, summary, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
			prices, started_at, closed_at, news_refused, cost)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		md, book, d.Ref.Date, d.Ref.Generation, d.Prev.Date, d.Prev.Generation, d.Opening.Cash, r.opening,
		d.Closing.Cash, d.Session.Steps, d.Session.StopReason, d.Session.Signal, d.Session.Summary, u.Input, u.Output, u.Cached, u.Reasoning,
		d.Prices, instant(d.StartedAt), instant(d.ClosedAt), jsonColumn{d.Session.NewsRefused}, d.Session.Cost)
	if err != nil {
		return err
	}
	for _, table := range []struct {
		into string
		rows [][]any
	}{
		{"positions (md, seq, action, symbol, amount, price, commission, per_share, numerator, denominator, cash_after)", r.positions},
		{"holdings (md, symbol, quantity)", r.holdings},
		{"reasoning_logs (md, step, role, content, reasoning, tool_name, tool_call_id, arguments, as_of, timestamp, " +
			"input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost)", r.logs},
		{"tool_usage (md, tool, calls, errors)", r.tools},
	} {
		for _, row := range table.rows {
			row[0] = md
		}
		if err := insertRows(t, "INSERT INTO "+table.into, table.rows); err != nil {
			return err
		}
	}
	return nil
}

// maxRows bounds the rows of one INSERT, and with it the number of statements
// that are prepared.
const maxRows = 16

// insertRows inserts rows of the same length with as few statements as pay.
func insertRows(t *tx, into string, rows [][]any) error {
	for chunk := range slices.Chunk(rows, maxRows) {
		one := "(?" + strings.Repeat(", ?", len(chunk[0])-1) + ")"
		query := into + " VALUES " + one + strings.Repeat(", "+one, len(chunk)-1)
		if err := t.exec(query, slices.Concat(chunk...)...); err != nil {
			return err
		}
	}
	return nil
}
