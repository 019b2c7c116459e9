// Package agent runs one session: the conversation of one model on one date.
//
// A [Session] shows a [Model] the prompt ([Prompt], made from a [Brief]) and
// then, step by step, runs the tool calls of its answers until it ends. The
// tools act on a [Desk]: the market as a [sim.View] and a local ledger, on which
// orders are executed at today's open. A session returns a [sim.Outcome] and writes
// nothing else.
//
// A mistake of the model (an order without cash, broken arguments, a tool that does
// not exist) is answered to the model, which can correct itself. A failure of the
// machinery (an unreachable model, a broken tool, a cancelled context) is a Go error:
// it ends the attempt, of which nothing is stored.
//
// The package has no state. All state belongs to a desk or a session, and any number
// of sessions run concurrently.
package agent
