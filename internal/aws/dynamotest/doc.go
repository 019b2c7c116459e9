// Package dynamotest is DynamoDB for tests: an HTTP handler that keeps items in memory.
// It supports what package dynamo uses and refuses everything else, scans above all.
//
// It is stricter than the emulators. It enforces the limits of items, pages, batches and
// transactions; it refuses one of two transactions that meet on an item, which emulators
// never do; it requires the token that makes a transaction safe to repeat, and applies
// it; it requires a placeholder for every name in an expression, so that no reserved
// word can slip in; and it counts capacity units by the published rules. It can lose
// requests and answers.
//
// It shares its authors with package dynamo. So the conformance suite also runs on an
// independent emulator.
package dynamotest
