// Package recorded replays the decisions of a model: those of a position.jsonl, as
// AI-Trader writes it, and those of a stored transcript.
//
// Each line of such a file is a row: a date, an action ("buy" or "sell" with
// symbol and amount, or "no_trade"), and all holdings and the cash after it.
// [Load] reads one, and the [Recording] is an [agent.Model]: on each date it asks
// for that date's orders by tool calls, in order, through the same loop, tools
// and ledger as any model, and then finishes. It checks
// everything: the answers of the tools must agree with the file after every order and at
// the end of the day, to 1/10,000 USD. Otherwise the model-day fails with
// recording_mismatch and the place.
package recorded
