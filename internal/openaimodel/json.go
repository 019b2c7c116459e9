package openaimodel

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// The functions of this file assemble JSON from parts that are JSON already and stay
// unchanged, byte for byte: encoding/json would rewrite them.

// quoted returns a JSON string without the escapes for HTML.
func quoted(s string) json.RawMessage {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// listOf returns a JSON list.
func listOf(items []json.RawMessage) json.RawMessage {
	out := []byte{'['}
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	return append(out, ']')
}

// objectOf returns a JSON object, its names in order.
func objectOf(fields map[string]json.RawMessage) json.RawMessage {
	out := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted(name)...), ':'), fields[name]...)
	}
	return append(out, '}')
}
