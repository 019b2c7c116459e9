// Package download requests the daily prices that a store lacks from vendors.
//
// A [Fetcher] compares what is wanted with what is there, lets its [Vendor] cut
// the rest into questions (vendor.go), asks them one after the other, and stores
// what came. Trading days alone can lack bars, and only once they are over.
//
//   - Alpha Vantage answers for a symbol: its last 100 days or all of them, and
//     its splits and dividends by two further questions (alphavantage.go).
//   - Polygon answers for a date with all symbols at once, and for a span of dates
//     with the splits and dividends of all symbols (polygon.go).
//   - Stooq answers for a symbol and a span of dates, and reports neither splits nor
//     dividends (stooq.go).
//
// Bars are raw. Where a vendor reports splits and dividends, the bars of a question are
// only accepted together with them: a book that used one without the other would stay
// wrong. An odd row costs its own symbol a warning and what depends on it, and no other
// symbol anything (rows.go).
//
// Requests to a vendor are paced (pace.go), retried where that may help (client.go),
// and not repeated for what it has just said not to have (memory.go). A failure is a
// warning, not an error: what arrived stays.
//
// Neither errors nor warnings ever hold a key, an address, or words of a vendor,
// which repeat the key.
package download
