package openaimodel

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"

	"aitrader/internal/agent"
	"aitrader/internal/strictjson"
)

// libraryMessage is a message in the form that go-openai reads.
type libraryMessage struct {
	Role      string        `json:"role"`
	Content   string        `json:"content"`
	Reasoning string        `json:"reasoning_content"`
	Calls     []libraryCall `json:"tool_calls"`
}

type libraryCall struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Function libraryFunction `json:"function"`
}

type libraryFunction struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// readMessage normalises the message of a choice. Later requests echo the message byte
// for byte, but for the fields that need repair. A refusal counts as content: it is
// what the model said.
func (x *exchange) readMessage(raw json.RawMessage) (libraryMessage, error) {
	echo, ok := newRepair(raw)
	if !ok {
		return libraryMessage{}, badAnswer("its first choice has no message")
	}
	out := libraryMessage{Role: "assistant", Content: cmp.Or(textOf(echo.fields["content"]), textOf(echo.fields["refusal"])),
		Reasoning: reasoning(echo.fields)}
	if err := x.readCalls(echo, &out); err != nil {
		return libraryMessage{}, err
	}
	echo.setText("role", out.Role)
	echo.setContent(out)
	x.echo = echo.json()
	return out, nil
}

// setContent repairs the content of a message: a text, a list of typed parts, or null
// beside tool calls, and never blank without them.
func (r *repair) setContent(m libraryMessage) {
	content, given := r.fields["content"]
	text, change := asText(content)
	switch {
	case len(m.Calls) == 0 && isBlank(m.Content):
		r.setText("content", emptyAnswer)
	case len(m.Calls) == 0 && isBlank(textOf(content)):
		r.setText("content", m.Content)
	case change, !given:
		r.setText("content", text)
	}
}

// readCalls normalises the tool calls of a message, and repairs those to be echoed.
func (x *exchange) readCalls(echo *repair, out *libraryMessage) error {
	list, changed, err := listOfCalls(echo)
	if err != nil {
		return err
	}
	used := usedIDs(x.messages)
	for i := range list {
		call, repaired, err := x.readCall(list[i], i, used)
		if err != nil {
			return err
		}
		out.Calls = append(out.Calls, call)
		changed = changed || repaired.made
		list[i] = repaired.json()
	}
	switch _, given := echo.fields["tool_calls"]; {
	case len(list) == 0 && given:
		echo.remove("tool_calls")
	case changed:
		echo.set("tool_calls", listOf(list))
	}
	return nil
}

// listOfCalls returns the tool calls of a message. A call outside a list, and the
// function_call of the older interface, are lists of one. Calls beyond what a session
// keeps are left out. Changed reports both.
func listOfCalls(message *repair) (list []json.RawMessage, changed bool, err error) {
	raw := message.fields["tool_calls"]
	if !present(raw) {
		raw = message.fields["function_call"]
		if !present(raw) {
			return nil, false, nil
		}
		message.remove("function_call")
		return []json.RawMessage{objectOf(map[string]json.RawMessage{"function": raw})}, true, nil
	}
	if json.Unmarshal(raw, &list) == nil {
		kept := list[:min(len(list), agent.MaxCallsKept)]
		return kept, len(kept) < len(list), nil
	}
	if _, ok := newRepair(raw); ok {
		return []json.RawMessage{raw}, true, nil
	}
	return nil, false, badAnswer("its tool_calls are not a list")
}

// readCall normalises a tool call: it gets a unique id, the name of the tool that it
// means, and its arguments as a string.
func (x *exchange) readCall(raw json.RawMessage, number int, used map[string]bool) (libraryCall, *repair, error) {
	echo, ok := newRepair(raw)
	if !ok {
		return libraryCall{}, nil, badAnswer("its tool call %d has no function", number+1)
	}
	function, nested := newRepair(echo.fields["function"])
	if !nested {
		// Some servers leave the function out and write its fields into the call.
		if len(echo.fields["name"]) == 0 {
			return libraryCall{}, nil, badAnswer("its tool call %d has no function", number+1)
		}
		function = &repair{made: true, fields: map[string]json.RawMessage{"name": echo.fields["name"], "arguments": echo.fields["arguments"]}}
		echo.remove("name")
		echo.remove("arguments")
	}
	call := libraryCall{ID: fitID(textOf(echo.fields["id"]), x.step, number+1, used), Type: "function"}
	call.Function = libraryFunction{
		Name:      meantTool(textOf(function.fields["name"]), x.tools),
		Arguments: executable(arguments(function.fields["arguments"])),
	}
	function.setText("name", cleanName(call.Function.Name))
	function.setText("arguments", executed(call.Function.Arguments))
	if function.made {
		echo.set("function", function.json())
	}
	echo.setText("id", call.ID)
	echo.setText("type", call.Type)
	return call, echo, nil
}

// arguments returns the arguments of a call as a text: an object outside a string keeps
// its text, and missing arguments are an empty object.
func arguments(raw json.RawMessage) string {
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "{}"
	case json.Unmarshal(raw, &text) == nil:
		return text
	}
	return string(raw)
}

// reasoning returns the reasoning of a model from any of the fields that vendors use.
func reasoning(fields map[string]json.RawMessage) string {
	for _, name := range []string{"reasoning_content", "reasoning", "reasoning_details"} {
		if text := textOf(fields[name]); text != "" {
			return text
		}
	}
	return ""
}

// textOf returns the text of a string, a number, or a list of parts. Parts without
// text are left out.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		parts = []json.RawMessage{raw}
	}
	var out strings.Builder
	for _, part := range parts {
		var p struct {
			Text    string `json:"text"`
			Summary string `json:"summary"`
		}
		switch {
		case json.Unmarshal(part, &text) == nil:
			out.WriteString(text)
		case json.Unmarshal(part, &p) == nil:
			out.WriteString(p.Text + p.Summary)
		}
	}
	return out.String()
}

// repair is a JSON object that can be changed. It keeps its original bytes until then.
type repair struct {
	raw    json.RawMessage
	fields map[string]json.RawMessage
	made   bool
}

// newRepair reads an object; ok is false for any other value. A name that it gives
// twice, which some parsers refuse, is repaired at once.
func newRepair(raw json.RawMessage) (r *repair, ok bool) {
	r = &repair{raw: raw}
	if json.Unmarshal(raw, &r.fields) != nil || r.fields == nil {
		return r, false
	}
	_, err := strictjson.Object(raw)
	mistake, ok := errors.AsType[*strictjson.Error](err)
	r.made = ok && mistake.Kind == strictjson.Repeated
	return r, true
}

// remove deletes a field.
func (r *repair) remove(name string) {
	if _, ok := r.fields[name]; ok {
		delete(r.fields, name)
		r.made = true
	}
}

// set replaces a field.
func (r *repair) set(name string, value json.RawMessage) {
	r.fields[name], r.made = value, true
}

// setText makes a field a string, unless it is that string already.
func (r *repair) setText(name, text string) {
	var old *string
	if json.Unmarshal(r.fields[name], &old) != nil || old == nil || *old != text {
		r.set(name, quoted(text))
	}
}

// json returns the object.
func (r *repair) json() json.RawMessage {
	if !r.made {
		return r.raw
	}
	return objectOf(r.fields)
}
