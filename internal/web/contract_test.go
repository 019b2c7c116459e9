package web_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// schema is the part of JSON Schema that the API's documents use.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"` // a name, or a list of names
	Enum       []string          `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	OneOf      []schema          `json:"oneOf"`
}

func (s schema) types() []string {
	list, ok := s.Type.([]any)
	if !ok {
		list = []any{s.Type}
	}
	var out []string
	for _, name := range list {
		if text, ok := name.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

type media struct {
	Content map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

type operation struct {
	Responses   map[string]media `json:"responses"`
	RequestBody media            `json:"requestBody"`
}

type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

// resolve follows a reference.
func (d document) resolve(s schema) schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.Components.Schemas[name]
	}
	return s
}

// answer is the schema of a success: each of its alternatives.
func (d document) answer(method, path string) []schema {
	var out []schema
	responses := d.Paths[path][method].Responses
	for _, code := range slices.Sorted(maps.Keys(responses)) {
		if !strings.HasPrefix(code, "2") {
			continue
		}
		s := responses[code].Content["application/json"].Schema
		if len(s.OneOf) > 0 {
			out = append(out, s.OneOf...)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// property is one of an interface in TypeScript: name?: type | null.
type property struct {
	name     string
	optional bool
	nullable bool
	kind     string // without null
}

// declarations are those of api.d.ts, which this reads line by line.
type declarations struct {
	interfaces map[string][]property
	aliases    map[string]string
}

func readDeclarations(t *testing.T) declarations {
	t.Helper()
	text, err := os.ReadFile("api.d.ts")
	require.NoError(t, err)
	d := declarations{interfaces: map[string][]property{}, aliases: map[string]string{}}
	for _, m := range regexp.MustCompile(`(?m)^export type (\w+) = (.+);$`).FindAllStringSubmatch(string(text), -1) {
		d.aliases[m[1]] = m[2]
	}
	blocks := regexp.MustCompile(`(?ms)^export interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}`)
	line := regexp.MustCompile(`(?m)^  (\w+)(\??): (.+);(?: //.*)?$`)
	for _, block := range blocks.FindAllStringSubmatch(string(text), -1) {
		properties := slices.Clone(d.interfaces[block[2]])
		found := line.FindAllStringSubmatch(block[3], -1)
		require.Len(t, found, strings.Count(block[3], "\n"), "every line of %s is a property", block[1])
		for _, m := range found {
			kind, nullable := strings.CutSuffix(m[3], " | null")
			properties = append(properties, property{name: m[1], optional: m[2] == "?", nullable: nullable, kind: kind})
		}
		d.interfaces[block[1]] = properties
	}
	return d
}

// comparison checks interfaces against schemas, and remembers which it has seen.
type comparison struct {
	*testing.T
	document
	declarations
	seen map[string]bool
}

func (c comparison) compare(name string, s schema) {
	c.Helper()
	c.seen[name] = true
	s = c.resolve(s)
	for _, p := range c.interfaces[name] {
		where := name + "." + p.name
		documented, ok := s.Properties[p.name]
		if !assert.True(c, ok, "%s is not documented", where) {
			continue
		}
		assert.Equal(c, !slices.Contains(s.Required, p.name), p.optional, "%s is optional", where)
		assert.Equal(c, slices.Contains(documented.types(), "null"), p.nullable, "%s may be null", where)
		c.compareKind(where, p.kind, documented)
	}
}

func (c comparison) compareKind(where, kind string, s schema) {
	c.Helper()
	s = c.resolve(s)
	if alias, ok := c.aliases[kind]; ok {
		kind = alias
	}
	item, isList := strings.CutSuffix(kind, "[]")
	switch {
	case isList:
		if assert.Contains(c, s.types(), "array", where) {
			c.compareKind(where+"[]", item, *s.Items)
		}
	case c.interfaces[kind] != nil:
		c.compare(kind, s)
	case strings.HasPrefix(kind, `"`):
		values := strings.Split(strings.ReplaceAll(kind, `"`, ""), " | ")
		assert.ElementsMatch(c, s.Enum, values, where)
	case strings.HasPrefix(kind, "{"), strings.HasPrefix(kind, "Record<string, "):
		assert.Contains(c, s.types(), "object", where)
	case kind == "number":
		assert.Subset(c, []string{"number", "integer", "null"}, s.types(), where)
	default:
		assert.Contains(c, s.types(), kind, where)
	}
}

func TestThePageReadsWhatTheAPIDocuments(t *testing.T) {
	c := comparison{T: t, declarations: readDeclarations(t), seen: map[string]bool{}}
	response, err := http.Get(serve(t, nil).address + "/openapi.json")
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&c.document))

	for _, read := range []struct {
		path        string
		alternative int
		name        string
	}{
		{"/simulate/jobs", 0, "JobList"},
		{"/simulate/status/{job_id}", 0, "JobReport"},
		{"/experiments", 0, "ExperimentList"},
		{"/models", 0, "ModelList"},
		{"/leaderboard", 0, "Leaderboard"},
		{"/results", 0, "DayResults"},
		{"/results", 1, "RangeResults"},
		{"/trades", 0, "TradeList"},
		{"/portfolio/timeseries", 0, "TimeSeries"},
		{"/prices/coverage", 0, "Coverage"},
	} {
		answers := c.answer("get", read.path)
		require.Greater(t, len(answers), read.alternative, read.path)
		c.compare(read.name, answers[read.alternative])
	}
	trigger := c.Paths["/simulate/trigger"]["post"]
	c.compare("TriggerBody", trigger.RequestBody.Content["application/json"].Schema)
	c.compare("Problem", trigger.Responses["400"].Content["application/problem+json"].Schema)
	c.seen["Triggered"] = true
	for _, answer := range c.answer("post", "/simulate/trigger") {
		s := c.resolve(answer)
		assert.Contains(t, s.Required, "message", "each of Triggered")
		if _, ok := s.Properties["job_id"]; ok {
			assert.Contains(t, s.Required, "job_id", "each of Triggered that has one")
		}
	}
	for name := range c.interfaces {
		assert.True(t, c.seen[name], "%s is compared", name)
	}
}
