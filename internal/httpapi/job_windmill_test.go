package httpapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/cronexpr"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// example reads a file of examples/windmill as JSON.
func example(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "windmill", file))
	require.NoError(t, err)
	var v map[string]any
	require.NoError(t, yaml.Unmarshal(text, &v))
	asJSON, err := json.Marshal(v)
	require.NoError(t, err)
	clean, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	require.NoError(t, err)
	return clean.(map[string]any)
}

// openFlow compiles a part of the schema of OpenFlow in testdata, which names its
// source.
func openFlow(t *testing.T, part string) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", "openflow.schema.json") + "#/$defs/" + part)
	require.NoError(t, err)
	return schema
}

// modules calls a function for each module of a flow, in their order.
func modules(flow any, do func(id string, module map[string]any)) {
	list, _ := at(flow, "modules").([]any)
	for _, m := range list {
		module := m.(map[string]any)
		do(module["id"].(string), module)
		modules(module["value"], do)
	}
}

func TestTheFlowsForWindmillAreOpenFlow(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"poll.flow.yaml", "resume.flow.yaml"} {
		flow := example(t, file)
		require.NoError(t, openFlow(t, "OpenFlow").Validate(flow), file)
		inputs := at(flow, "schema", "properties").(map[string]any)
		text, err := json.Marshal(flow)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`flow_input\.(\w+)`).FindAllStringSubmatch(string(text), -1) {
			if found[1] != "iter" {
				assert.Contains(t, inputs, found[1], file)
			}
		}
		before := map[string]bool{}
		modules(flow["value"], func(id string, module map[string]any) {
			assert.False(t, before[id], "%s: %s stands twice", file, id)
			before[id] = true
			checkScript(t, file+" "+id, module, before)
		})
	}
}

// checkScript compares the parameters of a step with its inputs, and checks that the
// results that it uses exist by then.
func checkScript(t *testing.T, where string, module map[string]any, before map[string]bool) {
	t.Helper()
	content, _ := at(module, "value", "content").(string)
	if content == "" {
		return
	}
	given, _ := at(module, "value", "input_transforms").(map[string]any)
	parameters := regexp.MustCompile(`main\(([^)]*)\)`).FindStringSubmatch(content)
	require.NotNil(t, parameters, where)
	assert.ElementsMatch(t, strings.Split(parameters[1], ", "), slices.Collect(maps.Keys(given)), where)
	for name, transform := range given {
		for _, used := range regexp.MustCompile(`results\.(\w+)`).FindAllStringSubmatch(at(transform, "expr").(string), -1) {
			assert.True(t, before[used[1]], "%s: %s uses the result of %s", where, name, used[1])
		}
	}
}

// call is a request of a script: `const job = await call("POST", "/path", { field })`.
var call = regexp.MustCompile("const (\\w+) = await call\\(\"(\\w+)\", [\"`]([^\"`]+)[\"`](?:, \\{([^}]*)\\})?\\)")

// The flows call routes of this API, and the names that they send and read are
// documented.
func TestTheFlowsForWindmillMatchTheAPI(t *testing.T) {
	t.Parallel()
	doc := document(t, newFixture(t).api)
	calls := map[string][]string{}
	for _, file := range []string{"poll.flow.yaml", "resume.flow.yaml"} {
		modules(example(t, file)["value"], func(id string, module map[string]any) {
			content, _ := at(module, "value", "content").(string)
			found := call.FindAllStringSubmatch(content, -1)
			assert.Equal(t, strings.Count(content, "await call("), len(found), "%s %s: a request is not looked at", file, id)
			for _, c := range found {
				calls[file] = append(calls[file], checkCall(t, doc, content, c))
			}
			if len(found) > 0 {
				assert.Contains(t, content, "answer.message")
			}
		})
	}
	assert.Contains(t, at(doc, "components", "schemas", "Problem", "properties"), "message")
	status, results := "get /simulate/status/{job_id}", []string{"get /results", "get /leaderboard"}
	assert.Equal(t, append([]string{"post /simulate/trigger", status}, results...), calls["poll.flow.yaml"])
	assert.Equal(t, append([]string{"post /simulate/trigger", status}, results...), calls["resume.flow.yaml"])
}

// checkCall checks one request of a script and returns its method and route.
func checkCall(t *testing.T, doc map[string]any, content string, c []string) string {
	t.Helper()
	variable, method, fields := c[1], strings.ToLower(c[2]), c[4]
	requested := regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(c[3], "x")
	route := routeOf(t, doc, requested)
	operation := at(doc, "paths", route, method)
	require.NotNil(t, operation, "%s %s", method, route)
	u, err := url.Parse(requested)
	require.NoError(t, err)
	known := map[string]bool{}
	parameters, _ := at(operation, "parameters").([]any)
	for _, p := range parameters {
		known[fmt.Sprint(at(p, "in"), " ", at(p, "name"))] = true
	}
	for name := range u.Query() {
		assert.True(t, known["query "+name], "%s has no parameter %s", route, name)
	}
	if fields != "" {
		body := properties(doc, at(operation, "requestBody", "content", "application/json", "schema"))
		for name := range strings.SplitSeq(strings.TrimSpace(fields), ", ") {
			assert.Contains(t, body, name, route)
		}
	}
	answered := map[string]bool{}
	for status, answer := range at(operation, "responses").(map[string]any) {
		if status[0] == '2' {
			maps.Copy(answered, properties(doc, at(answer, "content", "application/json", "schema")))
		}
	}
	read := regexp.MustCompile(`\b`+variable+`\.(\w+)`).FindAllStringSubmatch(content, -1)
	assert.NotEmpty(t, read, "%s: nothing is read of the answer", route)
	for _, r := range read {
		assert.Contains(t, answered, r[1], "%s answers no %s", route, r[1])
	}
	return method + " " + route
}

// properties are the names of a schema, or of all of its alternatives.
func properties(doc map[string]any, schema any) map[string]bool {
	out := map[string]bool{}
	if ref, ok := at(schema, "$ref").(string); ok {
		return properties(doc, at(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
	}
	alternatives, _ := at(schema, "oneOf").([]any)
	for _, s := range alternatives {
		maps.Copy(out, properties(doc, s))
	}
	names, _ := at(schema, "properties").(map[string]any)
	for name := range names {
		out[name] = true
	}
	return out
}

func TestTheScheduleForWindmillIsValid(t *testing.T) {
	t.Parallel()
	schedule := example(t, "evening.schedule.yaml")
	require.NoError(t, openFlow(t, "Schedule").Validate(schedule))
	flow := example(t, strings.TrimPrefix(schedule["script_path"].(string), "f/aitrader/")+".flow.yaml")
	inputs := at(flow, "schema", "properties").(map[string]any)
	for name := range schedule["args"].(map[string]any) {
		assert.Contains(t, inputs, name)
	}
	for _, name := range at(flow, "schema", "required").([]any) {
		assert.Contains(t, schedule["args"], name)
	}
	newYork, err := time.LoadLocation(schedule["timezone"].(string))
	require.NoError(t, err)
	cron := schedule["schedule"].(string)
	require.Len(t, strings.Fields(cron), 6, "Windmill's begin with seconds")
	times, err := cronexpr.Parse(cron + " *") // of every year
	require.NoError(t, err)
	next := times.Next(time.Date(2025, time.October, 31, 22, 0, 0, 0, newYork)) // a Friday
	assert.Equal(t, "Fri 22:30:00 EDT", next.Format("Mon 15:04:05 MST"))
	assert.Equal(t, "Mon 18:30:00 EST", times.Next(next).Format("Mon 15:04:05 MST"))
}
