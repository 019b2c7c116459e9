package openaimodel

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
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
	if present(fields["error"]) {
		return nil, embeddedError(body, after, x.model.now())
	}
	var choices []map[string]json.RawMessage
	if json.Unmarshal(fields["choices"], &choices) != nil || len(choices) == 0 {
		return nil, embeddedError(body, after, x.model.now())
	}
	for _, c := range choices {
		if present(c["error"]) {
			return nil, embeddedError(objectOf(c), after, x.model.now())
		}
		if reason := textOf(c["finish_reason"]) + " " + textOf(c["native_finish_reason"]); brokenOff.MatchString(reason) {
			return nil, badAnswer("the provider ended it with %s", strings.TrimSpace(reason))
		}
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

// brokenOff matches the reasons for which a provider ends an answer without the model's
// doing, or because what the model wrote was no call: another attempt may give a whole one.
var brokenOff = regexp.MustCompile(`(?i)malformed|unexpected_tool_call|too_many_tool_calls|network_error|insufficient_system_resource|` +
	`\berror\b|abort|cancel|timeout`)

// embeddedError reads the error in the body of a successful response. It counts as the
// HTTP status that it names, or that its words mean.
func embeddedError(body []byte, after time.Duration, now time.Time) *failure {
	says := signsOf(body, now)
	meaning, known := says.meaning(0)
	fields, _ := object(body)
	switch {
	case says.status != 0:
		return statusFailure(says.status, body, after, now)
	case known:
		return statusFailure(meaning.status, body, after, now)
	}
	if f := statusFailure(http.StatusBadRequest, body, after, now); f.broken != "" || f.kind == sim.KindTooLarge {
		return f
	}
	f := badAnswer("it is an error: %s", says.text)
	if !present(fields["error"]) {
		f = badAnswer("it has no choices: %s", says.text)
	}
	f.after = max(after, says.wait)
	f.busy = f.after > 0
	return f
}
