package importtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "aitrader/"

// ground is the ground floor: small packages without a word of the domain, which
// every room may import. They import the standard library and each other.
var ground = []string{
	"internal/backoff", "internal/inprocess", "internal/netaddr", "internal/secret", "internal/strictjson", "internal/text", "internal/vendorhttp",
}

// rooms says what a package may import of this repository, besides the ground
// floor and the domain. A package that is not listed imports no other. Test files
// are free: they may join what the program keeps apart.
var rooms = map[string][]string{
	// Pure figures.
	"internal/portfolio": {"internal/stats"},
	// Services: what happens, in the order of the flow.
	"internal/daily": {"internal/engine"},
	"internal/trader": {
		"internal/engine", "internal/agent", "internal/config", "internal/mcptool", "internal/news",
		"internal/openaimodel", "internal/baseline", "internal/recorded",
	},
	// Models and tools: the ways into a session.
	"internal/openaimodel": {"internal/agent"},
	"internal/baseline":    {"internal/agent"},
	"internal/recorded":    {"internal/agent"},
	"internal/mcptool":     {"internal/agent"},
	// What the outside asks.
	"internal/httpapi": {
		"internal/api", "internal/apikey", "internal/portfolio", "internal/receipt", "internal/stats", "internal/web",
	},
	"internal/mcpserver": {"internal/agent", "internal/api", "internal/mcptool"},
	// What is read from outside. A configuration is checked against the vendors and limits that it names.
	"internal/config":          {"internal/engine", "internal/prices/download"},
	"internal/prices/feed":     {"internal/config", "internal/prices/download"},
	"internal/prices/download": {"internal/prices"},
	// Its executor answers in the words of the engine, which it executes.
	"internal/aws/stepfn": {"internal/engine"},
	// Suites of tests for other packages; no program imports them.
	"internal/storetest": {"internal/rounds"},
}

// joiners stand above all rooms: they may import everything, and no room may
// import them.
var joiners = []string{"cmd", "functions", "internal/app", "internal/cmd", "internal/e2e"}

// libraries lists the folders in which a library may appear, tests included.
var libraries = []struct {
	prefix string
	only   []string
}{
	{"github.com/aws/", []string{"internal/aws", "internal/app", "functions"}},
	{"github.com/awslabs/", []string{"internal/aws", "internal/app", "functions"}},
	{"github.com/sashabaranov/go-openai", []string{"internal/openaimodel"}},
	{"github.com/mark3labs/mcp-go", []string{"internal/mcptool"}},
	{"modernc.org/sqlite", []string{"internal/sqlite"}},
	{"github.com/danielgtaylor/huma", []string{"internal/httpapi"}},
}

// testLibraries appear in test files only, and in the packages that are a suite
// of tests for other packages.
var (
	testLibraries = []string{"github.com/stretchr/testify", "pgregory.net/rapid", "go.uber.org/goleak", "github.com/hashicorp/cronexpr", "go.yaml.in/yaml", "github.com/chromedp"}
	suites        = []string{"internal/storetest"}
)

// badNames say nothing about what a package is for.
var badNames = []string{"utils", "util", "common", "types", "models", "helpers", "misc", "shared"}

const maxLines = 500

// check returns what is wrong with a file, given by its path from the root of
// the repository and its text.
func check(name, text string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	folder, isTest := path.Dir(name), strings.HasSuffix(name, "_test.go")
	var wrong []string
	report := func(format string, args ...any) {
		wrong = append(wrong, name+": "+fmt.Sprintf(format, args...))
	}
	if slices.Contains(badNames, strings.TrimSuffix(file.Name.Name, "_test")) {
		report("a package named %s says nothing; name it after what it does", file.Name.Name)
	}
	if lines := strings.Count(text, "\n"); lines > maxLines {
		report("%d lines; split it by what happens there (at most %d)", lines, maxLines)
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if reason := refuse(folder, isTest, imported); reason != "" {
			report("imports %s: %s", imported, reason)
		}
	}
	if folder == "internal/sim" && !isTest {
		for _, call := range clockCalls(file) {
			report("uses time.%s: the domain has no clock, it is told the time", call)
		}
	}
	return wrong, nil
}

// refuse returns why a file of a folder may not import a package, or "".
func refuse(folder string, isTest bool, imported string) string {
	if own, ok := strings.CutPrefix(imported, module); ok {
		if isTest {
			return ""
		}
		return refuseSibling(folder, own)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		if folder == "internal/sim" && !isTest && within(imported, []string{"os", "net", "log", "syscall", "database"}) {
			return "the domain does no I/O"
		}
		return ""
	}
	for _, l := range libraries {
		if strings.HasPrefix(imported, l.prefix) && !within(folder, l.only) {
			return "only allowed in " + strings.Join(l.only, ", ")
		}
	}
	if slices.ContainsFunc(testLibraries, func(l string) bool { return strings.HasPrefix(imported, l) }) {
		if !isTest && !within(folder, suites) {
			return "only allowed in tests"
		}
		return ""
	}
	if folder == "internal/sim" && !isTest {
		return "the domain uses the standard library only"
	}
	return ""
}

func refuseSibling(folder, imported string) string {
	switch {
	case within(folder, joiners):
		return ""
	case within(imported, joiners):
		return "it stands above"
	case slices.Contains(ground, imported):
		return ""
	case slices.Contains(ground, folder):
		return "the ground floor imports nothing of the house"
	case folder != "internal/sim" && imported == "internal/sim", slices.Contains(rooms[folder], imported):
		return ""
	}
	return "the table of rooms does not allow it; meet through types of sim or a small interface, and join them in internal/app"
}

// within reports whether a folder is one of the others or lies in one.
func within(folder string, others []string) bool {
	return slices.ContainsFunc(others, func(o string) bool { return folder == o || strings.HasPrefix(folder, o+"/") })
}

// clockCalls returns the functions of package time that a file uses and that
// look at the clock or wait for it.
func clockCalls(file *ast.File) []string {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(clock, s.Sel.Name) {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				out = append(out, s.Sel.Name)
			}
		}
		return true
	})
	return out
}
