// Package stats computes what an equity curve says about a trader, and how sure
// that is. It is pure: numbers come in, numbers go out, and the same input, seeds
// included, always gives the same output.
//
// All figures rest on simple returns of consecutive closes, r[t] = v[t]/v[t-1] - 1,
// with a risk-free rate of 0. A year has 252 of them, and sample deviations divide
// by n-1. The definitions are those on which the libraries empyrical, quantstats,
// ffn and PerformanceAnalytics agree.
//
// A figure that is not defined, as the volatility of a single day, is never NaN, 0
// or infinite: it carries the reason instead.
package stats
