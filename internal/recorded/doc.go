// Package recorded plays back what a model once did: a position.jsonl as
// AI-Trader writes it.
//
// Each line of such a file is a row: a date, an action ("buy" or "sell" with
// symbol and amount, or "no_trade"), and all holdings and the cash after it.
// [Load] reads one, and the [Recording] is an [agent.Model]: on each date it asks
// for that date's orders by tool calls, in order, through the same loop, tools
// and ledger as any model, and then finishes. It believes nothing: what the
// tools answer must be what the file says, after every order and at the end of
// the day, to the last 1/10,000 USD. Otherwise the model-day fails with
// recording_mismatch and says where.
package recorded
