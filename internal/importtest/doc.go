// Package importtest tests the structure of this repository.
//
// The table in rules_test.go says which package may import which. From the top:
//
//   - Joiners (cmd, functions, internal/app and a few more) wire packages together.
//     They may import every package.
//   - Rooms are all other packages. A room imports the domain, the ground floor,
//     and what the table lists for it.
//   - The domain is internal/sim. It has no clock and no I/O, and imports the
//     standard library and the ground floor.
//   - The ground floor holds small packages without a word of the domain.
//
// The table in outside_rules_test.go says how bytes from outside are read: with a limit
// and a deadline, or in a place that was reviewed.
//
// The table of imports also confines big libraries: each may appear in the packages that
// translate it, so that replacing it stays a local change. The remaining rules are
// about names, sizes and package comments. Line lengths are not among them: lll
// checks Go files, internal/docstest checks Markdown.
//
// The tests parse the files. Asking the go command instead would let a cached
// result pass after an import has changed.
package importtest
