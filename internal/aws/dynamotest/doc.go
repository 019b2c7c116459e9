// Package dynamotest is DynamoDB for tests: an HTTP handler that keeps items in
// memory. It knows what package dynamo uses and refuses everything else, a scan
// above all.
//
// It is stricter than the emulators are. It enforces the limits of items, pages,
// batches and transactions; it refuses one of two transactions that meet on an
// item, which emulators never do; it demands the token that makes a transaction
// safe to repeat, and remembers it; it wants every name of an expression
// written as a placeholder, so that no reserved word can slip in; and it counts
// units by the published rules. It can lose requests and answers.
//
// It was written by the same hands as what it tests. So the conformance suite
// runs on an emulator of other hands too.
package dynamotest
