// Package simulate runs the whole service in simulated worlds, one for each seed, and
// checks that it keeps its promises. It has tests only.
//
// # What is real
//
// The HTTP handlers (httpapi), the engine with triggers, retries and cancels, the
// executor that the processes of one machine share, the daily loop, the delivery of
// callbacks with its sender, the session and the desk of a model-day, and the
// transitions of package sim.
//
// # What is simulated
//
// The store is a set of maps that survives the processes: it applies the transitions of
// package sim and passes the suite of package storetest. The faulty store of that
// package stands before it. Providers, the vendor of prices, clients and the receivers
// of callbacks are scripts; the network is net.Pipe; the time is that of a bubble of
// testing/synctest.
//
// # What happens in a world
//
// A seed draws a scenario: when it begins (around days on which New York changes its
// clocks, and around holidays), one to three processes over one store, up to four models
// (steady, flaky, broken, slow, panicky, with a budget), clients that trigger, cancel,
// retry and read, and how often something goes wrong: a process dies just before or
// just after any call and starts again, a write is lost, or done and reported lost, a
// read fails, a call is slow, a receiver is deaf.
//
// Everything that reaches beyond the memory of a process is a call. It parks until all
// goroutines of the world are blocked; then the world draws one call from the seed, lets
// it happen, and waits again. So the order of calls is drawn, and not left to the Go
// scheduler.
//
// # What is checked
//
//   - The fold: each closed day follows from the one before it, and its fills are what
//     the provider ordered, added up with integers here. No day is closed twice, no
//     session runs twice without a fault that explains it, none begins before the date
//     before it is over, or on a day without trade.
//   - The protocol, told a second time in [spec]: after each write the store must agree
//     with it.
//   - The answers to clients: porcupine looks for an order of all calls in which each
//     answer is right.
//   - The evenings: the daily loop looks for bars and triggers at 18:30 in New York on
//     each trading day, and at no other time.
//   - The end: when the faults stop, every job ends, and every callback is delivered or
//     given up.
//
// [TestPlantedFaultsAreFound] proves that the checks see something: it plants mistakes
// in the protocol, in an overlay of the build, and each must make a seed fail.
//
// # A seed that fails
//
// The test prints its command, make simulate SEED=N. The trace has one line for each
// call: its number, the time in New York, the process and its life, and the kind of its
// error. Read it backwards from VIOLATED.
//
// # What does not repeat
//
// Within a process, goroutines that wait for nothing outside race as the Go scheduler
// lets them, and select draws between two channels that are ready at once. The tests run
// on one processor and keep timers apart, so that a seed repeats in all but about one of
// some thousand; [TestASeedRepeats] compares traces. SQLite is not simulated: its files
// and locks belong to the operating system. The process tests of packages sqlite and
// cmd/aitrader kill real processes.
package simulate
