// Package stats computes performance figures of equity curves, their confidence
// intervals, and tests between curves. It is pure: the same input, seeds included,
// always gives the same output.
//
// All figures are based on simple returns of consecutive closes, r[t] = v[t]/v[t-1] - 1,
// with a risk-free rate of 0. A year has 252 of them, and sample standard deviations
// divide by n-1. The definitions are those on which the libraries empyrical, quantstats,
// ffn and PerformanceAnalytics agree.
//
// A figure that is not defined, such as the volatility of a single day, is never NaN,
// 0 or infinite: it carries the reason instead.
package stats
