package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

// DayResult is a closed day of one model.
type DayResult struct {
	Model         string            `json:"model" doc:"The signature of the model."`
	JobID         string            `json:"job_id" doc:"The job that closed the day."`
	Date          sim.Date          `json:"date" doc:"The trading date."`
	Positions     Positions         `json:"positions" doc:"What the model holds at the end of the day: shares by symbol, and CASH in USD."`
	DailyPnL      DailyPnL          `json:"daily_pnl" doc:"The day against the model's close before it."`
	CumulativePnL CumulativePnL     `json:"cumulative_pnl" doc:"The model's gain since its initial cash."`
	Starting      StartingPosition  `json:"starting_position" doc:"What the model held at its close before the day."`
	Allocation    []Allocated       `json:"allocation,omitzero" doc:"What the holdings are worth, the largest first, cash last; with detail=full."`
	Trades        []Trade           `json:"trades,omitzero" doc:"The executed orders, in order; with detail=full."`
	Reasoning     *Reasoning        `json:"ai_reasoning,omitempty" doc:"The account of the session; with detail=full or reasoning."`
	Transcript    []TranscriptEntry `json:"transcript,omitzero" doc:"Every message of the session, in order; with reasoning=full."`
}

// Allocated is a part of a portfolio.
type Allocated struct {
	Symbol   string       `json:"symbol" doc:"The ticker, or CASH."`
	Value    sim.Money    `json:"value" doc:"USD, at the price that portfolio_value counts with."`
	SharePct *sim.Percent `json:"share_pct" nullable:"true" doc:"Percent of portfolio_value."`
}

// DailyPnL is the gain of one day.
type DailyPnL struct {
	Profit         sim.Money    `json:"profit" doc:"USD: portfolio_value less starting_position.portfolio_value."`
	ReturnPct      *sim.Percent `json:"return_pct" nullable:"true" doc:"The same in percent of that."`
	PortfolioValue sim.Money    `json:"portfolio_value" doc:"USD: cash and holdings at the close of the day."`
	ValuedAt       sim.Basis    `json:"valued_at" enum:"close,open,last_close" doc:"The weakest price in portfolio_value: the day's close; its open, while the close is not known; the last close before, for a symbol without a bar that day."`
}

// CumulativePnL is the gain since the initial cash.
type CumulativePnL struct {
	Profit    sim.Money    `json:"profit" doc:"USD: the value of the day less the initial cash."`
	ReturnPct *sim.Percent `json:"return_pct" nullable:"true" doc:"The same in percent of the initial cash."`
}

// StartingPosition is what a model began its day with.
type StartingPosition struct {
	Holdings       []Holding `json:"holdings" doc:"The holdings, sorted by symbol."`
	Cash           sim.Money `json:"cash" doc:"USD."`
	PortfolioValue sim.Money `json:"portfolio_value" doc:"USD at the close before the day; the initial cash on the first day."`
}

// Holding is a number of shares.
type Holding struct {
	Symbol   string       `json:"symbol" doc:"The ticker."`
	Quantity sim.Quantity `json:"quantity" doc:"Shares."`
}

// Trade is an executed order.
type Trade struct {
	ID         string        `json:"id" doc:"JOB:DATE:MODEL:NUMBER; it never changes."`
	Action     sim.EntryKind `json:"action" enum:"buy,sell" doc:"What was done."`
	Symbol     string        `json:"symbol" doc:"The ticker."`
	Amount     sim.Quantity  `json:"amount" doc:"Shares."`
	Price      sim.Money     `json:"price" doc:"USD per share, slippage included."`
	Commission sim.Money     `json:"commission" doc:"USD for the order."`
	Total      sim.Money     `json:"total" doc:"USD: amount x price, without the commission."`
	CashAfter  sim.Money     `json:"cash_after" doc:"USD left after the order."`
}

// Reasoning is the account of a session.
type Reasoning struct {
	TotalSteps int            `json:"total_steps" doc:"Completions of the model."`
	Signal     bool           `json:"stop_signal_received" doc:"Whether the model said that it is done."`
	StopReason sim.StopReason `json:"stop_reason" enum:"finish_signal,no_tool_calls,max_steps,deadline,budget" doc:"Why the session ended."`
	Summary    string         `json:"reasoning_summary" doc:"The model's last words."`
	ToolUsage  map[string]int `json:"tool_usage" doc:"Calls by tool."`
	Tokens     Tokens         `json:"tokens" doc:"What the session used."`
	// Unguarded is absent where there were none.
	Unguarded int `json:"unguarded_calls,omitempty" doc:"Calls of tools of servers in mcp_servers: nothing keeps their answers to the date."`
	// NewsRefused is absent where nothing was refused.
	NewsRefused map[string]int `json:"news_refused,omitempty" doc:"What searches for news found and did not show, because it may be of later: items by reason."`
	CostUSD     *sim.TokenCost `json:"cost_usd" nullable:"true" doc:"USD, exact, with at most 10 decimals: the tokens at models[].price; null when the model has none."`
}

// Tokens counts tokens.
type Tokens struct {
	Input  int64 `json:"input" doc:"Tokens read, cached ones included."`
	Output int64 `json:"output" doc:"Tokens written."`
	Cached int64 `json:"cached" doc:"Tokens of input that the provider had cached."`
	// Reasoning is a part of Output.
	Reasoning int64 `json:"reasoning" doc:"Tokens of output that the model thought with."`
}

// TranscriptEntry is one message of a session.
type TranscriptEntry struct {
	Step       int            `json:"step" doc:"0 for the prompt, then the number of the completion."`
	Role       string         `json:"role" enum:"system,user,assistant,tool" doc:"Who speaks."`
	Content    string         `json:"content" doc:"The text, or the answer of a tool."`
	Reasoning  string         `json:"reasoning,omitempty" doc:"What the model thought aloud, where its provider tells."`
	ToolName   string         `json:"tool_name,omitempty" doc:"Which tool was called."`
	ToolCallID string         `json:"tool_call_id,omitempty" doc:"The call that this answers."`
	Arguments  string         `json:"arguments,omitempty" doc:"The arguments as the model sent them."`
	Unguarded  bool           `json:"unguarded,omitempty" doc:"The tool is of a server in mcp_servers: nothing keeps its answers to the date."`
	AsOf       *sim.Date      `json:"as_of,omitempty" doc:"The date as of which the answer of the tool is true."`
	Tokens     *Tokens        `json:"tokens,omitempty" doc:"Of an answer of the model: what the step used, retries included."`
	CostUSD    *sim.TokenCost `json:"cost_usd,omitempty" doc:"And what that cost, in USD, where the model has a price."`
	Timestamp  time.Time      `json:"timestamp" doc:"When it was said."`
}

// Positions is a ledger as one object: shares by symbol, and CASH.
type Positions sim.Ledger

// MarshalJSON writes the symbols in order, and CASH last. No symbol is CASH, and
// none needs escaping.
func (p Positions) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, symbol := range sim.Ledger(p).Symbols() {
		fmt.Fprintf(&b, "%q:%s,", symbol, p.Holdings[symbol])
	}
	fmt.Fprintf(&b, "\"CASH\":%s}", p.Cash)
	return b.Bytes(), nil
}

// Schema describes the object.
func (Positions) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"CASH"},
		Properties:           map[string]*huma.Schema{"CASH": {Type: huma.TypeNumber, Description: "USD."}},
		AdditionalProperties: &huma.Schema{Type: huma.TypeNumber, Description: "Shares."},
	}
}

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
		result, err := dayResult(market, d, initial[d.Book.Model])
		if err != nil {
			return answer{}, err
		}
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
	out := make(map[string]sim.Money, len(heads))
	for _, h := range heads {
		out[h.Book.Model] = h.InitialCash
	}
	return out, err
}

// dayResult values a day.
func dayResult(market *sim.MarketData, d sim.Day, initial sim.Money) (DayResult, error) {
	before, err := portfolio.CloseBefore(market, d)
	if err != nil {
		return DayResult{}, err
	}
	after, err := portfolio.CloseOf(market, d)
	if err != nil {
		return DayResult{}, err
	}
	if d.Prev.IsZero() {
		initial = before.Value // also of a beginning that was superseded since
	}
	return DayResult{
		Model: d.Book.Model, JobID: d.JobID, Date: d.Ref.Date, Positions: Positions(d.Closing),
		DailyPnL:      DailyPnL{after.Value - before.Value, portfolio.Return(before.Value, after.Value), after.Value, after.Basis},
		CumulativePnL: CumulativePnL{after.Value - initial, portfolio.Return(initial, after.Value)},
		Starting:      StartingPosition{holdings(d.Opening), d.Opening.Cash, before.Value},
	}, nil
}

// allocation says what the parts of a ledger are worth at the close of a date.
func allocation(market *sim.MarketData, l sim.Ledger, d sim.Date) ([]Allocated, error) {
	parts, err := portfolio.Allocation(market, l, d)
	out := make([]Allocated, len(parts))
	for i, p := range parts {
		out[i] = Allocated(p)
	}
	return out, err
}

func holdings(l sim.Ledger) []Holding {
	out := make([]Holding, 0, len(l.Holdings))
	for _, symbol := range l.Symbols() {
		out = append(out, Holding{symbol, l.Holdings[symbol]})
	}
	return out
}

// addDetail adds what detail and reasoning ask for.
func (s *server) addDetail(ctx context.Context, market *sim.MarketData, r *DayResult, d sim.Day, in *resultsInput) (err error) {
	full := in.Detail == "full"
	if full {
		r.Trades = trades(d)
		if r.Allocation, err = allocation(market, d.Closing, d.Ref.Date); err != nil {
			return err
		}
	}
	if in.Reasoning == "summary" || in.Reasoning == "full" || full && in.Reasoning == "" {
		r.Reasoning = reasoning(d.Session)
	}
	if in.Reasoning != "full" {
		return nil
	}
	messages, err := s.Store.Transcript(ctx, d.Book, d.Ref)
	for m := range slices.Values(messages) {
		r.Transcript = append(r.Transcript, TranscriptEntry{
			Step: m.Step, Role: m.Role, Content: m.Content, ToolName: m.ToolName, ToolCallID: m.ToolCallID,
			Reasoning: m.Reasoning, Arguments: m.Arguments, AsOf: known(m.AsOf), Unguarded: sim.IsOutside(m.ToolName), CostUSD: m.Cost, Timestamp: stamp(m.Timestamp),
		})
		if m.Usage != nil {
			r.Transcript[len(r.Transcript)-1].Tokens = new(tokens(*m.Usage))
		}
	}
	return err
}

func trades(d sim.Day) []Trade {
	out := []Trade{} // a day without trades says so
	for i, e := range d.Fills() {
		out = append(out, Trade{
			ID:     fmt.Sprintf("%s:%s:%s:%d", d.JobID, d.Ref.Date, d.Book.Model, i+1),
			Action: e.Kind, Symbol: e.Symbol, Amount: e.Quantity, Price: e.Price, Commission: e.Commission, Total: e.Total(), CashAfter: e.CashAfter,
		})
	}
	return out
}

func tokens(u sim.Usage) Tokens { return Tokens{u.Input, u.Output, u.Cached, u.Reasoning} }

func reasoning(s sim.Session) *Reasoning {
	usage, unguarded := make(map[string]int, len(s.ToolUsage)), 0
	for tool, n := range s.ToolUsage {
		usage[tool] = n.Calls
		if sim.IsOutside(tool) {
			unguarded += n.Calls
		}
	}
	return &Reasoning{
		TotalSteps: s.Steps, Signal: s.Signal, StopReason: s.StopReason, Summary: s.Summary,
		ToolUsage: usage, Unguarded: unguarded, NewsRefused: s.NewsRefused, Tokens: tokens(s.Usage), CostUSD: s.Cost,
	}
}
