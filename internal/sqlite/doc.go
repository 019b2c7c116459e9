// Package sqlite keeps jobs, books and prices in one SQLite file. It implements
// [sim.Store] and [sim.PriceStore].
//
// Writing goes through one goroutine with one connection (writer.go). It runs all
// operations that are waiting, and those that come while it does, in one
// transaction, commits once and then answers everybody: the commit of one batch is
// the time in which the next one gathers. An operation that is refused or fails
// leaves no trace and does not touch its neighbours. The writer remembers the rows that it will need again (known.go).
//
// Reading goes through a small pool of other connections; every read sees one
// snapshot. Other processes may have the same file open.
//
// The rules of the book protocol are in package sim. An operation reads a head,
// has sim transform it and writes it back (books.go, claim.go).
//
// The tables are described in migrations/; the views ending in _view show them
// in USD, shares and names, for people.
package sqlite
