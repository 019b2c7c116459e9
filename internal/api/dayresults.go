package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"aitrader/internal/sim"
)

// DayResults is the answer for one date.
type DayResults struct {
	Date    sim.Date    `json:"date" doc:"The trading date."`
	Count   int         `json:"count" doc:"The number of results in this answer."`
	Next    string      `json:"next,omitempty" doc:"More results follow: pass this value as next."`
	Results []DayResult `json:"results" doc:"One result per model, in order of its signature."`
}

// DayResult is a closed day of one model.
type DayResult struct {
	Model         string            `json:"model" doc:"The signature of the model."`
	JobID         string            `json:"job_id" doc:"The job that closed the day."`
	Date          sim.Date          `json:"date" doc:"The trading date."`
	Broken        sim.StopReason    `json:"broken,omitempty"`
	Positions     Positions         `json:"positions" doc:"The closing holdings: shares by symbol, and CASH in USD."`
	DailyPnL      DailyPnL          `json:"daily_pnl" doc:"The day against the model's previous close."`
	CumulativePnL CumulativePnL     `json:"cumulative_pnl" doc:"The model's gain since its initial cash."`
	Starting      StartingPosition  `json:"starting_position" doc:"The holdings at the model's previous close."`
	Allocation    []Allocated       `json:"allocation,omitzero" doc:"The holdings by value, largest first, then cash; with detail=full."`
	Trades        []Trade           `json:"trades,omitzero" doc:"The executed orders, in order; with detail=full."`
	Reasoning     *Reasoning        `json:"ai_reasoning,omitempty" doc:"The account of the session; with detail=full or reasoning."`
	Transcript    []TranscriptEntry `json:"transcript,omitzero" doc:"Every message of the session, in order; with reasoning=full."`
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

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Positions) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	ledger := sim.NewLedger(0)
	for name, value := range members {
		if name == "CASH" {
			if err := json.Unmarshal(value, &ledger.Cash); err != nil {
				return err
			}
			continue
		}
		var quantity sim.Quantity
		if err := json.Unmarshal(value, &quantity); err != nil {
			return err
		}
		ledger.Holdings[name] = quantity
	}
	*p = Positions(ledger)
	return nil
}

// DailyPnL is the gain of one day.
type DailyPnL struct {
	Profit         sim.Money    `json:"profit" doc:"USD: portfolio_value less starting_position.portfolio_value."`
	ReturnPct      *sim.Percent `json:"return_pct" nullable:"true" doc:"Percent: profit / starting_position.portfolio_value."`
	PortfolioValue sim.Money    `json:"portfolio_value" doc:"USD: cash and holdings at the close of the day."`
	ValuedAt       sim.Basis    `json:"valued_at" enum:"close,open,last_close"`
}

// CumulativePnL is the gain since the initial cash.
type CumulativePnL struct {
	Profit    sim.Money    `json:"profit" doc:"USD: the value of the day less the initial cash."`
	ReturnPct *sim.Percent `json:"return_pct" nullable:"true" doc:"Percent: profit / initial cash."`
}

// StartingPosition is what a model began its day with.
type StartingPosition struct {
	Holdings       []Holding `json:"holdings" doc:"The holdings, sorted by symbol."`
	Cash           sim.Money `json:"cash" doc:"USD."`
	PortfolioValue sim.Money `json:"portfolio_value" doc:"USD at the previous close; the initial cash on the first day."`
}

// Holding is a number of shares.
type Holding struct {
	Symbol   string       `json:"symbol" doc:"The ticker."`
	Quantity sim.Quantity `json:"quantity" doc:"Shares."`
}

// Allocated is a part of a portfolio.
type Allocated struct {
	Symbol   string       `json:"symbol" doc:"The ticker, or CASH."`
	Value    sim.Money    `json:"value" doc:"USD, at the price that portfolio_value is based on."`
	SharePct *sim.Percent `json:"share_pct" nullable:"true" doc:"Percent of portfolio_value."`
}

// Trade is an executed order.
type Trade struct {
	ID         string        `json:"id" doc:"JOB:DATE:MODEL:NUMBER; it never changes."`
	Action     sim.EntryKind `json:"action" enum:"buy,sell" doc:"The side of the order."`
	Symbol     string        `json:"symbol" doc:"The ticker."`
	Amount     sim.Quantity  `json:"amount" doc:"Shares."`
	Price      sim.Money     `json:"price" doc:"USD per share, slippage included."`
	Commission sim.Money     `json:"commission" doc:"USD for the order."`
	Total      sim.Money     `json:"total" doc:"USD: amount x price, without the commission."`
	CashAfter  sim.Money     `json:"cash_after" doc:"USD left after the order."`
}

// TradeList is a page of trades.
type TradeList struct {
	Count  int         `json:"count" doc:"The number of trades in this answer."`
	Next   string      `json:"next,omitempty" doc:"More trades follow: pass this value as next."`
	Trades []DatedFill `json:"trades" doc:"The fills in order of date, model and time."`
}

// DatedFill is a trade with its day.
type DatedFill struct {
	Date  sim.Date `json:"date" doc:"The trading date."`
	Model string   `json:"model" doc:"The signature of the model."`
	JobID string   `json:"job_id" doc:"The job that closed the day."`
	Trade
}

// Reasoning is the account of a session.
type Reasoning struct {
	TotalSteps  int            `json:"total_steps" doc:"Completions of the model."`
	Signal      bool           `json:"stop_signal_received" doc:"Whether the model said it was done."`
	StopReason  sim.StopReason `json:"stop_reason"`
	Summary     string         `json:"reasoning_summary" doc:"The model's last message."`
	ToolUsage   map[string]int `json:"tool_usage" doc:"Calls by tool."`
	Tokens      Tokens         `json:"tokens" doc:"The tokens the session used."`
	CachedPct   *sim.Percent   `json:"cached_pct" nullable:"true"`
	Unguarded   int            `json:"unguarded_calls,omitempty"`
	NewsRefused map[string]int `json:"news_refused,omitempty"`
	CostUSD     *sim.TokenCost `json:"cost_usd" nullable:"true"`
}

// TranscriptEntry is one message of a session.
type TranscriptEntry struct {
	Step       int            `json:"step" doc:"0 for the prompt, then the number of the completion."`
	Role       string         `json:"role" enum:"system,user,assistant,tool" doc:"The author of the message."`
	Content    string         `json:"content" doc:"The text, or the answer of a tool."`
	Reasoning  string         `json:"reasoning,omitempty" doc:"The model's reasoning, where its provider returns it."`
	ToolName   string         `json:"tool_name,omitempty" doc:"The tool that was called."`
	ToolCallID string         `json:"tool_call_id,omitempty" doc:"The call that this message answers."`
	Arguments  string         `json:"arguments,omitempty" doc:"The arguments as the model sent them."`
	Unguarded  bool           `json:"unguarded,omitempty"`
	AsOf       *sim.Date      `json:"as_of,omitempty" doc:"The date that the answer of the tool is true for."`
	Tokens     *Tokens        `json:"tokens,omitempty" doc:"Of an answer of the model: the tokens of the step, retries included."`
	CostUSD    *sim.TokenCost `json:"cost_usd,omitempty" doc:"Of an answer of the model: USD for the step, where it has a price."`
	Timestamp  time.Time      `json:"timestamp" doc:"When the message was written."`
}
