package sqlite

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"aitrader/internal/sim"
)

// dayColumns are what dayRow.dest reads. The parameter is true when the opening holdings
// are not wanted.
const dayColumns = `d.md, b.experiment, b.model, d.date, d.generation, d.prev_date, d.prev_generation,
	j.id, m.attempt, d.opening_cash, iif(?, '{}', d.opening_holdings), d.closing_cash, d.steps, d.stop_reason, d.stop_signal, d.summary,
	d.input_tokens, d.output_tokens, d.cached_tokens, d.reasoning_tokens, d.prices, d.started_at, d.closed_at, d.news_refused, d.cost,
	d.cache_write_tokens`

const dayTables = ` FROM days d
	JOIN books b ON b.book = d.book
	JOIN job_details m ON m.md = d.md
	JOIN jobs j ON j.job = m.job`

// dayRow is a closed day with its key in the tables.
type dayRow struct {
	key int64
	sim.Day
}

// dest returns the targets of dayColumns.
func (r *dayRow) dest() []any {
	u := &r.Session.Usage
	return []any{
		&r.key, &r.Book.Experiment, &r.Book.Model, &r.Ref.Date, &r.Ref.Generation, &r.Prev.Date, &r.Prev.Generation,
		&r.JobID, &r.Attempt, &r.Opening.Cash, jsonColumn{&r.Opening.Holdings}, &r.Closing.Cash, &r.Session.Steps,
		&r.Session.StopReason, &r.Session.Signal,
		&r.Session.Summary, &u.Input, &u.Output, &u.Cached, &u.Reasoning, &r.Prices, (*instant)(&r.StartedAt), (*instant)(&r.ClosedAt),
		jsonColumn{&r.Session.NewsRefused}, &r.Session.Cost, &u.CacheWrite,
	}
}

// Days implements [sim.Store].
func (s *Store) Days(ctx context.Context, f sim.DayFilter) ([]sim.Day, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	var rows []dayRow
	err := s.read(ctx, func(q querier) (err error) {
		if rows, err = selectDays(q, f); err != nil || len(rows) == 0 {
			return err
		}
		return fillDays(q, rows, f.BooksOnly)
	})
	if err != nil {
		return nil, err
	}
	days := make([]sim.Day, len(rows))
	for i, r := range rows {
		days[i] = r.Day
	}
	return days, nil
}

// selectDays reads the rows that a filter selects, in order of date and model.
func selectDays(q querier, f sim.DayFilter) ([]dayRow, error) {
	current := func(sim.Day) bool { return true }
	if f.JobID == "" {
		heads, err := headsOf(q, f)
		if err != nil {
			return nil, err
		}
		current = func(d sim.Day) bool { return heads[d.Book.Model].Current(d.Ref) }
	}
	where, args := dayConditions(f)
	args = append([]any{f.BooksOnly}, args...)
	order := " ORDER BY d.date, b.model, d.generation"
	if f.Latest {
		order = " ORDER BY d.date DESC, b.model DESC, d.generation DESC"
	}
	var rows []dayRow
	err := q.rows("SELECT "+dayColumns+dayTables+where+order, args, func(scan scanner) error {
		var r dayRow
		if err := scan(r.dest()...); err != nil {
			return err
		}
		if current(r.Day) {
			rows = append(rows, r)
		}
		if f.Limit > 0 && len(rows) == f.Limit {
			return errEnough
		}
		return nil
	})
	if f.Latest {
		slices.Reverse(rows)
	}
	return rows, err
}

// headsOf returns the heads of the books that a filter selects, by model.
func headsOf(q querier, f sim.DayFilter) (map[string]sim.Head, error) {
	condition, args := "experiment = ?", []any{f.Experiment}
	if f.Model != "" {
		condition, args = condition+" AND model = ?", append(args, f.Model)
	}
	books, err := selectBooks(q, condition, args...)
	heads := make(map[string]sim.Head, len(books))
	for _, b := range books {
		heads[b.Book.Model] = b.Head
	}
	return heads, err
}

func dayConditions(f sim.DayFilter) (where string, args []any) {
	var terms []string
	add := func(term string, arg any) { terms, args = append(terms, term), append(args, arg) }
	if f.Experiment != "" {
		add("b.experiment = ?", f.Experiment)
	}
	if f.JobID != "" {
		add("j.id = ?", f.JobID)
	}
	if f.Model != "" {
		add("b.model = ?", f.Model)
	}
	if !f.From.IsZero() {
		add("d.date >= ?", f.From)
	}
	if !f.To.IsZero() {
		add("d.date <= ?", f.To)
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

// fillDays reads what other tables hold of the days: one query for each table, however
// many days.
func fillDays(q querier, rows []dayRow, booksOnly bool) error {
	index := make(map[int64]*sim.Day, len(rows))
	keys := make([]int64, len(rows))
	for i := range rows {
		r := &rows[i]
		index[r.key], keys[i] = &r.Day, r.key
	}
	slices.Sort(keys)
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	if err := fillHoldings(q, string(list), index); err != nil {
		return err
	}
	if booksOnly {
		for i := range rows {
			rows[i].Opening = sim.Ledger{}
		}
		return nil
	}
	for i := range rows {
		rows[i].Session.ToolUsage = map[string]sim.ToolCount{}
	}
	if err := fillEntries(q, string(list), index); err != nil {
		return err
	}
	return fillTools(q, string(list), index)
}

// ofDays joins a table to a JSON list of keys of days; CROSS JOIN makes the list the
// outer loop, so that the table is searched by its key.
const ofDays = " FROM json_each(?) k CROSS JOIN "

// fillHoldings reads the holdings of a day as one text, "AAA 1000000 BBB 2000000". A row
// for each of them takes three times as long.
func fillHoldings(q querier, keys string, days map[int64]*sim.Day) error {
	const query = `SELECT k.value, coalesce((SELECT group_concat(h.symbol || ' ' || h.quantity, ' ') FROM holdings h
		WHERE h.md = k.value), '') FROM json_each(?) k`
	return q.rows(query, []any{keys}, func(scan scanner) error {
		var md int64
		var text string
		if err := scan(&md, &text); err != nil {
			return err
		}
		held, err := readHoldings(text)
		days[md].Closing.Holdings = held
		return unreadable(err)
	})
}

func readHoldings(text string) (map[string]sim.Quantity, error) {
	held := make(map[string]sim.Quantity, (strings.Count(text, " ")+1)/2)
	for text != "" {
		var symbol, quantity string
		symbol, text, _ = strings.Cut(text, " ")
		quantity, text, _ = strings.Cut(text, " ")
		n, err := strconv.ParseInt(quantity, 10, 64)
		if err != nil {
			return nil, err
		}
		held[symbol] = sim.Quantity(n)
	}
	return held, nil
}

func fillEntries(q querier, keys string, days map[int64]*sim.Day) error {
	query := `SELECT p.md, p.action, p.symbol, p.amount, p.price, p.commission, p.per_share, p.numerator, p.denominator, p.cash_after` +
		ofDays + `positions p ON p.md = k.value WHERE p.action <> '` + actionNoTrade + `' ORDER BY p.md, p.seq`
	return q.rows(query, []any{keys}, func(scan scanner) error {
		var md int64
		var e sim.Entry
		err := scan(&md, &e.Kind, &e.Symbol, &e.Quantity, &e.Price, &e.Commission, &e.PerShare, &e.Numerator, &e.Denominator, &e.CashAfter)
		if err != nil {
			return err
		}
		days[md].Entries = append(days[md].Entries, e)
		return nil
	})
}

func fillTools(q querier, keys string, days map[int64]*sim.Day) error {
	return q.rows("SELECT u.md, u.tool, u.calls, u.errors"+ofDays+"tool_usage u ON u.md = k.value", []any{keys}, func(scan scanner) error {
		var md int64
		var tool string
		var n sim.ToolCount
		if err := scan(&md, &tool, &n.Calls, &n.Errors); err != nil {
			return err
		}
		days[md].Session.ToolUsage[tool] = n
		return nil
	})
}

// Transcript implements [sim.Store].
func (s *Store) Transcript(ctx context.Context, book sim.BookKey, ref sim.DayRef) ([]sim.Message, error) {
	var out []sim.Message
	err := s.read(ctx, func(q querier) error {
		var md int64
		found, err := q.row(`SELECT d.md FROM days d JOIN books b ON b.book = d.book
			WHERE b.experiment = ? AND b.model = ? AND d.date = ? AND d.generation = ?`,
			[]any{book.Experiment, book.Model, ref.Date, ref.Generation}, &md)
		if err == nil && !found {
			err = sim.NoDay(book, ref)
		}
		if err != nil {
			return err
		}
		return q.rows(`SELECT step, role, content, reasoning, tool_name, tool_call_id, arguments, as_of, timestamp,
				input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost, coalesce(cache_write_tokens, 0), broken
			FROM reasoning_logs WHERE md = ? ORDER BY id`, []any{md}, func(scan scanner) error {
			m, err := scanMessage(scan)
			out = append(out, m)
			return err
		})
	})
	return out, err
}

func scanMessage(scan scanner) (sim.Message, error) {
	var m sim.Message
	var input, output, cached, reasoning *int64 // NULL where no usage was reported
	var cacheWrite int64
	err := scan(&m.Step, &m.Role, &m.Content, &m.Reasoning, &m.ToolName, &m.ToolCallID, &m.Arguments, &m.AsOf, (*instant)(&m.Timestamp),
		&input, &output, &cached, &reasoning, &m.Cost, &cacheWrite, &m.Broken)
	if input != nil && output != nil && cached != nil && reasoning != nil {
		m.Usage = &sim.Usage{Input: *input, Output: *output, Cached: *cached, Reasoning: *reasoning, CacheWrite: cacheWrite}
	}
	return m, err
}
