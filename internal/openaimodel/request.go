package openaimodel

import (
	"encoding/json"

	openai "github.com/sashabaranov/go-openai"

	"aitrader/internal/agent"
)

// noArguments is the schema of a tool without one: the library would send null, which
// providers refuse.
var noArguments = json.RawMessage(`{"type":"object","properties":{}}`)

// request translates a request for the library.
func request(r agent.Request) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{Model: neutralName, Messages: make([]openai.ChatCompletionMessage, len(r.Messages))}
	for i, msg := range r.Messages {
		out.Messages[i] = openai.ChatCompletionMessage{Role: string(msg.Role), Content: contentOf(msg), ToolCallID: msg.CallID}
		for _, c := range msg.Calls {
			out.Messages[i].ToolCalls = append(out.Messages[i].ToolCalls, openai.ToolCall{
				ID: c.ID, Type: openai.ToolTypeFunction,
				Function: openai.FunctionCall{Name: cleanName(c.Name), Arguments: executed(c.Arguments)},
			})
		}
	}
	for _, t := range r.Tools {
		function := &openai.FunctionDefinition{Name: t.Name, Description: t.Description, Parameters: noArguments}
		if len(t.Schema) > 0 {
			function.Parameters = t.Schema
		}
		out.Tools = append(out.Tools, openai.Tool{Type: openai.ToolTypeFunction, Function: function})
	}
	return out
}

// contentOf returns the content of a message, which is not blank but beside tool calls.
func contentOf(m agent.Message) string {
	switch {
	case !isBlank(m.Content):
		return m.Content
	case m.Role == agent.RoleTool:
		return emptyResult
	case m.Role == agent.RoleAssistant && len(m.Calls) == 0:
		return emptyAnswer
	}
	return ""
}

// body builds the body of the request from the library's, in which echoed messages
// keep the bytes of their provider.
func (x *exchange) body(library []byte) ([]byte, error) {
	var parts struct {
		Messages []json.RawMessage `json:"messages"`
		Tools    json.RawMessage   `json:"tools"`
	}
	if err := json.Unmarshal(library, &parts); err != nil {
		return nil, err
	}
	ids := x.dialect.ids(x.messages)
	for i, message := range parts.Messages {
		parts.Messages[i] = x.dialect.message(x.messages[i], wireMessage(x.messages[i], message), ids)
	}
	x.model.mark(x.messages, parts.Messages)
	return x.model.requestBody(x.dialect, parts.Tools, parts.Messages), nil
}

// wireMessage returns a message as it is sent: the original of its provider, or else
// the library's form, with the empty content that the library omits and providers
// require.
func wireMessage(m agent.Message, library json.RawMessage) []byte {
	switch {
	case m.Role == agent.RoleAssistant && len(m.Raw) > 0:
		return m.Raw
	case contentOf(m) == "":
		return append([]byte(`{"content":"",`), library[1:]...)
	}
	return library
}
