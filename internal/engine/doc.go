// Package engine moves a job from its trigger to its end.
//
// [Jobs] is what callers ask for: a trigger is planned and stored as a job, a
// job is cancelled, what failed is tried again. [Engine] is what an execution
// does: [Engine.Next] closes a date and names the next one, [Engine.RunDay] runs
// one model-day, [Engine.Finalise] ends the job. [Engine.RunJob] makes these steps
// in the order in which a state machine calls them elsewhere; only what is written
// between two dates, where the first one's model-days are over, is written while
// the second one begins.
//
// Every step can be run again at any point, by this process or by another one:
// the state lies in the store alone, and nothing but keys travels between steps.
package engine
