// Package httpapi speaks HTTP for the service: it turns requests into the words
// of package sim, asks the store and the engine, and turns what comes back into
// JSON. It decides nothing about simulations.
//
// A tour, in the order in which a request meets the files:
//
//   - server.go puts everything together: [New].
//   - middleware.go logs each request once, turns panics into answers, bounds
//     bodies and makes problem documents of what ServeMux refuses.
//   - guard.go and keys.go decide who may do what.
//   - operation.go describes a route to huma, which decodes parameters and
//     writes the OpenAPI document; schema.go teaches it the types of sim.
//   - trigger.go, status.go, results.go, leaderboard.go, timeseries.go,
//     inventory.go and health.go hold the routes. A handler returns an answer or
//     an error.
//   - curve.go computes values of books, purely.
//   - errors.go is the one table from kinds of errors to status codes.
//   - docs.go makes the page at /docs from the OpenAPI document.
//
// Values are computed when they are read: the same question has a better answer
// once a close is known.
package httpapi
