package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documents are the parsed documents by their text, and schemas the compiled parts of
// them: all tests check their answers against the same few.
var documents, schemas sync.Map

// schemaKey names a part of a document, which is known by its address.
type schemaKey struct {
	document uintptr
	pointer  string
}

// document fetches the OpenAPI document as a program would. Tests share it, and only
// read it.
func document(t testing.TB, api http.Handler) map[string]any {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost/openapi.json", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code)
	text := w.Body.String()
	if doc, ok := documents.Load(text); ok {
		return doc.(map[string]any)
	}
	doc, err := jsonschema.UnmarshalJSON(w.Body)
	require.NoError(t, err)
	shared, _ := documents.LoadOrStore(text, doc)
	return shared.(map[string]any)
}

// at walks into nested objects; nil where one is missing.
func at(doc any, path ...string) any {
	for _, name := range path {
		object, _ := doc.(map[string]any)
		doc = object[name]
	}
	return doc
}

// routeOf finds the path of the document that a request's path belongs to.
func routeOf(t testing.TB, doc map[string]any, requested string) string {
	t.Helper()
	u, err := url.Parse(requested)
	require.NoError(t, err)
	for path := range at(doc, "paths").(map[string]any) {
		if sameRoute(path, u.Path) {
			return path
		}
	}
	require.Failf(t, "undocumented", "path %s", requested)
	return ""
}

// sameRoute reports whether a requested path is one of a documented path, whose
// parameters stand in braces.
func sameRoute(documented, requested string) bool {
	want, got := strings.Split(documented, "/"), strings.Split(requested, "/")
	return slices.EqualFunc(want, got, func(want, got string) bool {
		return want == got || got != "" && strings.HasPrefix(want, "{") && strings.HasSuffix(want, "}")
	})
}

// conforms checks an answer against the schema that the document gives for it,
// with a validator of JSON Schema 2020-12 that is not huma's.
func conforms(t testing.TB, api http.Handler, method, requested string, r reply) {
	t.Helper()
	doc := document(t, api)
	path := routeOf(t, doc, requested)
	pointer := []string{"paths", path, strings.ToLower(method), "responses", strconv.Itoa(r.status)}
	answer := at(doc, pointer...)
	require.NotNil(t, answer, "%s %s: status %d is not documented", method, path, r.status)
	if len(r.body) == 0 {
		return
	}
	media, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	require.NotNil(t, at(answer, "content", media, "schema"), "%s %s: %s is not documented for %d", method, path, media, r.status)
	if media == "text/csv" {
		return
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.body))
	require.NoError(t, err)
	schema := compile(t, doc, append(pointer, "content", media, "schema"))
	require.NoError(t, schema.Validate(body), "%s %s: %s", method, requested, r.body)
}

func compile(t testing.TB, doc map[string]any, pointer []string) *jsonschema.Schema {
	t.Helper()
	key := schemaKey{reflect.ValueOf(doc).Pointer(), strings.Join(pointer, " ")}
	if schema, ok := schemas.Load(key); ok {
		return schema.(*jsonschema.Schema)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	require.NoError(t, c.AddResource("openapi.json", doc))
	for i, p := range pointer {
		pointer[i] = url.PathEscape(strings.ReplaceAll(strings.ReplaceAll(p, "~", "~0"), "/", "~1"))
	}
	schema, err := c.Compile("openapi.json#/" + strings.Join(pointer, "/"))
	require.NoError(t, err)
	schemas.Store(key, schema)
	return schema
}

func TestTheDocumentListsEveryRouteAndStatus(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	doc := document(t, f.api)
	assert.Equal(t, "3.1.0", doc["openapi"])
	want := map[string][]string{
		"post /simulate/trigger":         {"200", "202", "400", "401", "403", "404", "409", "413", "422", "429", "500", "503"},
		"post /simulate/cancel/{job_id}": {"202", "400", "401", "403", "404", "409", "413", "429", "500", "503"},
		"post /simulate/retry/{job_id}":  {"200", "202", "400", "401", "403", "404", "409", "413", "429", "500", "503"},
		"get /simulate/status/{job_id}":  {"200", "304", "400", "401", "403", "404", "429", "500", "503"},
		"get /simulate/current":          {"200", "304", "400", "401", "403", "404", "429", "500", "503"},
		"get /simulate/jobs":             {"200", "400", "401", "403", "413", "429", "500", "503"},
		"get /results":                   {"200", "400", "401", "403", "404", "413", "429", "500", "503"},
		"get /leaderboard":               {"200", "400", "401", "403", "404", "429", "500", "503"},
		"get /portfolio/timeseries":      {"200", "400", "401", "403", "404", "413", "429", "500", "503"},
		"get /trades":                    {"200", "400", "401", "403", "404", "413", "429", "500", "503"},
		"get /compare":                   {"200", "400", "401", "403", "404", "429", "500", "503"},
		"get /jobs/{job_id}/receipt":     {"200", "400", "401", "403", "404", "409", "413", "429", "500", "503"},
		"get /models":                    {"200", "400", "401", "403", "429", "500", "503"},
		"get /experiments":               {"200", "400", "401", "403", "429", "500", "503"},
		"get /prices/coverage":           {"200", "400", "401", "403", "429", "500", "503"},
		"get /health":                    {"200", "400", "403", "500", "503"},
	}
	got := map[string][]string{}
	for path, item := range at(doc, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			var statuses []string
			for status := range at(op, "responses").(map[string]any) {
				statuses = append(statuses, status)
			}
			slices.Sort(statuses)
			got[method+" "+path] = statuses
		}
	}
	assert.Equal(t, want, got)
}

// Tools trip over these rules of OpenAPI 3.1.
func TestTheDocumentIsWellFormed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	doc := document(t, f.api)
	assert.NotEmpty(t, at(doc, "info", "title"))
	assert.NotEmpty(t, at(doc, "info", "version"))
	ids := map[string]bool{}
	for path, item := range at(doc, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			where := method + " " + path
			id, _ := at(op, "operationId").(string)
			assert.NotEmpty(t, id, where)
			assert.False(t, ids[id], "operationId %s twice", id)
			ids[id] = true
			assert.NotEmpty(t, at(op, "summary"), where)
			checkParameters(t, doc, where, path, op)
			for status, answer := range at(op, "responses").(map[string]any) {
				assert.NotEmpty(t, at(answer, "description"), "%s %s", where, status)
				for media := range content(answer) {
					compile(t, doc, []string{"paths", path, method, "responses", status, "content", media, "schema"})
				}
			}
			for media := range content(at(op, "requestBody")) {
				compile(t, doc, []string{"paths", path, method, "requestBody", "content", media, "schema"})
			}
		}
	}
	for name, schema := range at(doc, "components", "schemas").(map[string]any) {
		checkMembers(t, name, schema)
	}
}

func content(of any) map[string]any {
	c, _ := at(of, "content").(map[string]any)
	return c
}

func checkParameters(t *testing.T, doc map[string]any, where, path string, op any) {
	t.Helper()
	seen := map[string]bool{}
	list, _ := at(op, "parameters").([]any)
	for _, p := range list {
		name, in := at(p, "name").(string), at(p, "in").(string)
		assert.False(t, seen[in+name], "%s: %s twice", where, name)
		seen[in+name] = true
		assert.NotEmpty(t, at(p, "description"), "%s: parameter %s has no description", where, name)
		assert.NotNil(t, at(p, "schema"), "%s: parameter %s", where, name)
		if in == "path" {
			assert.Equal(t, true, at(p, "required"), "%s: %s", where, name)
			assert.Contains(t, path, "{"+name+"}")
		}
	}
	assert.Equal(t, strings.Count(path, "{"), countIn(list, "path"), where)
	schemes := at(doc, "components", "securitySchemes").(map[string]any)
	for _, need := range at(op, "security").([]any) {
		for name := range need.(map[string]any) {
			assert.Contains(t, schemes, name, where)
		}
	}
}

func countIn(parameters []any, in string) (n int) {
	for _, p := range parameters {
		if at(p, "in") == in {
			n++
		}
	}
	return n
}

// checkMembers demands a description of every member of every object.
func checkMembers(t *testing.T, where string, schema any) {
	t.Helper()
	members, _ := at(schema, "properties").(map[string]any)
	for name, m := range members {
		assert.NotEmpty(t, at(m, "description"), "%s.%s has no description", where, name)
		checkMembers(t, where+"."+name, m)
	}
}

func TestTheDocsPageShowsEveryRouteAndObject(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.get("/docs")
	require.Equal(t, http.StatusOK, r.status)
	assert.Equal(t, "text/html; charset=utf-8", r.header.Get("Content-Type"))
	page := string(r.body)
	doc := document(t, f.api)
	for path, item := range at(doc, "paths").(map[string]any) {
		for method := range item.(map[string]any) {
			assert.Contains(t, page, strings.ToUpper(method)+" "+path)
		}
	}
	for name := range at(doc, "components", "schemas").(map[string]any) {
		assert.Contains(t, page, `id="`+name+`"`)
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		assert.Contains(t, page, `id="`+link[1]+`"`, "a dead link")
	}
	assert.NotRegexp(t, `(?i)(src|href|url\()=?["']?(https?:)?//`, page, "the page asks another host")
	assert.NotContains(t, page, "<script")
	assert.NotContains(t, page, "ZgotmplZ")
	assert.Contains(t, page, "USD per share, slippage included.")
	assert.Contains(t, r.header.Get("Content-Security-Policy"), "default-src 'none'")

	front := f.get("/")
	assert.Equal(t, http.StatusOK, front.status)
	assert.Contains(t, front.header.Get("Content-Security-Policy"), "script-src 'self'")
	assert.Contains(t, string(front.body), `src="/page/app.js"`)
	assert.Equal(t, "text/javascript; charset=utf-8", f.get("/page/app.js").header.Get("Content-Type"))
}

func TestTheDocumentIsStable(t *testing.T) {
	t.Parallel()
	one, err := json.Marshal(document(t, newFixture(t).api))
	require.NoError(t, err)
	two, err := json.Marshal(document(t, newFixture(t, func(o *Options) { o.Routes = RoutesResults }).api))
	require.NoError(t, err)
	assert.JSONEq(t, string(one), string(two), "the document shows all routes, whichever are served")
}
