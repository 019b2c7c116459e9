package prices_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aitrader/internal/prices"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// To add a price source, write its prices as CSV. Read checks every row, and PutPrices
// stores them; storing the same rows again changes nothing.
func ExampleRead() {
	rows, err := prices.Read("my-vendor", strings.NewReader(`symbol,date,open,high,low,close,volume
AAPL,2025-10-01,200,205,199,204,1000
AAPL,2025-10-02,204,206,203,205.5,1200
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "aitrader-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(dir, "prices.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()

	for range 2 {
		report, err := store.PutPrices(ctx, rows, time.Now())
		fmt.Println(report.Added, "added,", report.Unchanged, "unchanged,", err)
	}
	market, err := store.MarketData(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	last, on, _ := sim.NewView(market, sim.MustParseDate("2025-10-03")).LastClose("AAPL")
	fmt.Println(last, on)
	// Output:
	// 2 added, 0 unchanged, <nil>
	// 0 added, 2 unchanged, <nil>
	// 205.5 2025-10-02
}

// An error names the place, the value and what is allowed, and no row is returned.
func ExampleRead_mistake() {
	rows, err := prices.Read("bad.csv", strings.NewReader(`symbol,date,open,high,low,close,volume
AAPL,2025-10-01,200,205,199,-4,1000
`))
	fmt.Println(len(rows.Bars), err)
	// Output:
	// 0 invalid_request: bad.csv, line 2, column close: "-4": a price in USD above 0 is expected, such as 187.15, at most 100000000000
}
