// Package dynamo keeps jobs, books and prices in one DynamoDB table. It
// implements [sim.Store] and [sim.PriceStore].
//
// # The table
//
// An item is found by two texts, pk and sk (keys.go):
//
//	JOB#id          META                 what changes in a job, and the counts of its closed dates
//	JOB#id          PLAN                 what does not: plan, settings, warnings
//	JOB#id          MD#date#model        a model-day that somebody has claimed
//	JOBS            created~id           the list of jobs
//	EXPERIMENTS     experiment           its active job, if there is one: the lock
//	EXP#experiment  HEAD#model           the head of a book
//	BOOK#exp#model  DAY#date#generation  a closed day, with its entries
//	LOG#job#model   date#fence           the transcript of a day, written before it
//	CALLBACKS       JOB#id#hash          an address that is still to be told of the end of a job
//	IDEM#key        REQUEST              what a key was used for, until it expires
//	MARKET          VERSION              which items hold the current prices
//	MARKET          BARS#date#import     all bars of a date
//	MARKET          ACTIONS#import       all splits and dividends
//
// There is no index and no scan: whatever is listed is one range of sk under one
// pk, read with a Query, and everything is read consistently. That the heads of
// an experiment stand together means that a job's books, or all books, are one
// read.
//
// # Items
//
// What an item holds is a struct of this package as JSON, compressed when that
// saves a write unit, and cut in parts where it would pass the limit of an item
// (item.go). Fields are added to these structs and never renamed; form names the
// version. Every item has a revision. What can change is only written on the
// condition that its revision is still the one that was read (write.go).
//
// # Operations
//
// An operation reads, has sim decide, and writes in one transaction. When one of
// its conditions fails, somebody was faster, and it begins again with what is
// there now (decide.go). So an operation whose answer was lost finds at its
// second call what the first one did. Operations of different books touch no
// common item: DynamoDB refuses one of two transactions that do.
package dynamo
