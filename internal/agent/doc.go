// Package agent runs one session: the conversation of one model on one date.
//
// A [Session] shows a [Model] the prompt ([Prompt], made from a [Brief]) and
// then, step by step, runs the tool calls of its answers until it ends. The
// tools act on a [Desk]: the market as a [sim.View] and a local ledger, on which
// orders are executed at today's open. What the session did comes back as a
// [sim.Outcome]; nothing is written anywhere else.
//
// Two kinds of things go wrong. What the model did wrong (an order without
// cash, broken arguments, a tool that does not exist) is an answer to the model,
// which can do better next time. What is wrong with the machinery (the model
// cannot be reached, a tool has broken, the context was cancelled) is a Go
// error: it ends the attempt, and nothing of it is kept.
//
// The package has no state: everything belongs to a desk or a session, and any
// number of them run side by side.
package agent
