package importtest

// This table is the architecture; doc.go explains its levels. Test files may
// import any package of the repository.

// ground lists the ground floor. Its packages import the standard library and each
// other.
var ground = []string{
	"internal/backoff", "internal/inprocess", "internal/jsoncut", "internal/netaddr", "internal/secret",
	"internal/strictjson", "internal/text", "internal/vendorhttp",
}

// rooms lists what a package may import besides the ground floor and the domain. A
// package without an entry imports nothing else of this repository.
var rooms = map[string][]string{
	// Figures.
	"internal/portfolio": {"internal/stats"},
	// Services, in the order of the flow.
	"internal/daily":    {"internal/engine"},
	"internal/executor": {"internal/engine"},
	"internal/trader": {
		"internal/agent", "internal/baseline", "internal/calculator", "internal/engine", "internal/mcptool",
		"internal/news", "internal/openaimodel", "internal/recorded",
	},
	// Models and tools of a session.
	"internal/baseline":    {"internal/agent"},
	"internal/mcptool":     {"internal/agent"},
	"internal/openaimodel": {"internal/agent"},
	"internal/recorded":    {"internal/agent"},
	// Servers.
	"internal/httpapi": {
		"internal/api", "internal/apikey", "internal/portfolio", "internal/receipt", "internal/stats", "internal/web",
	},
	"internal/mcpserver": {"internal/agent", "internal/api", "internal/mcptool"},
	// Input.
	"internal/config":          {"internal/prices/download"},
	"internal/prices/download": {"internal/prices"},
	"internal/prices/feed":     {"internal/prices/download"},
	// The engine's executor on AWS.
	"internal/aws/stepfn": {"internal/engine"},
	// Support of tests.
	"internal/aws/runtimetest": {"internal/logtest"},
	"internal/sqlitetest":      {"internal/sqlite"},
	"internal/storetest":       {"internal/rounds"},
}

// joiners may import every package, and no other package may import them.
var joiners = []string{"cmd", "functions", "internal/app", "internal/cmd", "internal/e2e"}

// libraries lists the folders where a library may appear, in tests too.
var libraries = map[string][]string{
	"github.com/aws/":                   {"internal/aws", "internal/app", "functions"},
	"github.com/awslabs/":               {"internal/aws", "internal/app", "functions"},
	"github.com/danielgtaylor/huma":     {"internal/httpapi"},
	"github.com/expr-lang/expr":         {"internal/calculator"},
	"github.com/mark3labs/mcp-go":       {"internal/mcptool"},
	"github.com/sashabaranov/go-openai": {"internal/openaimodel"},
	"modernc.org/sqlite":                {"internal/sqlite"},
}

// testLibraries may appear in test files and in suites, which are test suites for
// other packages.
var (
	testLibraries = []string{
		"github.com/anishathalye/porcupine", "github.com/chromedp", "github.com/hashicorp/cronexpr", "github.com/stretchr/testify",
		"go.uber.org/goleak", "go.yaml.in/yaml", "pgregory.net/rapid",
	}
	suites = []string{"internal/storetest"}
)

// badNames are package names that do not say what a package is for.
var badNames = []string{"utils", "util", "common", "types", "models", "helpers", "misc", "shared"}

// badPrefixes are replaced by max and min in the names of constants.
var badPrefixes = []string{"most", "longest", "largest", "biggest", "least", "shortest", "smallest"}

// Limits, in lines.
const (
	maxFile  = 500
	maxMain  = 40   // main.go of a function, which only wires
	maxWired = 2000 // internal/app without its tests: logic lives in the packages that it wires
)
