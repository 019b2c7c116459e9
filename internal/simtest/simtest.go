// Package simtest writes values of the domain as constants of tests. Only tests import
// this package.
package simtest

import "aitrader/internal/sim"

// Dollars reads an amount such as "12.34", and panics on anything else.
func Dollars(text string) sim.Money {
	amount, err := sim.ParseMoney(text)
	if err != nil {
		panic(err)
	}
	return amount
}
