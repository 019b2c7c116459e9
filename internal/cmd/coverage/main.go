// Command coverage prints the coverage of each package from a profile, and fails
// when one is below the project's minimum:
//
//	go test -coverpkg=./... -coverprofile=coverage.out ./...
//	go run ./internal/cmd/coverage coverage.out
//
// A block counts as covered when the tests of any package run it.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/tools/cover"
)

const module = "aitrader/"

// minimum is the least coverage of a package, in percent. It is higher where a fault
// would be silent: in books that are wrong, or in news of the future.
func minimum(pkg string) float64 {
	switch pkg {
	case "internal/sim", "internal/engine", "internal/sqlite", "internal/aws/dynamo", "internal/news":
		return 95
	default:
		return 85
	}
}

// exempt are packages whose coverage says nothing, with the reason.
var exempt = map[string]string{
	"internal/storetest":    "a suite of tests: only its failures are not reached",
	"internal/cmd/coverage": "this command",
	// The tests of the folder functions run these compiled, as processes.
	"functions/trigger":       "a compiled function",
	"functions/status":        "a compiled function",
	"functions/results":       "a compiled function",
	"functions/modelday":      "a compiled function",
	"functions/nextdate":      "a compiled function",
	"internal/app/gateway":    "linked into compiled functions",
	"internal/app/serverless": "linked into compiled functions",
	"internal/aws/stepfn":     "linked into compiled functions",
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: coverage PROFILE"))
	}
	profiles, err := cover.ParseProfiles(os.Args[1])
	if err != nil {
		fail(err)
	}
	if err := report(os.Stdout, summarise(profiles)); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "coverage:", err)
	os.Exit(1)
}

// counts are the statements of a package.
type counts struct{ covered, all int }

func (c counts) percent() float64 { return 100 * float64(c.covered) / float64(c.all) }

// summarise sums up the statements by package.
func summarise(profiles []*cover.Profile) map[string]counts {
	packages := map[string]counts{}
	for _, p := range profiles {
		pkg := strings.TrimPrefix(path.Dir(p.FileName), module)
		if exempt[pkg] != "" {
			continue
		}
		c := packages[pkg]
		for _, b := range p.Blocks {
			c.all += b.NumStmt
			if b.Count > 0 {
				c.covered += b.NumStmt
			}
		}
		packages[pkg] = c
	}
	return packages
}

// report prints the packages, and returns an error that names those below their
// minimum.
func report(out io.Writer, packages map[string]counts) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	var low []string
	var total counts
	fmt.Fprintln(w, "COVERED\tMINIMUM\t  PACKAGE")
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		c := packages[pkg]
		if c.all == 0 {
			continue
		}
		fmt.Fprintf(w, "%.1f %%\t%.0f %%\t  %s\n", c.percent(), minimum(pkg), pkg)
		if c.percent() < minimum(pkg) {
			low = append(low, pkg)
		}
		total.covered, total.all = total.covered+c.covered, total.all+c.all
	}
	if total.all == 0 {
		return fmt.Errorf("the profile has no statements")
	}
	fmt.Fprintf(w, "%.1f %%\t\t  all\n", total.percent())
	if err := w.Flush(); err != nil {
		return err
	}
	if len(low) > 0 {
		return fmt.Errorf("below the minimum: %s", strings.Join(low, ", "))
	}
	return nil
}
