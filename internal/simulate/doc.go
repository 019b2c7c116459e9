// Package simulate runs the whole service in simulated worlds, one for each seed, and
// checks that it keeps its promises. It has tests only.
//
// # What is real
//
// The HTTP handlers (httpapi), the engine with triggers, retries and cancels, the
// executor that the processes of one machine share, the daily loop, the download of
// prices with its clients of Polygon and Alpha Vantage, the delivery of callbacks with its
// sender, the session and the desk of a model-day, and the transitions of package sim. In
// the worlds that are like AWS also the state machine, whose definition is interpreted,
// and the functions nextdate, modelday and status as package stepfn has them.
//
// # What is simulated
//
// The store is a set of maps that survives the processes: it applies the transitions of
// package sim and passes the suite of package storetest. The faulty store of that
// package stands before it. Providers, clients, and the far ends of the network, which
// are the vendor of prices and the receivers of callbacks, are scripts; the network is
// net.Pipe; the time is that of a bubble of testing/synctest. Lambda, Step Functions and
// EventBridge are in [cloud].
//
// # What happens in a world
//
// A seed draws a scenario: when it begins (around days on which New York changes its
// clocks, and around holidays), one to three processes over one store, up to four models
// (steady, flaky, broken, slow, panicky, with a budget), clients that trigger, cancel,
// retry and read, a vendor that knows days which the store lacks, and how often something
// goes wrong: a process dies just before or just after any call and starts again, a write
// is lost, or done and reported lost, a read fails, a call is slow, a receiver is deaf,
// the vendor answers 429, 500 or a web page.
//
// About a fifth of the worlds are like AWS. There an invocation can be refused, run twice
// at once, be killed, or outlast the patience of its caller, who then invokes another one;
// its calls can stand still for minutes or hours and happen when the machine has long
// continued; an event or a tick of the schedule comes twice, or not at all.
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
//   - The prices: what is stored is what the vendor said, and no bar is stored without the
//     splits and dividends of its day.
//   - The evenings: the daily loop looks for bars and triggers at 18:30 in New York on
//     each trading day, and at no other time.
//   - On AWS: only an invocation that replaces a dead one takes over, a model-day is lost
//     only by what the state machine cannot survive, and a job that is cancelled soon asks
//     no model.
//   - The end: when the faults stop, every job and every execution ends, and every callback
//     is delivered or given up.
//
// [TestPlantedFaultsAreFound] proves that the checks see something: it plants mistakes
// in the protocol, in an overlay of the build, and each must make a seed fail. All are in
// one binary, and an environment variable says which of them is made.
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
// some thousand; [TestASeedRepeats] compares traces.
//
// SQLite is not simulated, for three reasons. A connection that waits for a lock sleeps in
// a system call, in real time. A bubble takes that for work: its clock stands still, and
// where the holder of the lock waits for this clock, the lock is never released. The locks
// of files belong to the process of the operating system, so that the processes of a world
// would share them. And a simulated death leaves the pages that a real one loses. So real
// processes are killed by TestKilledAtAnyMoment and TestToldDaysSurviveAKill of package
// sqlite, and by TestKilledAtAnyMoment and TestACallbackSurvivesAKill of cmd/aitrader.
// DynamoDB and compiled functions run in TestMachineRunsThroughCrashes of functions.
package simulate
