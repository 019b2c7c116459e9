package agent

import (
	"bytes"
	"encoding/json"

	"aitrader/internal/sim"
)

// A tool answers with one JSON object: answerHead, then the fields of its own
// answer, then answerFoot. Money and quantities are exact JSON numbers. The text is
// part of transcripts, which a replay compares word by word: fields keep their
// names and their order.

// answerHead begins an answer: the date as of which it is true, and why the call is
// refused, if it is.
type answerHead struct {
	AsOf  sim.Date `json:"as_of"`
	Error string   `json:"error,omitempty"`
}

// answerFoot ends an answer whose call had arguments that the tool does not know.
type answerFoot struct {
	Ignored []string `json:"ignored_arguments"`
}

// newAnswer writes an answer of a date. Fields is a struct, or nil. An error is a
// refusal, in words for the model; fields may explain it.
func newAnswer(today sim.Date, fields any, err error, ignored []string) ToolResult {
	head := answerHead{AsOf: today}
	if err != nil {
		head.Error = sim.MessageOf(err)
	}
	parts := []any{head}
	if fields != nil {
		parts = append(parts, fields)
	}
	if len(ignored) > 0 {
		parts = append(parts, answerFoot{ignored})
	}
	return ToolResult{Content: joinObjects(parts), IsError: err != nil}
}

// joinObjects writes structs, each of which has a field, as one JSON object.
func joinObjects(parts []any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	// A model reads the JSON as it is, and the marks around quoted material are made
	// of < and >.
	encoder.SetEscapeHTML(false)
	for _, part := range parts {
		start := out.Len()
		if err := encoder.Encode(part); err != nil {
			panic(err) // structs of this package can always be encoded
		}
		if start > 0 {
			out.Bytes()[start] = ',' // in the place of its opening brace
		}
		out.Truncate(out.Len() - len("}\n"))
	}
	return out.String() + "}"
}
