package mcptool

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"aitrader/internal/agent"
	"aitrader/internal/text"
)

// A result is read here and not by the library, which refuses a whole one for a part
// that it does not know.

const (
	notText = "[content that is not text]"
	// maxForeignError bounds what is shown of a server's own words, in bytes.
	maxForeignError = 1000
)

// content is one part of a result.
type content struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	URI      string `json:"uri"`
	Name     string `json:"name"`
	Resource struct {
		URI  string  `json:"uri"`
		Text *string `json:"text"`
	} `json:"resource"`
}

// readResult returns the answer of a tool: its texts, those of embedded resources, and
// the structured content, unless a text says the same. Other content is mentioned, not
// shown.
func readResult(raw json.RawMessage) agent.ToolResult {
	var result struct {
		Content    json.RawMessage `json:"content"`
		Structured json.RawMessage `json:"structuredContent"`
		IsError    bool            `json:"isError"`
	}
	if json.Unmarshal(raw, &result) != nil {
		return agent.Refusal("the tool has answered in a form that cannot be read")
	}
	var items []json.RawMessage
	if json.Unmarshal(result.Content, &items) != nil && len(result.Content) > 0 {
		items = []json.RawMessage{result.Content}
	}
	structured, said := bytes.TrimSpace(result.Structured), false
	if string(structured) == "null" {
		structured = nil
	}
	var parts []string
	for _, item := range items {
		part := readContent(item)
		said = said || same(structured, part)
		parts = append(parts, part)
	}
	if len(structured) > 0 && !said {
		parts = append(parts, string(structured))
	}
	return agent.ToolResult{Content: strings.Join(parts, "\n"), IsError: result.IsError}
}

// readContent returns one part as text.
func readContent(raw json.RawMessage) string {
	var c content
	var plain string
	switch {
	case json.Unmarshal(raw, &plain) == nil:
		return plain
	case json.Unmarshal(raw, &c) != nil:
		return notText
	case c.Type == "text":
		return c.Text
	case c.Type == "resource" && c.Resource.Text != nil:
		return *c.Resource.Text
	case c.Type == "resource_link":
		return strings.TrimSpace("[resource " + strings.TrimSpace(c.Name+" "+c.URI) + "]")
	}
	return notText
}

// same reports whether a text is the same JSON.
func same(structured json.RawMessage, said string) bool {
	var a, b any
	return json.Unmarshal(structured, &a) == nil && json.Unmarshal([]byte(said), &b) == nil && reflect.DeepEqual(a, b)
}

// foreignError answers a call with the words of a server.
func (r Remote) foreignError(words string) agent.ToolResult {
	return agent.Refusal("the tool of " + r.Name + " has failed: " + text.Clip(r.scrubText(words), maxForeignError))
}
