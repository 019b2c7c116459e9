package httpapi

import (
	"context"
	"fmt"

	"aitrader/internal/api"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

// dayResults answers for one date.
func (s *server) dayResults(ctx context.Context, q selection, date sim.Date, in *resultsInput) (answer, error) {
	days, err := s.Store.Days(ctx, q.filter(date, date))
	if err != nil {
		return answer{}, err
	}
	days, next := pageOf(days, func(d sim.Day) string { return d.Book.Model }, in.Next, in.Limit)
	if len(days) == 0 {
		return answer{}, q.noData("no model-day is closed on %s in experiment %q that the query selects", date, q.experiment).With("date", date)
	}
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return answer{}, err
	}
	initial, err := s.initialCash(ctx, days)
	if err != nil {
		return answer{}, err
	}
	var list resultList
	for _, d := range days {
		result := dayResult(market, d, initial[d.Book.Model])
		if err := s.addDetail(ctx, market, &result, d, in); err != nil {
			return answer{}, err
		}
		if err := list.add(result); err != nil {
			return answer{}, err
		}
	}
	return list.answer(envelope{Date: &date, Count: len(days), Next: next})
}

// initialCash returns what the books of days began with, by model.
func (s *server) initialCash(ctx context.Context, days []sim.Day) (map[string]sim.Money, error) {
	var keys []sim.BookKey
	for _, d := range days {
		keys = append(keys, d.Book)
	}
	heads, err := s.Store.Heads(ctx, keys)
	initial := make(map[string]sim.Money, len(heads))
	for _, h := range heads {
		initial[h.Book.Model] = h.InitialCash
	}
	return initial, err
}

// dayResult values a day.
func dayResult(market *sim.MarketData, d sim.Day, initial sim.Money) api.DayResult {
	before, after := portfolio.CloseBefore(market, d), portfolio.CloseOf(market, d)
	if d.Prev.IsZero() {
		initial = before.Value // that of the book today differs where this beginning was superseded
	}
	return api.DayResult{
		Model:     d.Book.Model,
		JobID:     d.JobID,
		Date:      d.Ref.Date,
		Broken:    brokenReason(d.Session),
		Positions: api.Positions(d.Closing),
		DailyPnL: api.DailyPnL{
			Profit:         after.Value - before.Value,
			ReturnPct:      portfolio.Return(before.Value, after.Value),
			PortfolioValue: after.Value,
			ValuedAt:       after.Basis,
		},
		CumulativePnL: api.CumulativePnL{Profit: after.Value - initial, ReturnPct: portfolio.Return(initial, after.Value)},
		Starting:      api.StartingPosition{Holdings: holdings(d.Opening), Cash: d.Opening.Cash, PortfolioValue: before.Value},
	}
}

// brokenReason returns why a day is broken; "": it is not.
func brokenReason(s sim.Session) sim.StopReason {
	if s.StopReason.Broken() {
		return s.StopReason
	}
	return ""
}

func holdings(l sim.Ledger) []api.Holding {
	list := make([]api.Holding, 0, len(l.Holdings))
	for _, symbol := range l.Symbols() {
		list = append(list, api.Holding{Symbol: symbol, Quantity: l.Holdings[symbol]})
	}
	return list
}

// addDetail adds what detail and reasoning ask for.
func (s *server) addDetail(ctx context.Context, market *sim.MarketData, r *api.DayResult, d sim.Day, in *resultsInput) error {
	full := in.Detail == "full"
	if full {
		r.Trades = trades(d)
		r.Allocation = allocation(market, d)
	}
	if in.Reasoning == "summary" || in.Reasoning == "full" || full && in.Reasoning == "" {
		r.Reasoning = reasoning(d.Session)
	}
	if in.Reasoning != "full" {
		return nil
	}
	messages, err := s.Store.Transcript(ctx, d.Book, d.Ref)
	for i := range messages {
		r.Transcript = append(r.Transcript, transcriptEntry(&messages[i]))
	}
	return err
}

// allocation says what the parts of a day's closing ledger are worth.
func allocation(market *sim.MarketData, d sim.Day) []api.Allocated {
	parts := portfolio.Allocation(market, d.Closing, d.Ref.Date)
	allocated := make([]api.Allocated, len(parts))
	for i, p := range parts {
		allocated[i] = api.Allocated(p)
	}
	return allocated
}

func trades(d sim.Day) []api.Trade {
	list := []api.Trade{} // a day without trades says so
	for i, e := range d.Fills() {
		list = append(list, api.Trade{
			ID:         fmt.Sprintf("%s:%s:%s:%d", d.JobID, d.Ref.Date, d.Book.Model, i+1),
			Action:     e.Kind,
			Symbol:     e.Symbol,
			Amount:     e.Quantity,
			Price:      e.Price,
			Commission: e.Commission,
			Total:      e.Total(),
			CashAfter:  e.CashAfter,
		})
	}
	return list
}

func reasoning(s sim.Session) *api.Reasoning {
	usage, unguarded := make(map[string]int, len(s.ToolUsage)), 0
	for tool, n := range s.ToolUsage {
		usage[tool] = n.Calls
		if sim.IsOutside(tool) {
			unguarded += n.Calls
		}
	}
	return &api.Reasoning{
		TotalSteps:  s.Steps,
		Signal:      s.Signal,
		StopReason:  s.StopReason,
		Summary:     s.Summary,
		ToolUsage:   usage,
		Tokens:      api.Tokens(s.Usage),
		CachedPct:   cachedPct(s.Usage),
		Unguarded:   unguarded,
		NewsRefused: s.NewsRefused,
		CostUSD:     s.Cost,
	}
}

func transcriptEntry(m *sim.Message) api.TranscriptEntry {
	e := api.TranscriptEntry{
		Step:       m.Step,
		Role:       m.Role,
		Content:    m.Content,
		Reasoning:  m.Reasoning,
		ToolName:   m.ToolName,
		ToolCallID: m.ToolCallID,
		Arguments:  m.Arguments,
		Unguarded:  sim.IsOutside(m.ToolName),
		AsOf:       dateOrNil(m.AsOf),
		CostUSD:    m.Cost,
		Timestamp:  stamp(m.Timestamp),
	}
	if m.Usage != nil {
		e.Tokens = new(api.Tokens(*m.Usage))
	}
	return e
}
