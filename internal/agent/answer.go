package agent

import (
	"bytes"
	"encoding/json"
	"strconv"

	"aitrader/internal/sim"
)

// answer builds the JSON object with which a tool answers. It keeps the order of
// its fields, and begins with the date as of which it is true. Money and
// quantities are written exactly, as JSON numbers.
type answer struct {
	json    []byte
	refused bool
}

func newAnswer(today sim.Date) *answer {
	a := &answer{json: make([]byte, 0, 256)}
	a.json = append(a.json, '{')
	a.date("as_of", today)
	return a
}

// refuse marks the answer as an error and says why.
func (a *answer) refuse(text string) {
	a.refused = true
	a.text("error", text)
}

func (a *answer) text(name, value string) {
	a.name(name)
	a.json = appendString(a.json, value)
}

func (a *answer) date(name string, value sim.Date) { a.text(name, value.String()) }

func (a *answer) money(name string, value sim.Money) {
	a.name(name)
	a.json = append(a.json, value.String()...)
}

func (a *answer) quantity(name string, value sim.Quantity) {
	a.name(name)
	a.json = append(a.json, value.String()...)
}

func (a *answer) integer(name string, value int64) {
	a.name(name)
	a.json = strconv.AppendInt(a.json, value, 10)
}

// literal adds a JSON value that is already written: a number, true, null.
func (a *answer) literal(name, value string) {
	a.name(name)
	a.json = append(a.json, value...)
}

// texts adds a list of texts.
func (a *answer) texts(name string, values []string) {
	a.name(name)
	a.json = append(a.json, '[')
	for i, v := range values {
		if i > 0 {
			a.json = append(a.json, ',')
		}
		a.json = appendString(a.json, v)
	}
	a.json = append(a.json, ']')
}

// objects adds a list of n objects; fill writes the fields of one.
func (a *answer) objects(name string, n int, fill func(i int)) {
	a.name(name)
	a.json = append(a.json, '[')
	for i := range n {
		if i > 0 {
			a.json = append(a.json, ',')
		}
		a.json = append(a.json, '{')
		fill(i)
		a.json = append(a.json, '}')
	}
	a.json = append(a.json, ']')
}

func (a *answer) name(name string) {
	if a.json[len(a.json)-1] != '{' {
		a.json = append(a.json, ',')
	}
	a.json = appendString(a.json, name)
	a.json = append(a.json, ':')
}

// result closes the object.
func (a *answer) result() ToolResult {
	return ToolResult{Content: string(append(a.json, '}')), IsError: a.refused}
}

// quoteJSON writes a text as JSON without escaping <, > and &: a model reads the
// JSON as it is, and the marks around quoted material are made of them.
func quoteJSON(s string) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string can always be encoded
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// appendString appends a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(b, quoteJSON(s)...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
