// Package sqlite keeps jobs, books and prices in one SQLite file. It implements
// [sim.Store] and [sim.PriceStore].
//
// One goroutine with one connection writes (writer.go). It runs all waiting
// operations, and those that arrive meanwhile, in one transaction, commits once and
// then answers all callers: while one batch is committed, the next one gathers. An
// operation that is refused or fails leaves no trace and does not affect the others.
// The writer holds the last transition of each book for the next one (recent.go).
//
// Reads use a small pool of other connections; every read sees one snapshot. Other
// processes can have the same file open.
//
// The rules are in package sim. An operation reads a job, a model-day or a head, applies
// a function of sim and writes the result (claim.go, lifecycle.go).
//
// The tables are described in migrations/; the views with names in _view show them in
// USD, shares and names, for people.
package sqlite
