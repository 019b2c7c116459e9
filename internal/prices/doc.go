// Package prices reads price files into the domain's bars, splits and dividends.
//
// The format of a file follows from its content, never from its name:
//
//   - CSV whose header has symbol, date, open, high, low, close and volume, in
//     any order and case (csv.go);
//   - CSV with symbol, ex_date, ratio (splits) or symbol, ex_date, amount
//     (dividends) (actions.go);
//   - the JSON answer of Alpha Vantage's TIME_SERIES_DAILY and of its adjusted
//     variant, and AI-Trader's merged.jsonl, which is one such object per line
//     with other names for open and close (vantage.go).
//
// Each may be compressed with gzip, begin with a UTF-8 byte order mark and end
// its lines with CRLF. One collector (collect.go) checks the rows of every format by the
// same rules: a file with one wrong row gives an error that names the place, and no rows
// at all. Files are read as a stream; only their rows are kept in memory.
package prices
