package importtest

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository, seen from this folder.
const root = "../.."

// sources returns all Go files of this module.
func sources(t *testing.T) []source {
	t.Helper()
	require.FileExists(t, filepath.Join(root, "go.mod"))
	files, err := readSources()
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(files, func(s source) bool { return s.name == "internal/sim/book.go" }),
		"the walk found the repository")
	return files
}

// readSources parses all Go files of this module, once for all tests.
var readSources = sync.OnceValues(func() ([]source, error) {
	var files []source
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			hidden := name != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_"))
			_, nested := os.Stat(filepath.Join(root, name, "go.mod"))
			if hidden || d.Name() == "testdata" || d.Name() == "node_modules" || (name != "." && nested == nil) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		file, err := parse(name, string(text))
		files = append(files, file)
		return err
	})
	return files, err
})

func TestTheRepositoryKeepsItsRules(t *testing.T) {
	files := sources(t)
	wrong := checkAll(files)
	for _, file := range files {
		wrong = append(wrong, check(file)...)
	}
	slices.Sort(wrong)
	require.Empty(t, wrong, strings.Join(wrong, "\n"))
}

func TestTheTableHasNoStaleEntries(t *testing.T) {
	require.Empty(t, stale(sources(t)))
}

// importing returns the text of a file that imports a package.
func importing(imported string) string { return "package x\n\nimport _ \"" + imported + "\"\n" }

func TestAFileThatBreaksARuleIsReported(t *testing.T) {
	const sibling, above, only = "the table of rooms", "may import it", "only allowed in "
	for _, c := range []struct{ name, text, want string }{
		{"internal/sim/a.go", importing("aitrader/internal/stats"), sibling},
		{"internal/sim/a.go", importing("github.com/google/uuid"), "imports no library"},
		{"internal/sim/a.go", importing("golang.org/x/sync/errgroup"), "imports no library"},
		{"internal/sim/a.go", importing("github.com/stretchr/testify/require"), "only allowed in tests"},
		{"internal/sim/a.go", importing("os"), "does no I/O"},
		{"internal/sim/a.go", importing("net/http"), "does no I/O"},
		{"internal/sim/a.go", importing("database/sql/driver"), "does no I/O"},
		{"internal/sim/a.go", "package sim\n\nimport \"time\"\n\nvar born = time.Now()\n", "uses time.Now"},
		{"internal/sim/a.go", "package sim\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n", "uses time.Sleep"},
		{"internal/engine/a.go", importing("aitrader/internal/agent"), sibling},
		{"internal/engine/a.go", importing("aitrader/internal/sqlite"), sibling},
		{"internal/engine/a.go", importing("aitrader/internal/app/local"), above},
		{"internal/agent/a.go", importing("aitrader/internal/mcptool"), sibling},
		{"internal/agent/a.go", importing("github.com/mark3labs/mcp-go/mcp"), only + "internal/mcptool"},
		{"internal/agent/a.go", importing("github.com/expr-lang/expr"), only + "internal/calculator"},
		{"internal/agent/a.go", importing("aitrader/internal/calculator"), sibling},
		{"internal/baseline/a.go", importing("aitrader/internal/recorded"), sibling},
		{"internal/mcptool/a.go", importing("aitrader/internal/engine"), sibling},
		{"internal/httpapi/a.go", importing("aitrader/internal/engine"), sibling},
		{"internal/stats/a.go", importing("aitrader/internal/httpapi"), sibling},
		{"internal/storetest/a.go", importing("aitrader/internal/sqlite"), sibling},
		{"internal/news/a.go", importing("aitrader/internal/agent"), sibling},
		{"internal/agent/a.go", importing("aitrader/internal/news"), sibling},
		{"internal/news/a.go", importing("aitrader/internal/app/logs"), above},
		{"internal/text/a.go", importing("aitrader/internal/sim"), "the ground floor"},
		{"internal/news/a.go", importing("aitrader/internal/config"), sibling},
		{"internal/newcomer/a.go", importing("aitrader/internal/prices"), sibling},
		{"internal/aws/dynamo/a.go", importing("aitrader/internal/sqlite"), sibling},
		{"internal/aws/dynamo/a.go", importing("aitrader/internal/aws/stepfn"), sibling},
		{"internal/sqlite/a.go", importing("github.com/aws/aws-sdk-go-v2/aws"), only + "internal/aws"},
		{"cmd/aitrader/a.go", importing("github.com/aws/aws-lambda-go/lambda"), only + "internal/aws"},
		{"cmd/aitrader/a.go", importing("modernc.org/sqlite"), only + "internal/sqlite"},
		{"internal/app/local/a.go", importing("modernc.org/sqlite"), only + "internal/sqlite"},
		{"internal/storetest/a.go", importing("modernc.org/sqlite"), only + "internal/sqlite"},
		{"internal/storetest/a_test.go", importing("modernc.org/sqlite/lib"), only + "internal/sqlite"},
		{"internal/agent/a.go", importing("github.com/sashabaranov/go-openai"), only + "internal/openaimodel"},
		{"internal/engine/a_test.go", importing("github.com/sashabaranov/go-openai"), only + "internal/openaimodel"},
		{"internal/app/local/a.go", importing("github.com/danielgtaylor/huma/v2"), only + "internal/httpapi"},
		{"internal/httpapix/a.go", importing("github.com/danielgtaylor/huma/v2"), only + "internal/httpapi"},
		{"internal/engine/a.go", importing("pgregory.net/rapid"), "only allowed in tests"},
		{"internal/app/local/a.go", importing("go.uber.org/goleak"), "only allowed in tests"},
		{"internal/utils/a.go", "package utils\n", "says nothing"},
		{"internal/stats/a_test.go", "package helpers_test\n", "says nothing"},
		{"internal/stats/a.go", "package stats\n" + strings.Repeat("\n", maxFile), "501 lines"},
		{"internal/stats/a.go", "package stats\n\nconst (\n\ta = 1\n\tmostDays = 2\n)\n", "constant mostDays"},
		{"functions/x/main.go", "package main\n\nfunc main() {}\n\nfunc rule() {}\n", "declares func rule"},
		{"functions/x/main.go", "package main\n" + strings.Repeat("\n", maxMain), "41 lines"},
	} {
		file, err := parse(c.name, c.text)
		require.NoError(t, err)
		found := check(file)
		require.Len(t, found, 1, "%s\n%s", c.name, c.text)
		require.Contains(t, found[0], c.name+": ")
		require.Contains(t, found[0], c.want)
	}
	_, err := parse("internal/sim/a.go", "package sim\n\nimport os\n")
	require.Error(t, err, "a file that does not parse cannot pass")
}

func TestPackagesThatBreakARuleAreReported(t *testing.T) {
	for want, texts := range map[string]map[string]string{
		"internal/price, internal/prices: packages with the same name": {
			"internal/price/a.go":  "// Package price.\npackage price\n",
			"internal/prices/a.go": "// Package prices.\npackage prices\n",
		},
		"internal/price: no file has a package comment": {
			"internal/price/a.go":      "package price\n",
			"internal/price/a_test.go": "// Package price.\npackage price\n",
		},
		"internal/app: 2001 lines; at most 2000 are allowed: it only wires": {
			"internal/app/local/a.go":      "// Package local.\npackage local\n" + strings.Repeat("\n", maxWired-1),
			"internal/app/local/a_test.go": "package local\n" + strings.Repeat("\n", maxWired),
		},
	} {
		var files []source
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			file, err := parse(name, texts[name])
			require.NoError(t, err)
			files = append(files, file)
		}
		require.Equal(t, []string{want}, checkAll(files))
	}
	require.Contains(t, stale(nil), "internal/portfolio does not import internal/stats")
	require.Contains(t, stale(nil), "internal/sqlite: no such folder")
}

func TestAFileThatKeepsTheRulesPasses(t *testing.T) {
	for name, imports := range map[string][]string{
		"internal/sim/a.go":         {"time", "time/tzdata", "context", "math/bits", "encoding/json", "aitrader/internal/text"},
		"internal/sim/a_test.go":    {"os", "github.com/stretchr/testify/require", "pgregory.net/rapid"},
		"internal/agent/a.go":       {"aitrader/internal/sim", "aitrader/internal/strictjson"},
		"internal/calculator/a.go":  {"aitrader/internal/sim", "github.com/expr-lang/expr"},
		"internal/mcptool/a.go":     {"aitrader/internal/sim", "aitrader/internal/agent", "github.com/mark3labs/mcp-go/mcp"},
		"internal/openaimodel/a.go": {"aitrader/internal/agent", "github.com/sashabaranov/go-openai", "net/http"},
		"internal/httpapi/a.go": {
			"aitrader/internal/stats", "aitrader/internal/web", "aitrader/internal/sim",
			"github.com/danielgtaylor/huma/v2/adapters/humago",
		},
		"internal/sqlite/a.go":         {"modernc.org/sqlite", "modernc.org/sqlite/lib"},
		"internal/storetest/a.go":      {"github.com/stretchr/testify/require", "aitrader/internal/sim"},
		"internal/engine/a_test.go":    {"aitrader/internal/sqlite", "aitrader/internal/agent", "go.uber.org/goleak"},
		"internal/aws/dynamo/a.go":     {"github.com/aws/aws-sdk-go-v2/service/dynamodb", "aitrader/internal/sim"},
		"internal/app/local/a.go":      {"aitrader/internal/sqlite", "aitrader/internal/engine", "aitrader/internal/config"},
		"internal/app/serverless/a.go": {"github.com/aws/aws-sdk-go-v2/config", "aitrader/internal/aws/dynamo"},
		"cmd/aitrader/a.go":            {"aitrader/internal/app/local", "aitrader/internal/sim", "github.com/alecthomas/kong"},
		"functions/trigger/main.go":    {"github.com/aws/aws-lambda-go/lambda", "aitrader/internal/app/gateway"},
		"internal/app/local/a_test.go": {"aitrader/internal/sqlite"},
		"internal/news/a.go":           {"aitrader/internal/sim", "net/http"},
	} {
		for _, imported := range imports {
			file, err := parse(name, importing(imported))
			require.NoError(t, err)
			require.Empty(t, check(file))
		}
	}
	file, err := parse("internal/engine/a.go", "package engine\n\nimport \"time\"\n\nvar now = time.Now\n")
	require.NoError(t, err)
	require.Empty(t, check(file), "only the domain has no clock")
}
