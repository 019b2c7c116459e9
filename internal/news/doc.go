// Package news searches for what was published before the opening bell of a
// session, and for nothing else.
//
// A [Source] asks a vendor, or reads a file, and returns an [Item] for each thing
// that it found, as it found it. Nothing of that is believed. Everything passes
// one guard (guard.go), which is bound to the bell, 09:30 in New York on the
// date of the session, and lets an item through only when
//
//   - its source says when it was published, as a date that has one meaning
//     (stamp.go): with a zone if it has a time, and not relative to a now that
//     is not known. A date without a time counts as the end of its day;
//   - that is strictly before the bell;
//   - it is no page that is rewritten while things happen (live.go);
//   - its address and texts name no day that lies ahead (named.go), because a
//     page that does is younger than it says, or tells of what is to come.
//
// What passes is cleaned and cut to size (clean.go), and its words are put
// between marks. What does not is counted by its [Reason] and leaves no trace in
// the answer.
//
// A [Search] is a source with its guard; [Search.On] binds it to a date, and the
// result has no method that takes another one.
//
// Errors never hold a key, an address with a key, or words of a vendor: those may
// name later dates.
package news
