package openaimodel

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/agent"
)

// echoOf reads a message as an answer to a conversation, and returns it with what is
// sent back of it.
func echoOf(t require.TestingT, message string, before ...agent.Message) (calls []agent.ToolCall, echo string) {
	x := &exchange{model: &Model{now: time.Now}, step: 1, messages: before, tools: specs(offered...)}
	wire, err := x.read([]byte(`{"choices":[{"message":`+message+`}]}`), 0)
	require.NoError(t, err)
	var out struct {
		Choices []struct {
			Message struct {
				Calls []struct {
					ID       string
					Function agent.ToolCall
				} `json:"tool_calls"`
			}
		}
	}
	require.NoError(t, json.Unmarshal(wire, &out))
	for _, c := range out.Choices[0].Message.Calls {
		c.Function.ID = c.ID
		calls = append(calls, c.Function)
	}
	return calls, string(x.echo)
}

// callOf is a message with one call.
func callOf(name, arguments string) string {
	return `{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":` + string(quoted(name)) +
		`,"arguments":` + arguments + `}}]}`
}

func TestArgumentsAreEchoedAsTheObjectThatIsExecuted(t *testing.T) {
	const order = `{"symbol":"AAA","amount":1}`
	encoded := func(times int) string {
		text := order
		for range times {
			text = string(quoted(text))
		}
		return text
	}
	for name, c := range map[string]struct{ arguments, executed, echoed string }{
		"an object":               {order, order, order},
		"a text":                  {encoded(1), order, order},
		"encoded twice":           {encoded(2), encoded(1), order},
		"encoded three times":     {encoded(3), order, order},
		"blanks around":           {`"  {\"a\": 1}\n"`, "  {\"a\": 1}\n", `{"a": 1}`},
		"null":                    {`null`, `{}`, `{}`},
		"null in a text":          {`"null"`, `null`, `{}`},
		"an empty text":           {`""`, ``, `{}`},
		"blanks":                  {`" \n"`, " \n", `{}`},
		"a list":                  {`[]`, `[]`, `{}`},
		"a list in a text":        {`"[{\"symbol\":\"AAA\"}]"`, `[{"symbol":"AAA"}]`, `{}`},
		"a number":                {`5`, `5`, `{}`},
		"true":                    {`"true"`, `true`, `{}`},
		"words":                   {`"AAA, please"`, `AAA, please`, `{}`},
		"a text in a text":        {`"\"AAA\""`, `"AAA"`, `{}`},
		"cut":                     {`"{\"symbol\":\"AA"`, `{"symbol":"AA`, `{}`},
		"more behind":             {`"{\"a\":1}{\"a\":2}"`, `{"a":1}{"a":2}`, `{}`},
		"a name twice":            {`"{\"a\":1,\"a\":2}"`, `{"a":1,"a":2}`, `{}`},
		"single quotes":           {`"{'a': 1}"`, `{'a': 1}`, `{}`},
		"a fence":                 {"\"```json\\n{\\\"a\\\":1}\\n```\"", `{"a":1}`, `{"a":1}`},
		"a fence without its end": {"\"```\\n{\\\"a\\\":1}\"", `{"a":1}`, `{"a":1}`},
		"a fence, encoded":        {`"\"` + "```json\\\\n{\\\\\\\"a\\\\\\\":1}\\\\n```" + `\""`, `{"a":1}`, `{"a":1}`},
		"a token behind":          {`"{\"a\":1}<|im_end|>"`, `{"a":1}`, `{"a":1}`},
		"half a character":        {`"{\"a\":\"\\ud83d\"}"`, `{"a":"\ud83d"}`, `{"a":"\ufffd"}`},
		"numbers as written": {`"{\"a\":1.0,\"b\":1234567890123456789}"`, `{"a":1.0,"b":1234567890123456789}`,
			`{"a":1.0,"b":1234567890123456789}`},
	} {
		calls, echo := echoOf(t, callOf("buy", c.arguments))
		assert.Equal(t, c.executed, calls[0].Arguments, name)
		_, want := echoOf(t, callOf("buy", string(quoted(c.echoed))))
		assert.JSONEq(t, want, echo, name)
		object, err := agent.NormalizeArguments(calls[0].Arguments)
		if err != nil {
			object = json.RawMessage("{}")
		}
		assert.JSONEq(t, string(object), c.echoed, "%s: what the session executes is what is echoed", name)
	}
}

func TestAPrefixedNameIsExecutedAndEchoedClean(t *testing.T) {
	calls, echo := echoOf(t, callOf("functions.buy", `"{}"`))
	assert.Equal(t, []agent.ToolCall{{ID: "a", Name: "buy", Arguments: "{}"}}, calls)
	assert.Contains(t, echo, `"name":"buy"`)
	calls, echo = echoOf(t, callOf("no.such tool", `"{}"`))
	assert.Equal(t, "no.such tool", calls[0].Name, "the session refuses the name that was written")
	assert.Contains(t, echo, `"name":"no_such_tool"`)
}

func TestAnIDIsKeptWhereItCan(t *testing.T) {
	signed := "call_1__thought__" + strings.Repeat("aGk=", 1000)
	for name, c := range map[string]struct {
		ids  string
		want []string
	}{
		"own":             {`["call_1","functions.buy:0"]`, []string{"call_1", "functions.buy:0"}},
		"with a gap":      {`["a b",""]`, []string{"c00010001", "c00010002"}},
		"null":            {`[null]`, []string{"c00010001"}},
		"twice":           {`["x","x"]`, []string{"x", "c00010002"}},
		"as one before":   {`["before"]`, []string{"c00010001"}},
		"a made-up one":   {`["c00010002","c00010002"]`, []string{"c00010002", "d00010002"}},
		"with signature":  {`["` + signed + `"]`, []string{signed}},
		"far too long":    {`["` + strings.Repeat("x", maxID+1) + `"]`, []string{"c00010001"}},
		"a number":        {`[7]`, []string{"7"}},
		"a control":       {`["a\u0000"]`, []string{"c00010001"}},
		"nine characters": {`["abcdefghi","abcdefghi"]`, []string{"abcdefghi", "c00010002"}},
	} {
		var ids []json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(c.ids), &ids))
		for i, id := range ids {
			ids[i] = json.RawMessage(fmt.Sprintf(`{"id":%s,"type":"function","function":{"name":"buy","arguments":"{}"}}`, id))
		}
		before := agent.Message{Role: agent.RoleAssistant, Calls: []agent.ToolCall{{ID: "before"}}}
		calls, _ := echoOf(t, `{"content":null,"tool_calls":`+string(listOf(ids))+`}`, before)
		var got []string
		for _, call := range calls {
			got = append(got, call.ID)
		}
		assert.Equal(t, c.want, got, name)
	}
}

func TestACallOutsideAListIsACall(t *testing.T) {
	want := []agent.ToolCall{{ID: "c00010001", Name: "buy", Arguments: `{"a":1}`}}
	for _, message := range []string{
		`{"role":"assistant","content":null,"function_call":{"name":"buy","arguments":"{\"a\":1}"}}`,
		`{"role":"assistant","content":null,"tool_calls":null,"function_call":{"name":"buy","arguments":{"a":1}}}`,
		`{"role":"assistant","content":null,"tool_calls":{"function":{"name":"buy","arguments":"{\"a\":1}"}}}`,
		`{"role":"assistant","content":null,"tool_calls":[{"name":"buy","arguments":"{\"a\":1}"}]}`,
	} {
		calls, echo := echoOf(t, message)
		assert.Equal(t, want, calls, message)
		assert.JSONEq(t, `{"role":"assistant","content":null,"tool_calls":[{"id":"c00010001","type":"function",`+
			`"function":{"name":"buy","arguments":"{\"a\":1}"}}]}`, echo)
	}
}

// What a provider needs back stays byte for byte, also beside a field that is repaired.
func TestUnknownFieldsSurviveARepair(t *testing.T) {
	const signature = `{"google": {"thought_signature":"CiQB+<s>/\u003d\u003D=="}}`
	_, echo := echoOf(t, `{"reasoning_content":"a  <b>","tool_calls":[{"id":"","extra_content":`+signature+
		`,"function":{"name":"tools/buy","arguments":"null","more":[1.0]}}],"x":{"b":1, "a":1e5}}`)
	for _, part := range []string{`"reasoning_content":"a  <b>"`, `"extra_content":` + signature, `"more":[1.0]`, `"x":{"b":1, "a":1e5}`} {
		assert.Contains(t, echo, part)
	}
}

// oddMessage draws a message as no specification has it.
func oddMessage() *rapid.Generator[string] {
	oddText := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", " ", "\n", "null", "{}", "hi", "<FINISH_SIGNAL>"}))
	oddJSON := rapid.SampledFrom([]string{`null`, `""`, `" "`, `[]`, `{}`, `5`, `true`, `"x"`, `["x"]`, `[{"type":"text","text":"x"}]`,
		`[{"text":"x"}]`, `{"type":"text","text":"x"}`, `"\ud83d"`, `"\udc00\ud83d\ude00"`, "\"\xff\""})
	arguments := rapid.OneOf(oddJSON, rapid.Map(oddText, func(s string) string { return string(quoted(s)) }),
		rapid.SampledFrom([]string{`"{\"symbol\":\"AAA\",\"amount\":1}"`, `{"symbol":"AAA","amount":1}`, `"{\"symbol\":\"AA"`,
			`"\"{\\\"symbol\\\":\\\"AAA\\\"}\""`, "\"```json\\n{}\\n```\"", `"{\"a\":1}}"`, `"{\"a\":\"\\ud83d\"}"`}))
	names := rapid.OneOf(rapid.Map(oddText, func(s string) string { return string(quoted(s)) }), oddJSON,
		rapid.SampledFrom([]string{`"buy"`, `"functions.buy"`, `"Buy"`, `"buy<|channel|>commentary"`, `"notes.look"`, `"get_portfolio"`,
			`"no tool"`}))
	ids := rapid.OneOf(oddJSON, rapid.SampledFrom([]string{`"same"`, `"call_1"`, `"abcdefghi"`, `"c00010001"`, `7`}))
	call := rapid.Custom(func(t *rapid.T) string {
		twice := rapid.SampledFrom([]string{"", `"name":"sell",`}).Draw(t, "a name twice")
		fields := []string{`"function":{` + twice + `"name":` + names.Draw(t, "name") + `,"arguments":` + arguments.Draw(t, "arguments") + `}`}
		if rapid.Bool().Draw(t, "has an id") {
			fields = append(fields, `"id":`+ids.Draw(t, "id"))
		}
		if rapid.Bool().Draw(t, "has a type") {
			fields = append(fields, `"type":`+rapid.OneOf(oddJSON, rapid.Just(`"function"`)).Draw(t, "type"))
		}
		return "{" + strings.Join(fields, ",") + "}"
	})
	return rapid.Custom(func(t *rapid.T) string {
		var fields []string
		if rapid.Bool().Draw(t, "has content") {
			fields = append(fields, `"content":`+oddJSON.Draw(t, "content"))
		}
		if rapid.Bool().Draw(t, "has calls") {
			fields = append(fields, `"tool_calls":[`+strings.Join(rapid.SliceOfN(call, 0, 3).Draw(t, "calls"), ",")+`]`)
		}
		for _, name := range []string{"role", "refusal", "reasoning_content", "function_call", "extra_content"} {
			if rapid.Bool().Draw(t, name) {
				fields = append(fields, string(quoted(name))+`:`+oddJSON.Draw(t, "value"))
			}
		}
		return "{" + strings.Join(fields, ",") + "}"
	})
}

// Whatever a provider answers, every request of the session that follows is valid for
// the strictest one.
func TestEveryRequestIsValidForTheStrictestProvider(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		messages := rapid.SliceOfN(oddMessage(), 1, 4).Draw(rt, "messages")
		at := 0
		var bodies [][]byte
		transport := roundTrip(func(r *http.Request) *http.Response {
			body, _ := io.ReadAll(r.Body)
			bodies = append(bodies, body)
			w := httptest.NewRecorder()
			message200(messages[min(at, len(messages)-1)])(w, r)
			at++
			return w.Result()
		})
		_, _ = holdSession(t, "http://provider/v1", func(c *Config) { c.MaxRetries, c.HTTPClient = 0, &http.Client{Transport: transport} })
		for _, body := range bodies {
			if err := strictly(body); err != nil {
				rt.Fatalf("%v\nrequest: %s", err, body)
			}
		}
	})
}

// roundTrip is a provider in memory.
type roundTrip func(r *http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
