// Package httpapi is the HTTP API of the service: it reads requests, asks the store
// and the engine in the words of package sim, and answers with the objects of
// package api. Jobs are planned and run by the engine, and books are valued by
// package portfolio.
//
// A tour. A request passes the files serve_*.go before it comes to its route:
//
//   - serve.go puts everything together: [New]. serve_options.go says what it needs.
//   - serve_middleware.go logs each request, turns panics into answers and bounds
//     bodies.
//   - serve_auth.go decides who may do what.
//   - serve_operation.go describes a route to huma, which decodes parameters and
//     writes the OpenAPI document; serve_schema.go teaches it the types of sim.
//   - serve_answer.go writes answers, and serve_problem.go holds the one table from
//     kinds of errors to status codes.
//
// Routes that start and follow jobs:
//
//   - job_trigger.go has trigger, cancel and retry. job_trigger_body.go lists the
//     fields of a trigger, which job_body.go reads and documents.
//   - job_status.go has status, current and jobs. job_report.go is the state of a job,
//     with job_details.go for its model-days and job_usage.go for its cost;
//     job_wait.go is the long poll.
//   - job_callback.go documents the callback that the service sends when a job ends.
//
// Routes that show results, computed when they are read, because the answer to the
// same question improves once a close is known:
//
//   - result_results.go has results: result_days.go for one date, and result_ranges.go
//     for a range, with the figures of result_performance.go.
//   - result_leaderboard.go has the leaderboard. result_board.go reads its books, and
//     result_comparison.go compares them. result_unbegun.go adds the models that have
//     failed before they closed a day.
//   - result_tally.go counts days with broken answers and failed ones.
//   - result_compare.go, result_timeseries.go, result_trades.go and result_receipt.go
//     have one route each.
//   - result_selection.go reads the days that a query selects, and result_queries.go
//     its parameters.
//
// Routes about the service:
//
//   - state_inventory.go has models and experiments, state_coverage.go the prices, and
//     state_health.go the health.
//   - docs.go serves the OpenAPI document and the web page, and docs_page.go makes the
//     page at /docs.
package httpapi
