// Package sim is the domain: all words of the simulation, and the rules that need
// nothing but those words. It imports only the standard library and package text,
// reads no clock and does no I/O: what it must know is an argument. Every other
// package uses its types and is tested against its promises.
//
// # A tour, in the order of the flow
//
// A market is made of [Bar], [Split] and [Dividend] rows, which a [PriceStore] store
// keeps and hands out as one immutable [MarketData]. Its figures are exact: [Money],
// [Quantity] and [PerShare] are integers of a fixed unit, and [Date] names a bar: a day,
// or a minute of it. A [Market] is a value of the table in markets.go, and knows when it
// trades and in which bars.
//
// A [TriggerRequest] asks for a simulation. [MakePlan] turns it into a [Plan]:
// for each model a span of the dates that have bars, after the last close of its
// book; or it finds that nothing is missing. What the plan becomes is a [Job],
// with the [Settings] that it will run from whatever happens to the
// configuration meanwhile.
//
// A book is the chain of closed days of one model in one experiment. Its [Head]
// is the only part of it that changes, and only by the functions of book.go:
// creating a job assigns the book and may rewind it ([BookPlan]); a model-day claims
// it and gets a [Grant] with a fence number ([ModelDayRecord.Claim]); only the holder
// of the newest fence can close the day ([ModelDayRecord.Commit]). A job changes only
// by the functions of lifecycle.go, from [Job.Heartbeat] to [Job.Finish]. All of them
// are pure, so that every store follows one protocol, and it is proven once.
//
// A claimed model-day opens with the ledger of the book's last day, carried over
// the splits and dividends since ([View.OpeningEntries]). The agent gets a
// [View]: the market data as it stood before the opening bell of its date, plus that
// date's opens. No method of it takes or gives anything later.
//
// Orders are filled at the open by [TradingCosts.FillPrice] and become an [Entry] of the
// [Ledger], which refuses what cannot be. A [Day] is an opening ledger and
// entries; [Fold] applies them again before the day is committed, and whenever the
// closing ledger is verified.
//
// Results are read from the days: [MarketData.Value] says what a ledger is worth on
// a date, and on which kind of price that rests. [Progress] counts how far a job is.
//
// A [Store] keeps jobs and books; its roles, such as [JobStore] and [BookStore], state
// what it promises, method by method. An [Error] has a [Kind], and code acts on the
// kind only.
package sim
