// Package e2e is the end-to-end suite: it starts the service of one machine as a
// program does, talks to it over HTTP, and reads its books.
//
//   - scenes_*_test.go: one situation each, on a small market of invented prices.
//   - golden_*_test.go: runs of real models and worked-out figures, on real prices.
//     The data is not part of the repository; without it these tests skip.
package e2e
