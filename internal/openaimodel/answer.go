package openaimodel

import (
	"bytes"
	"encoding/json"
	"time"

	"aitrader/internal/sim"
)

// read turns the body of a successful response into one that the library
// understands, and keeps the usage and the message to be echoed.
func (x *exchange) read(body []byte, after time.Duration) ([]byte, error) {
	body = wellFormed(skipComments(body))
	x.usage = usageOf(body)
	if len(body) == 0 {
		return nil, badAnswer("it is empty")
	}
	fields, ok := object(body)
	if !ok {
		return nil, badAnswer("it is not JSON: %s", describe(body))
	}
	if f := embeddedError(fields["error"], after); f != nil {
		return nil, f
	}
	var choices []map[string]json.RawMessage
	if json.Unmarshal(fields["choices"], &choices) != nil || len(choices) == 0 {
		return nil, badAnswer("it has no choices: %s", describe(body))
	}
	if f := embeddedError(choices[0]["error"], after); f != nil {
		return nil, f
	}
	if string(choices[0]["finish_reason"]) == `"error"` {
		return nil, badAnswer("the provider ended it with an error")
	}
	merged := mergeChoices(choices[:min(len(choices), maxChoices)])
	if merged.broken == sim.StopContext {
		return nil, contextFull("the model's context ended before its answer")
	}
	message, err := x.readMessage(merged.message)
	if err != nil {
		return nil, err
	}
	x.broken = merged.broken
	return json.Marshal(map[string]any{"choices": []any{map[string]any{"message": message}}})
}

// skipComments removes the lines that OpenRouter sends to keep a connection
// alive: ": OPENROUTER PROCESSING".
func skipComments(body []byte) []byte {
	body = bytes.TrimSpace(body)
	for len(body) > 0 && body[0] == ':' {
		_, rest, _ := bytes.Cut(body, []byte("\n"))
		body = bytes.TrimSpace(rest)
	}
	return body
}

// embeddedError reads an error in the body of a successful response. It counts as the
// HTTP status that it names.
func embeddedError(raw json.RawMessage, after time.Duration) *failure {
	if !present(raw) {
		return nil
	}
	body := []byte(`{"error":` + string(raw) + `}`)
	if status := errorStatus(raw); status != 0 {
		return statusFailure(status, body, after)
	}
	f := badAnswer("it is an error: %s", describe(body))
	f.after = after
	return f
}
