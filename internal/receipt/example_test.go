package receipt_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"aitrader/internal/receipt"
	"aitrader/internal/sim"
)

// exampleReceipt is the file of a job of one day, on which a model bought two shares.
func exampleReceipt() []byte {
	date := sim.MustParseDate("2025-10-01")
	opening := sim.NewLedger(1000 * sim.Dollar)
	buy := sim.Entry{
		Kind: sim.EntryBuy, Symbol: "AAPL", Quantity: 2 * sim.Share, Price: 200 * sim.Dollar, CashAfter: 600 * sim.Dollar,
	}
	closing, err := sim.Fold(opening, []sim.Entry{buy})
	if err != nil {
		panic(err)
	}
	day := receipt.DayOf(sim.Day{
		Ref: sim.DayRef{Date: date}, Opening: opening, Entries: []sim.Entry{buy}, Closing: closing,
		Session: sim.Session{StopReason: sim.StopSignal},
	}, nil)
	text, err := json.Marshal(receipt.Seal(
		receipt.TermsOf(sim.Job{
			Plan:     sim.Plan{Dates: []sim.Date{date}},
			Settings: sim.Settings{InitialCash: opening.Cash, Models: []sim.ModelSpec{{Signature: "mine"}}},
		}),
		[]receipt.Chain{{Model: "mine", Days: []receipt.Day{day}}},
	))
	if err != nil {
		panic(err)
	}
	return text
}

// A receipt comes from GET /jobs/{job_id}/receipt. Verify needs nothing else: no store,
// no prices and no network.
func ExampleVerify() {
	text := exampleReceipt()
	forged := []byte(strings.Replace(string(text), `"price":200`, `"price":150`, 1))
	for _, file := range [][]byte{text, forged} {
		r, err := receipt.Parse(file)
		if err != nil {
			fmt.Println(err)
			return
		}
		differences := receipt.Verify(r)
		fmt.Println("sound:", len(differences) == 0)
		if len(differences) > 0 {
			fmt.Println(differences[0])
		}
	}
	// Output:
	// sound: true
	// sound: false
	// mine 2025-10-01: the entries do not fold: entry 0 states cash of 600, and the fold gives 700
}
