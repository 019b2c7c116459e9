// Package stepfn is the state machine that walks a job on AWS, and its starter.
//
// The machine (simulation.asl.json) asks the function nextdate for the next
// date, maps the models of that date over the function modelday, and asks again,
// until the job is done. Only keys travel, so that its state does
// not grow: the books are in the store. What it tells its tasks, and what they
// answer, is in events.go.
//
// [Executor] starts one execution for each job, named after it, so that a second
// start is harmless. Step Functions is the queue of the service: there is no
// other.
package stepfn
