package mcptool

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// odds is a server that answers with raw JSON: tools is its list, and results what its
// tools answer, as the members of a response.
func odds(t *testing.T, tools string, results map[string]string) Remote {
	t.Helper()
	hang := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		var request struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			Params struct {
				Name      string          `json:"name"`
				Arguments json.RawMessage `json:"arguments"`
			} `json:"params"`
		}
		assert.NoError(t, json.Unmarshal(raw, &request))
		var answer string
		switch request.Method {
		case "initialize":
			answer = `"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"odd","version":"1"}}`
		case "tools/list":
			answer = `"result":{"tools":` + tools + `}`
		case "tools/call":
			answer = results[request.Params.Name]
		case "ping":
			answer = `"result":{}`
		default:
			w.WriteHeader(http.StatusAccepted)
			return
		}
		switch answer {
		case "hang":
			<-hang
			return
		case "broken":
			http.Error(w, "broken", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":`+string(request.ID)+`,`+answer+`}`) // the client may have gone
	}))
	t.Cleanup(web.Close)
	t.Cleanup(func() { close(hang) })
	return Remote{MCPServer: sim.MCPServer{Name: "odd", URL: web.URL}, Timeout: 2 * time.Second, Retries: 1, Delay: time.Millisecond}
}

func dial(t *testing.T, r Remote) agent.Toolbox {
	t.Helper()
	box, err := r.Dial(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = box.Close() }) // the server may have gone
	return box
}

var strictName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// Whatever a server calls its tools, the session's names are valid, no two are equal, and
// each reaches the tool that it stands for.
func TestOddNamesOfToolsAreMappedAndBack(t *testing.T) {
	names := []string{"file.search", "file_search", "file/search", "datei.öffnen", "a b", strings.Repeat("x", 64), strings.Repeat("x", 65),
		"日本", "..", "ok"}
	tools, results := []map[string]any{}, map[string]string{}
	for _, name := range names {
		tools = append(tools, map[string]any{"name": name, "inputSchema": map[string]any{"type": "object"}})
		text, err := json.Marshal(name)
		require.NoError(t, err)
		results[name] = `"result":{"content":[{"type":"text","text":` + string(text) + `}]}`
	}
	list, err := json.Marshal(tools)
	require.NoError(t, err)
	box := dial(t, odds(t, string(list), results))
	require.Len(t, box.Specs(), len(names))
	reached := map[string]bool{}
	for _, spec := range box.Specs() {
		assert.Regexp(t, strictName, spec.Name)
		assert.True(t, sim.IsOutside(spec.Name), spec.Name)
		result, err := box.Call(t.Context(), spec.Name, json.RawMessage(`{}`))
		require.NoError(t, err)
		reached[result.Content] = true
	}
	assert.Len(t, reached, len(names))
	assert.Equal(t, "odd__ok", sessionName("odd", "ok"))
	assert.Equal(t, "odd__file_search", sessionName("odd", "file_search"), "a valid name stays")
}

func TestLongDescriptionsAreCut(t *testing.T) {
	for _, long := range []string{strings.Repeat("x", 5000), strings.Repeat("é", 600), strings.Repeat("日", 400)} {
		got := description(long)
		assert.LessOrEqual(t, len(got), 1024)
		assert.True(t, utf8.ValidString(got))
		assert.True(t, strings.HasSuffix(got, "..."))
	}
	assert.Equal(t, strings.Repeat("x", 1024), description(strings.Repeat("x", 1024)))
}

// One tool that cannot be read costs none of the others.
func TestABadToolDoesNotCostTheServer(t *testing.T) {
	box := dial(t, odds(t, `[{"name":"a","inputSchema":true},{"name":"b"},{"name":"c","inputSchema":[1]},{"name":5},7,null,{},
		{"name":"d","description":5,"inputSchema":{"type":"object"}},{"name":"e","inputSchema":{"type":["object","null"],"required":"x"}},
		{"name":"e","inputSchema":{"type":"object"}},{"name":"f","inputSchema":{"type":"object","properties":[]},"annotations":3}]`, nil))
	names := []string{}
	for _, spec := range box.Specs() {
		names = append(names, spec.Name)
		assert.JSONEq(t, anyObject, string(spec.Schema), spec.Name)
	}
	assert.Equal(t, []string{"odd__a", "odd__b", "odd__c", "odd__d", "odd__e", "odd__f"}, names)
}

func TestSchemasAreRewrittenInPlainWords(t *testing.T) {
	for given, want := range map[string]string{
		`null`:              anyObject,
		`false`:             anyObject,
		`{}`:                anyObject,
		`{"type":"string"}`: anyObject,
		`{"$schema":"x","type":"object","properties":{"f":{"$ref":"#/$defs/F"}},"required":["f","f","gone"],"additionalProperties":false,
			"$defs":{"F":{"type":"object","properties":{"a":{"type":"string"}}}}}`: `{"type":"object","required":["f"],
			"properties":{"f":{"type":"object","properties":{"a":{"type":"string"}}}}}`,
		`{"type":"object","properties":{"f":{"$ref":"#/definitions/F"}},"definitions":{"F":{"type":"integer"}}}`: `{"type":"object",
			"properties":{"f":{"type":"integer"}}}`,
		`{"properties":{"a":{"type":["string","null"]},"b":{"type":["string","array"]},"c":{"anyOf":[{"type":"number"},{"type":"null"}]}}}`: `
			{"type":"object","properties":{"a":{"type":"string"},"b":{"anyOf":[{"type":"string"},{"type":"array","items":{}}]},
			"c":{"type":"number"}}}`,
		`{"properties":{"a":true,"b":false,"c":{"type":"array"},"d":{"const":"x"},"e":{"enum":["x",null]},"f":{"enum":[1,2],"type":"integer"},
			"g h":{"type":"string"}}}`: `{"type":"object","properties":{"a":{},"c":{"type":"array","items":{}},
			"d":{"type":"string","enum":["x"]},"e":{"type":"string","enum":["x"]},"f":{"type":"integer"}}}`,
		`{"oneOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":{"type":"string"}}}]}`: `{"type":"object",
			"properties":{"a":{"type":"string"},"b":{"type":"string"}}}`,
		`{"allOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":{"type":"string"}}}]}`: `{"type":"object",
			"required":["a"],"properties":{"a":{"type":"string"},"b":{"type":"string"}}}`,
	} {
		assert.JSONEq(t, want, string(plainSchema(json.RawMessage(given))), given)
	}
	for _, given := range []string{
		`{"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"}}}`, `{"$ref":"#"}`, `{"properties":{"a":{"$ref":"http://x"}}}`,
		strings.Repeat(`{"properties":{"a":`, 500) + `{}` + strings.Repeat(`}}`, 500),
	} {
		got := plainSchema(json.RawMessage(given))
		assert.True(t, json.Valid(got))
		assert.NotContains(t, string(got), "$ref")
		assert.Less(t, len(got), maxSchemaBytes)
	}
}

func TestAllTextOfAResultIsShown(t *testing.T) {
	for result, want := range map[string]string{
		`{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}`:                   "a\nb",
		`{"content":[],"structuredContent":{"n":1e400,"a":[1]}}`:                                `{"n":1e400,"a":[1]}`,
		`{"structuredContent":{"a":1}}`:                                                         `{"a":1}`,
		`{"content":[{"type":"text","text":"{ \"a\": 1 }"}],"structuredContent":{"a":1}}`:       `{ "a": 1 }`,
		`{"content":[{"type":"text","text":"see below"}],"structuredContent":{"a":1}}`:          "see below\n{\"a\":1}",
		`{"content":[{"type":"text","text":"x"}],"structuredContent":null}`:                     "x",
		`{"content":[{"type":"resource","resource":{"uri":"f://a","text":"inside"}}]}`:          "inside",
		`{"content":[{"type":"resource","resource":{"uri":"f://a","blob":"AAAA"}}]}`:            notText,
		`{"content":[{"type":"resource","resource":5},{"type":"image"},7,{"type":"new"},null]}`: strings.Repeat(notText+"\n", 4) + "",
		`{"content":[{"type":"resource_link","uri":"f://a","name":"A"}]}`:                       "[resource A f://a]",
		`{"content":"plain"}`: "plain",
		`{"content":{"type":"text","text":"outside a list"}}`: "outside a list",
		`{}`: "",
	} {
		assert.Equal(t, agent.ToolResult{Content: want}, readResult(json.RawMessage(result)), result)
	}
	assert.True(t, readResult(json.RawMessage(`5`)).IsError)
	assert.True(t, readResult(json.RawMessage(`{"isError":true}`)).IsError)
}

// A tool that fails, in any way, is answered to the model while its server lives.
func TestAFailingToolIsAnswered(t *testing.T) {
	r := odds(t, `[{"name":"error"},{"name":"null"},{"name":"hang"},{"name":"broken"},{"name":"huge"},{"name":"fine"}]`, map[string]string{
		"error": `"error":{"code":-32602,"message":"no such thing as ` + strings.Repeat("x", 5000) + `"}`, "null": `"result":null`,
		"hang": "hang", "broken": "broken", "huge": `"result":{"content":[{"type":"text","text":"` + strings.Repeat("x", 7<<20) + `"}]}`,
		"fine": `"result":{"content":[{"type":"text","text":"fine"}]}`,
	})
	r.Timeout = 500 * time.Millisecond
	box := dial(t, r)
	for _, name := range []string{"error", "hang", "broken", "huge"} {
		result, err := box.Call(t.Context(), "odd__"+name, json.RawMessage(`{"n":1e400}`))
		require.NoError(t, err, name)
		assert.True(t, result.IsError, name)
		assert.Contains(t, result.Content, "the tool of odd has failed", name)
		assert.Less(t, len(result.Content), 2000, name)
	}
	result, err := box.Call(t.Context(), "odd__fine", json.RawMessage(`{}`))
	require.NoError(t, err)
	assert.Equal(t, "fine", result.Content)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = box.Call(ctx, "odd__fine", json.RawMessage(`{}`))
	require.ErrorIs(t, err, context.Canceled)
}
