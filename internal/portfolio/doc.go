// Package portfolio values books: what they are worth at a close, how their value
// moves over time, and how the models that own them compare. It is pure: closed
// days and prices come in, values come out, and nothing is read or stored.
//
//   - value.go values a book at the close of a date.
//   - returns.go turns two values into a return.
//   - curve.go values a range of closed days, as a [Curve].
//   - activity.go and lots.go say how a curve's cash, holdings and trades were used.
//   - benchmark.go follows a symbol that is bought and held.
//   - standings.go ranks models and summarises replicas.
//   - comparison.go tests whether models differ by more than chance.
//
// A book's curve begins with its initial cash, dated the trading day before its
// first day, so that day one counts; then comes the close of each of its days. A
// day's gain is against the point before it on that curve.
//
// Values of books and returns between two of them are exact ([sim.Money],
// [sim.Percent]). Statistics are float64, as in package stats.
package portfolio
