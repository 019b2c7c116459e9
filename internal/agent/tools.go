package agent

import (
	"context"
	"encoding/json"
)

// Tool is one action of a model. Handle gets the arguments as a decoded JSON object
// and answers the model. A mistake of the model is a ToolResult with IsError, never a
// Go error.
type Tool struct {
	Spec   ToolSpec
	Handle func(ctx context.Context, args map[string]json.RawMessage) ToolResult
}

// ToolResult is the answer of a tool, usually a JSON object.
type ToolResult struct {
	Content string
	IsError bool
}

// Refusal answers a call that no tool of the session handles.
func Refusal(reason string) ToolResult {
	content, err := json.Marshal(map[string]string{"error": reason})
	if err != nil {
		panic(err) // a text can always be encoded
	}
	return ToolResult{Content: string(content), IsError: true}
}

// Toolbox calls the tools of one model-day. It belongs to that model-day alone.
type Toolbox interface {
	// Specs describes the tools, in a fixed order.
	Specs() []ToolSpec
	// Call calls a tool with a JSON object. An unknown name is a ToolResult with
	// IsError; a Go error means that the tools themselves failed, and ends the
	// attempt.
	Call(ctx context.Context, name string, arguments json.RawMessage) (ToolResult, error)
	// Close releases what the toolbox holds. It is not used afterwards.
	Close() error
}
