package sqlite

import (
	"encoding/json"
	"maps"
	"slices"

	"aitrader/internal/sim"
)

// The tables whose rows belong to a closed day.
var (
	intoPositions = newBulkInsert("INSERT INTO positions", "md",
		"seq, action, symbol, amount, price, commission, per_share, numerator, denominator, cash_after")
	intoHoldings = newBulkInsert("INSERT INTO holdings", "md", "symbol, quantity")
	intoLogs     = newBulkInsert("INSERT INTO reasoning_logs", "md",
		"step, role, content, reasoning, tool_name, tool_call_id, arguments, as_of, timestamp, "+
			"input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost, cache_write_tokens, broken")
	intoToolUsage = newBulkInsert("INSERT INTO tool_usage", "md", "tool, calls, errors")
)

// dayRows is a closed day as rows. The caller builds it, which leaves less work to the
// writer.
type dayRows struct {
	day     sim.Day
	opening string // JSON
	tables  []bulkRows
}

// actionNoTrade marks a day without a fill in the table positions.
const actionNoTrade = "no_trade"

func newDayRows(d sim.Day, transcript []sim.Message) (dayRows, error) {
	opening, err := json.Marshal(d.Opening.Holdings)
	return dayRows{
		day: d, opening: string(opening),
		tables: []bulkRows{positionRows(d), holdingRows(d.Closing), logRows(transcript), toolRows(d.Session.ToolUsage)},
	}, err
}

func positionRows(d sim.Day) bulkRows {
	r := bulkRows{into: intoPositions, size: max(len(d.Entries), 1)}
	for i, e := range d.Entries {
		r.add(i, e.Kind, e.Symbol, e.Quantity, e.Price, e.Commission, e.PerShare, e.Numerator, e.Denominator, e.CashAfter)
	}
	if len(d.Fills()) == 0 {
		r.add(len(d.Entries), actionNoTrade, "", 0, 0, 0, 0, 0, 0, d.Closing.Cash)
	}
	return r
}

func holdingRows(l sim.Ledger) bulkRows {
	r := bulkRows{into: intoHoldings, size: len(l.Holdings)}
	for _, symbol := range l.Symbols() {
		r.add(symbol, l.Holdings[symbol])
	}
	return r
}

func logRows(transcript []sim.Message) bulkRows {
	r := bulkRows{into: intoLogs, size: len(transcript)}
	for _, m := range transcript {
		var input, output, cached, reasoning, cacheWrite *int64 // NULL where no usage was reported
		if u := m.Usage; u != nil {
			input, output, cached, reasoning, cacheWrite = &u.Input, &u.Output, &u.Cached, &u.Reasoning, &u.CacheWrite
		}
		r.add(m.Step, m.Role, m.Content, m.Reasoning, m.ToolName, m.ToolCallID, m.Arguments, m.AsOf, instant(m.Timestamp),
			input, output, cached, reasoning, m.Cost, cacheWrite, m.Broken)
	}
	return r
}

func toolRows(usage map[string]sim.ToolCount) bulkRows {
	r := bulkRows{into: intoToolUsage, size: len(usage)}
	for _, tool := range slices.Sorted(maps.Keys(usage)) {
		r.add(tool, usage[tool].Calls, usage[tool].Errors)
	}
	return r
}

// insert writes the rows of the model-day md in a book.
func (r dayRows) insert(t *tx, md, book int64) error {
	d := r.day
	u := d.Session.Usage
	err := t.exec(`INSERT INTO days (md, book, date, generation, prev_date, prev_generation, opening_cash, opening_holdings,
			closing_cash, steps, stop_reason, stop_signal, summary, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
			prices, started_at, closed_at, news_refused, cost, cache_write_tokens)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		md, book, d.Ref.Date, d.Ref.Generation, d.Prev.Date, d.Prev.Generation, d.Opening.Cash, r.opening,
		d.Closing.Cash, d.Session.Steps, d.Session.StopReason, d.Session.Signal, d.Session.Summary, u.Input, u.Output, u.Cached, u.Reasoning,
		d.Prices, instant(d.StartedAt), instant(d.ClosedAt), jsonColumn{d.Session.NewsRefused}, d.Session.Cost, u.CacheWrite)
	if err != nil {
		return err
	}
	for _, rows := range r.tables {
		if err := rows.insert(t, md); err != nil {
			return err
		}
	}
	return nil
}
