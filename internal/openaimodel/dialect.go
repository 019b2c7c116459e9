package openaimodel

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// dialect is how a provider wants a history where vendors contradict each other: what
// one requires another refuses. It is a set of deviations, learned from refusals.
type dialect uint32

const (
	// toolNames: a tool message names its function. Google wants it, OpenAI has no such field.
	toolNames dialect = 1 << iota
	// plainIDs: ids are 9 letters and digits, also those that the provider gave.
	plainIDs
	// bare: answers go back without the fields that OpenAI does not know. Groq refuses the
	// reasoning that it sent.
	bare
	// noStreamOptions: a stream is asked for without its usage.
	noStreamOptions
)

// hints are the words by which a refusal points at a deviation.
var hints = []struct {
	words *regexp.Regexp
	to    dialect
}{
	{regexp.MustCompile(`(?i)stream_?options|include_usage`), noStreamOptions},
	{regexp.MustCompile(`(?i)function_?response\b.{0,20}name|tool.{0,40}\bname\b.{0,40}(?:required|missing|empty)` +
		`|\bname\b.{0,20}cannot be empty`), toolNames},
	{regexp.MustCompile(`(?i)call[ _]?ids?\b|tool_use_?id|\bids?\b.{0,40}(?:letters|characters|length|too long|unique|pattern)`), plainIDs},
	{regexp.MustCompile(`(?i)reasoning|thinking|unsupported|not supported|extra (?:input|field|propert)|additional (?:field|propert)` +
		`|unrecognized|not permitted|not allowed|unknown (?:field|name|property|parameter)|unexpected (?:field|propert|keyword)`), bare},
}

// alternatives lists the dialects to try after a refusal, the likeliest first: the one
// that its words point at, then each alone, and all that concern the history.
func alternatives(text string, used dialect) []dialect {
	var out []dialect
	for _, h := range hints {
		if h.words.MatchString(text) {
			out = append(out, used|h.to)
		}
	}
	return append(out, used|noStreamOptions, used|toolNames, used|plainIDs, used|bare, used|toolNames|plainIDs, used|toolNames|plainIDs|bare)
}

// refusesForm reports whether a failure may be about the form of the request: it says
// that the request is wrong, and nothing clearer.
func refusesForm(err error) (f *failure, ok bool) {
	if !errors.As(err, &f) || f.retry || f.stop != "" || f.broken != "" || f.kind == sim.KindTooLarge {
		return nil, false
	}
	return f, f.status == http.StatusBadRequest || f.status == http.StatusUnprocessableEntity
}

// maxDialects is how many other forms of one request are tried.
const maxDialects = 5

// negotiation finds the dialect of a provider during one completion.
type negotiation struct {
	now     dialect
	known   dialect // that of the model before
	refused error   // the first refusal, which is the one to report
	tried   map[string]bool
}

// next chooses another dialect after a refusal; false: there is none left to try. Form
// returns the messages of the request in a dialect.
func (n *negotiation) next(err error, form func(dialect) string) bool {
	f, ok := refusesForm(err)
	if !ok || len(n.tried) > maxDialects {
		return false
	}
	if n.tried == nil {
		n.refused, n.tried = err, map[string]bool{form(n.now): true}
	}
	for _, d := range alternatives(f.text, n.known) {
		if shape := form(d); !n.tried[shape] {
			n.tried[shape] = true
			n.now = d
			return true
		}
	}
	return false
}

// shape writes what of a request depends on the dialect.
func (m *Model) shape(r agent.Request, d dialect) string {
	var out strings.Builder
	if m.stream && d&noStreamOptions == 0 {
		out.WriteString("stream_options")
	}
	ids := d.ids(r.Messages)
	for _, message := range r.Messages {
		if d&toolNames != 0 {
			out.WriteString(message.ToolName)
		}
		out.WriteString(ids[message.CallID])
		if message.Role == agent.RoleAssistant && len(message.Raw) > 0 {
			out.Write(d.message(message, message.Raw, ids))
		}
	}
	return out.String()
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9]{9}$`)

// ids maps the ids of a conversation to those that are sent. nil: they stay.
func (d dialect) ids(conversation []agent.Message) map[string]string {
	if d&plainIDs == 0 {
		return nil
	}
	out, used, step := map[string]string{}, usedIDs(conversation), 0
	for _, m := range conversation {
		if m.Role == agent.RoleAssistant {
			step++
		}
		for i, c := range m.Calls {
			if !plainID.MatchString(c.ID) {
				out[c.ID] = newID(step, i+1, used)
				used[out[c.ID]] = true
			}
		}
	}
	return out
}

// message returns a message of the history in the dialect.
func (d dialect) message(m agent.Message, wire json.RawMessage, ids map[string]string) json.RawMessage {
	echo, ok := newRepair(wire)
	if d == 0 || !ok || m.Role != agent.RoleTool && m.Role != agent.RoleAssistant {
		return wire
	}
	if m.Role == agent.RoleTool {
		if id, ok := ids[m.CallID]; ok {
			echo.setText("tool_call_id", id)
		}
		if d&toolNames != 0 {
			echo.setText("name", cleanName(m.ToolName))
		}
		return echo.json()
	}
	if d&(plainIDs|bare) == 0 {
		return wire // byte for byte
	}
	var calls []json.RawMessage
	if json.Unmarshal(echo.fields["tool_calls"], &calls) == nil && len(calls) > 0 {
		for i := range calls {
			calls[i] = d.call(calls[i], ids)
		}
		echo.set("tool_calls", listOf(calls))
	}
	if d&bare != 0 {
		echo.keep("role", "content", "tool_calls")
		if _, change := asText(echo.fields["content"]); change || strings.HasPrefix(string(echo.fields["content"]), "[") {
			echo.setText("content", textOf(echo.fields["content"]))
		}
	}
	return echo.json()
}

// call returns a call of a message in the dialect.
func (d dialect) call(wire json.RawMessage, ids map[string]string) json.RawMessage {
	call, ok := newRepair(wire)
	if !ok {
		return wire
	}
	if id, ok := ids[textOf(call.fields["id"])]; ok {
		call.setText("id", id)
	}
	if d&bare != 0 {
		if function, ok := newRepair(call.fields["function"]); ok {
			function.keep("name", "arguments")
			call.set("function", function.json())
		}
		call.keep("id", "type", "function")
	}
	return call.json()
}

// keep removes all fields but some.
func (r *repair) keep(names ...string) {
	wanted := nameSet(names...)
	for name := range r.fields {
		if !wanted[name] {
			r.remove(name)
		}
	}
}
