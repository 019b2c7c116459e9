// Package importtest keeps the house in order, by tests that read the files of
// the repository:
//
//   - who may import whom. Above stand functions and cmd, then internal/app,
//     which joins everything. Below it each package knows internal/sim and, with
//     few exceptions, no sibling: they meet through the types of sim and through
//     small interfaces.
//   - where the big libraries may appear: each in the one package that
//     translates it, so that replacing it stays a local change.
//   - that internal/sim is pure: standard library only, no clock, no I/O.
//   - names, sizes and comments of packages and files.
//
// The files are parsed. Asking the go command instead would let a cached test
// pass after an import has changed.
package importtest
