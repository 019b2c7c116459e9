package sim_test

import (
	"fmt"

	"aitrader/internal/sim"
)

// A fill moves the open against the trader, and adds a commission.
func ExampleTradingCosts_FillPrice() {
	costs := sim.TradingCosts{
		CommissionPerShare: sim.Dollar / 200, // 0.005 USD
		CommissionMin:      1 * sim.Dollar,
		Slippage:           50_000, // 5 basis points
	}
	price, commission, err := costs.FillPrice(sim.EntryBuy, 10*sim.Share, 200*sim.Dollar)
	fmt.Println(price, commission, err)

	price, commission, err = costs.FillPrice(sim.EntrySell, 1000*sim.Share, 200*sim.Dollar)
	fmt.Println(price, commission, err)
	// Output:
	// 200.1 1 <nil>
	// 199.9 5 <nil>
}

// An order that the cash cannot pay for leaves the ledger unchanged.
func ExampleLedger_Apply() {
	ledger := sim.NewLedger(1000 * sim.Dollar)
	buy := sim.Entry{Kind: sim.EntryBuy, Symbol: "AAPL", Quantity: 4 * sim.Share, Price: 200 * sim.Dollar, Commission: sim.Dollar}

	fmt.Println(ledger.Apply(&buy), ledger.Cash, ledger.Holdings["AAPL"], buy.CashAfter)

	again := buy
	err := ledger.Apply(&again)
	fmt.Println(err)
	fmt.Println(ledger.Cash, ledger.Holdings["AAPL"])
	// Output:
	// <nil> 199 4 199
	// invalid_request: insufficient cash: 4 shares of AAPL at 200.00 cost 801.00, and 199.00 is available
	// 199 4
}

// The entries of a day, applied to its opening ledger, give its closing ledger.
func ExampleFold() {
	opening := sim.NewLedger(1000 * sim.Dollar)
	closing, err := sim.Fold(opening, []sim.Entry{
		{Kind: sim.EntryBuy, Symbol: "AAPL", Quantity: 4 * sim.Share, Price: 200 * sim.Dollar, CashAfter: 200 * sim.Dollar},
		{Kind: sim.EntrySell, Symbol: "AAPL", Quantity: 1 * sim.Share, Price: 210 * sim.Dollar, CashAfter: 410 * sim.Dollar},
	})
	fmt.Println(closing.Cash, closing.Holdings, opening.Cash, err)
	// Output: 410 map[AAPL:3] 1000 <nil>
}
