// Package news searches for what was published before the opening bell of a session,
// and for nothing else.
//
// A [Source] asks a vendor or reads a file, and returns an unchecked [Item] for each
// result. Every item passes one guard (guard.go), which is bound to the bell, 09:30 in
// New York on the date of the session. The guard admits an item only if
//
//   - its source gives an unambiguous date of publication (stamp.go): with a zone if it
//     has a time, and not relative to an unknown now. A date without a time counts as
//     the end of its day;
//   - that date is strictly before the bell;
//   - it is not a live page, which is rewritten as events unfold (live.go);
//   - its address and texts name no later day (named.go): a page that does is younger
//     than it claims, or speaks of the future.
//
// Admitted items are cleaned and cut (clean.go), and their texts are put between marks.
// Refused items are counted by [Reason] and leave no trace in the answer.
//
// A [Search] is a source behind its guard. [Search.On] binds it to a date; the result
// has no method that takes another date.
//
// Errors hold no key, no address and no words of a vendor, which may name later dates.
package news
