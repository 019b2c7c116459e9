package importtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository, seen from this folder.
const root = "../.."

// goFiles returns the text of all Go files of the module by their path.
func goFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.FileExists(t, filepath.Join(root, "go.mod"))
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			hidden := name != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_"))
			_, nested := os.Stat(filepath.Join(root, name, "go.mod"))
			if hidden || d.Name() == "testdata" || (name != "." && nested == nil) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) == ".go" {
			text, err := os.ReadFile(filepath.Join(root, name))
			files[name] = string(text)
			return err
		}
		return nil
	})
	require.NoError(t, err)
	return files
}

func TestTheHouse(t *testing.T) {
	files := goFiles(t)
	require.Contains(t, files, "internal/sim/book.go", "the walk found the repository")
	var wrong []string
	for name, text := range files {
		found, err := check(name, text)
		require.NoError(t, err)
		wrong = append(wrong, found...)
	}
	slices.Sort(wrong)
	require.Empty(t, wrong, strings.Join(wrong, "\n"))
}

func TestEveryPackageHasAComment(t *testing.T) {
	commented := map[string]bool{}
	for name, text := range goFiles(t) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.PackageClauseOnly)
		require.NoError(t, err)
		commented[path.Dir(name)] = commented[path.Dir(name)] || file.Doc != nil
	}
	for folder, ok := range commented {
		require.True(t, ok, "%s: no file has a package comment", folder)
	}
}

func TestTheListsNameRealPackages(t *testing.T) {
	files := goFiles(t)
	exists := func(folder string) bool {
		for name := range files {
			if strings.HasPrefix(name, folder+"/") {
				return true
			}
		}
		return false
	}
	for _, folder := range []string{"internal/sim", "internal/openaimodel", "internal/mcptool", "internal/sqlite", "internal/httpapi", "internal/storetest"} {
		require.True(t, exists(folder), "%s is gone: change the rule with it", folder)
	}
}

// TestTheRuleBites feeds the checker with what it must refuse.
func TestTheRuleBites(t *testing.T) {
	sources := func(imported string) string { return "package x\n\nimport _ \"" + imported + "\"\n" }
	const sibling, above, only = "the table of rooms", "it stands above", "only allowed in "
	for _, c := range []struct{ name, text, want string }{
		{"internal/sim/a.go", sources("aitrader/internal/stats"), sibling},
		{"internal/sim/a.go", sources("github.com/google/uuid"), "standard library only"},
		{"internal/sim/a.go", sources("golang.org/x/sync/errgroup"), "standard library only"},
		{"internal/sim/a.go", sources("github.com/stretchr/testify/require"), "only allowed in tests"},
		{"internal/sim/a.go", sources("os"), "does no I/O"},
		{"internal/sim/a.go", sources("net/http"), "does no I/O"},
		{"internal/sim/a.go", sources("database/sql/driver"), "does no I/O"},
		{"internal/sim/a.go", "package sim\n\nimport \"time\"\n\nvar born = time.Now()\n", "uses time.Now"},
		{"internal/sim/a.go", "package sim\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n", "uses time.Sleep"},
		{"internal/engine/a.go", sources("aitrader/internal/agent"), sibling},
		{"internal/engine/a.go", sources("aitrader/internal/sqlite"), sibling},
		{"internal/engine/a.go", sources("aitrader/internal/app/local"), above},
		{"internal/agent/a.go", sources("aitrader/internal/mcptool"), sibling},
		{"internal/agent/a.go", sources("github.com/mark3labs/mcp-go/mcp"), only + "internal/mcptool"},
		{"internal/baseline/a.go", sources("aitrader/internal/recorded"), sibling},
		{"internal/mcptool/a.go", sources("aitrader/internal/engine"), sibling},
		{"internal/httpapi/a.go", sources("aitrader/internal/engine"), sibling},
		{"internal/stats/a.go", sources("aitrader/internal/httpapi"), sibling},
		{"internal/storetest/a.go", sources("aitrader/internal/sqlite"), sibling},
		{"internal/news/a.go", sources("aitrader/internal/agent"), sibling},
		{"internal/agent/a.go", sources("aitrader/internal/news"), sibling},
		{"internal/news/a.go", sources("aitrader/internal/app/logs"), above},
		{"internal/text/a.go", sources("aitrader/internal/sim"), "the ground floor"},
		{"internal/news/a.go", sources("aitrader/internal/config"), sibling},
		{"internal/newcomer/a.go", sources("aitrader/internal/prices"), sibling},
		{"internal/aws/dynamo/a.go", sources("aitrader/internal/sqlite"), sibling},
		{"internal/aws/dynamo/a.go", sources("aitrader/internal/aws/stepfn"), sibling},
		{"internal/sqlite/a.go", sources("github.com/aws/aws-sdk-go-v2/aws"), only + "internal/aws"},
		{"cmd/aitrader/a.go", sources("github.com/aws/aws-lambda-go/lambda"), only + "internal/aws"},
		{"cmd/aitrader/a.go", sources("modernc.org/sqlite"), only + "internal/sqlite"},
		{"internal/app/local/a.go", sources("modernc.org/sqlite"), only + "internal/sqlite"},
		{"internal/storetest/a.go", sources("modernc.org/sqlite"), only + "internal/sqlite"},
		{"internal/storetest/a_test.go", sources("modernc.org/sqlite/lib"), only + "internal/sqlite"},
		{"internal/agent/a.go", sources("github.com/sashabaranov/go-openai"), only + "internal/openaimodel"},
		{"internal/engine/a_test.go", sources("github.com/sashabaranov/go-openai"), only + "internal/openaimodel"},
		{"internal/app/local/a.go", sources("github.com/danielgtaylor/huma/v2"), only + "internal/httpapi"},
		{"internal/httpapix/a.go", sources("github.com/danielgtaylor/huma/v2"), only + "internal/httpapi"},
		{"internal/engine/a.go", sources("pgregory.net/rapid"), "only allowed in tests"},
		{"internal/app/local/a.go", sources("go.uber.org/goleak"), "only allowed in tests"},
		{"internal/utils/a.go", "package utils\n", "says nothing"},
		{"internal/stats/a_test.go", "package helpers_test\n", "says nothing"},
		{"internal/stats/a.go", "package stats\n" + strings.Repeat("\n", maxLines), "501 lines"},
	} {
		found, err := check(c.name, c.text)
		require.NoError(t, err)
		require.Len(t, found, 1, "%s\n%s", c.name, c.text)
		require.Contains(t, found[0], c.name+": ")
		require.Contains(t, found[0], c.want)
	}
	_, err := check("internal/sim/a.go", "package sim\n\nimport os\n")
	require.Error(t, err, "a file that cannot be read is not in order")
}

func TestTheRuleAllows(t *testing.T) {
	for name, imports := range map[string][]string{
		"internal/sim/a.go":            {"time", "time/tzdata", "context", "math/bits", "encoding/json", "aitrader/internal/text"},
		"internal/sim/a_test.go":       {"os", "github.com/stretchr/testify/require", "pgregory.net/rapid"},
		"internal/agent/a.go":          {"aitrader/internal/sim", "github.com/expr-lang/expr"},
		"internal/mcptool/a.go":        {"aitrader/internal/sim", "aitrader/internal/agent", "github.com/mark3labs/mcp-go/mcp"},
		"internal/openaimodel/a.go":    {"aitrader/internal/agent", "github.com/sashabaranov/go-openai", "net/http"},
		"internal/httpapi/a.go":        {"aitrader/internal/stats", "aitrader/internal/web", "aitrader/internal/sim", "github.com/danielgtaylor/huma/v2/adapters/humago"},
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
			found, err := check(name, "package x\n\nimport _ \""+imported+"\"\n")
			require.NoError(t, err)
			require.Empty(t, found)
		}
	}
	found, err := check("internal/engine/a.go", "package engine\n\nimport \"time\"\n\nvar now = time.Now\n")
	require.NoError(t, err)
	require.Empty(t, found, "only the domain has no clock")
}
