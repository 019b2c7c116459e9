// Package dynamo keeps jobs, books and prices in one DynamoDB table. It
// implements [sim.Store] and [sim.PriceStore].
//
// # The table
//
// An item is found by two texts, pk and sk (keys.go):
//
//	JOB#id          META                 what changes in a job, and the counts of its closed dates
//	JOB#id          PLAN                 what does not: plan, settings, warnings
//	JOB#id          MD#date#model        a model-day that has been claimed
//	JOB#id          TAB#model            the spending of a model; of the job, for an empty name
//	JOBS            created~id           the list of jobs
//	EXPERIMENTS     experiment           its active job, if any: the lock
//	EXP#experiment  HEAD#model           the head of a book
//	BOOK#exp#model  DAY#date#generation  a closed day, with its entries
//	LOG#job#model   date#fence           the transcript of a day, written before it
//	CALLBACKS       JOB#id#hash          a callback that is still to be delivered
//	IDEM#key        REQUEST              what a key was used for, until it expires
//	MARKET          VERSION              which items hold the current prices
//	MARKET          BARS#date#import     all bars of a date
//	MARKET          ACTIONS#import       all splits and dividends
//
// There is no index and no scan: every list is one range of sk under one pk, read
// with a Query, and every read is consistent. The heads of an experiment are in one
// range, so that a job's books, or all books, are one read.
//
// # Items
//
// An item holds a struct of this package as JSON, compressed when that saves a write
// unit, and cut in parts where it would exceed the size limit of an item (item.go).
// Fields are added to these structs and never renamed; form names the version. Every
// item has a revision. An item that can change is written only on the condition that
// its revision is still the one that was read (write.go).
//
// # Operations
//
// An operation reads, applies a function of sim, and writes in one transaction. When
// one of its conditions fails, another operation was faster, and it begins again with
// the new state (decide.go). So the second call of an operation whose answer was lost
// finds what the first one did. Operations on different books touch no common item:
// DynamoDB refuses one of two transactions that do.
package dynamo
