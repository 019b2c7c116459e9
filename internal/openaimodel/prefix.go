package openaimodel

import (
	"encoding/json"
	"maps"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// Providers cache the beginning of a request that they have seen before: the tools,
// then the messages in order. A request therefore repeats the one before it byte for
// byte and appends to it, and the first message is the same on every day.

// paramMarker is the parameter that is no field of a request: its value becomes the
// cache_control of the messages of the prompt, for vendors that cache only what is
// marked.
const paramMarker = "cache_marker"

// cacheMarker takes the marker out of the parameters; nil: none is set.
func cacheMarker(params map[string]json.RawMessage) (json.RawMessage, error) {
	marker := params[paramMarker]
	delete(params, paramMarker)
	if !present(marker) {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(marker, &fields) != nil {
		return nil, sim.Errorf(sim.KindInvalid, `params: %q is %s: a vendor's cache_control is expected, such as {"type": "ephemeral"}`,
			paramMarker, marker)
	}
	return marker, nil
}

// requestBody builds the body of a request: what is the same in every request of the
// model, and then the messages.
func (m *Model) requestBody(d dialect, tools json.RawMessage, messages []json.RawMessage) []byte {
	fields := maps.Clone(m.params)
	fields["model"] = quoted(m.name)
	if m.stream {
		fields["stream"] = json.RawMessage("true")
		if d&noStreamOptions == 0 {
			fields["stream_options"] = json.RawMessage(`{"include_usage":true}`)
		}
	}
	if len(tools) > 0 {
		fields["tools"] = tools
	}
	body := objectOf(fields)
	body = append(body[:len(body)-1], `,"messages":`...)
	return append(append(body, listOf(messages)...), '}')
}

// mark adds the cache marker to the messages of a prompt, those before the first answer.
func (m *Model) mark(conversation []agent.Message, wire []json.RawMessage) {
	if m.cacheMarker == nil {
		return
	}
	for i, message := range conversation {
		if message.Role != agent.RoleSystem && message.Role != agent.RoleUser {
			return
		}
		part := objectOf(map[string]json.RawMessage{
			"type": quoted("text"), "text": quoted(message.Content), "cache_control": m.cacheMarker,
		})
		wire[i] = objectOf(map[string]json.RawMessage{
			"role": quoted(string(message.Role)), "content": listOf([]json.RawMessage{part}),
		})
	}
}
