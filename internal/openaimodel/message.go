package openaimodel

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
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
// for byte, unless one of its fields needs repair. A refusal counts as content: it is
// what the model said.
func (x *exchange) readMessage(raw json.RawMessage) (libraryMessage, error) {
	echo, ok := newRepair(raw)
	if !ok {
		return libraryMessage{}, badAnswer("its first choice has no message")
	}
	out := libraryMessage{Role: "assistant", Content: cmp.Or(textOf(echo.fields["content"]), textOf(echo.fields["refusal"])),
		Reasoning: reasoning(echo.fields)}
	if present(echo.fields["tool_calls"]) {
		calls, repaired, err := x.readCalls(echo.fields["tool_calls"])
		if err != nil {
			return libraryMessage{}, err
		}
		out.Calls = calls
		if repaired != nil {
			echo.set("tool_calls", repaired)
		}
	}
	echo.setText("role", out.Role)
	// Beside tool calls the content may be null, but not missing.
	if content := string(echo.fields["content"]); content == "" || content == "null" && len(out.Calls) == 0 {
		echo.setText("content", "")
	}
	x.echo = echo.json()
	return out, nil
}

// readCalls normalises tool calls: each gets a unique id, and its arguments as a string.
// Repaired is the list to be echoed, nil where it can stay unchanged.
func (x *exchange) readCalls(raw json.RawMessage) (calls []libraryCall, repaired json.RawMessage, err error) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, nil, badAnswer("its tool_calls are not a list")
	}
	used, changed := map[string]bool{}, false
	for i := range list {
		echo, ok := newRepair(list[i])
		function, hasFunction := newRepair(echo.fields["function"])
		if !ok || !hasFunction {
			return nil, nil, badAnswer("its tool call %d has no function", i+1)
		}
		call := libraryCall{ID: textOf(echo.fields["id"]), Type: "function"}
		if call.ID == "" || used[call.ID] {
			call.ID = "call-" + strconv.Itoa(x.step) + "-" + strconv.Itoa(i+1)
		}
		used[call.ID] = true
		call.Function = libraryFunction{Name: textOf(function.fields["name"]), Arguments: arguments(function.fields["arguments"])}
		calls = append(calls, call)

		function.setText("arguments", echoArguments(call.Function.Arguments))
		if function.made {
			echo.set("function", function.json())
		}
		echo.setText("id", call.ID)
		echo.setText("type", call.Type)
		list[i], changed = echo.json(), changed || echo.made
	}
	if changed {
		repaired = listOf(list)
	}
	return calls, repaired, nil
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

// newRepair reads an object; ok is false for any other value.
func newRepair(raw json.RawMessage) (r *repair, ok bool) {
	r = &repair{raw: raw}
	return r, json.Unmarshal(raw, &r.fields) == nil && r.fields != nil
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
