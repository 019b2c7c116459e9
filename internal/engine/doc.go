// Package engine takes a job from its trigger to its end.
//
// [Jobs] serves callers: it plans a trigger and stores it as a job, cancels a job,
// and retries what failed. [Engine] executes: [Engine.Next] closes a date and names
// the next one, [Engine.RunDay] runs one model-day, [Engine.Finalise] ends the job.
// [Engine.RunJob] makes these steps in the order in which a state machine makes them
// elsewhere. It differs in one point: the write between two dates may overlap with
// the start of the second date, once the model-days of the first are over.
//
// Every step can be run again at any point, by this process or by another one: all
// state is in the store, and only keys travel between steps.
package engine
