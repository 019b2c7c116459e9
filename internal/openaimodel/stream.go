package openaimodel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// This file reads answers that come as server-sent events: those that were asked for
// with params.stream, and those of providers that only stream. The pieces are put
// together to the answer that would have come otherwise.

const (
	// maxStream bounds what is read of a stream, whose events repeat much, in bytes.
	maxStream = 32 << 20
	// maxEvent bounds one event, in bytes.
	maxEvent = 4 << 20
	// maxAssembled bounds the message that a stream adds up to, in bytes of memory: its texts,
	// and nodeSize for each value.
	maxAssembled = 2 << 20
	nodeSize     = 64
	// maxOpen bounds how far back a piece looks for the element of a list that it continues.
	maxOpen = agent.MaxCallsKept
)

// errStreamTooLarge is the error of a stream that passes these bounds.
var errStreamTooLarge = errors.New("the stream is too large")

// isStream reports whether a body consists of events. It reads the comments that may
// stand before either form.
func isStream(body *bufio.Reader) bool {
	const maxBefore = 64 << 10 // comments and blanks; each round reads at least a byte
	for range maxBefore {
		start, err := body.Peek(1)
		if err != nil {
			return false
		}
		switch start[0] {
		case ' ', '\t', '\r', '\n':
			_, _ = body.Discard(1)
		case ':':
			if _, err := body.ReadSlice('\n'); err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return false
			}
		default:
			start, _ = body.Peek(6)
			return bytes.HasPrefix(start, []byte("data:")) || bytes.HasPrefix(start, []byte("event:")) ||
				bytes.HasPrefix(start, []byte("id:")) || bytes.HasPrefix(start, []byte("retry:"))
		}
	}
	return false
}

// assembly is an answer of which pieces have come.
type assembly struct {
	choices []*node // by their index
	ended   bool
	sizes   []growth // of the choices
	usage   json.RawMessage
}

// isTooLarge reports whether the choices together pass the bound.
func (a *assembly) isTooLarge() bool {
	var sum growth
	for _, size := range a.sizes {
		sum += size
	}
	return sum > maxAssembled
}

// growth counts the bytes of a message, up to maxAssembled. Values beyond that are left out.
type growth int

// by adds bytes and reports whether they still fit.
func (g *growth) by(n int) bool {
	*g += growth(n)
	return *g <= maxAssembled
}

// readStream reads a stream to its end and returns the answer. An error is a *failure, or
// one of the connection.
func (x *exchange) readStream(body io.Reader, after time.Duration) ([]byte, error) {
	bounded := &io.LimitedReader{R: body, N: maxStream}
	lines := bufio.NewScanner(bounded)
	lines.Buffer(make([]byte, 0, 4<<10), maxEvent)
	var a assembly
	for lines.Scan() {
		data, ok := bytes.CutPrefix(bytes.TrimSpace(lines.Bytes()), []byte("data:"))
		data = bytes.TrimSpace(data)
		switch {
		case !ok || len(data) == 0:
			continue
		case string(data) == "[DONE]":
			a.ended = true
			continue
		}
		event := wellFormed(bytes.Clone(data))
		x.usage = a.usageWith(event)
		if err := a.add(event); err != nil {
			return nil, badAnswer("%v", err)
		}
		if fields, _ := object(event); present(fields["error"]) || string(fields["type"]) == `"error"` {
			return nil, embeddedError(event, after, x.model.now())
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong), !a.ended && bounded.N <= 0:
		return nil, badAnswer("%v", errStreamTooLarge)
	case err != nil:
		return nil, err
	case len(a.choices) == 0:
		return nil, badAnswer("its stream holds no answer")
	case !a.ended:
		return nil, badAnswer("its stream ends too early")
	}
	return a.json(), nil
}

// usageWith returns the usage that a stream reports, an event included. It is that of
// the whole answer, and comes at the end, or with each event.
func (a *assembly) usageWith(event []byte) sim.Usage {
	fields, _ := object(event)
	for _, raw := range []json.RawMessage{fields["usage"], groqUsage(fields), choiceUsage(fields)} {
		if present(raw) {
			a.usage = raw
			break
		}
	}
	return usageOf(objectOf(map[string]json.RawMessage{"usage": orNull(a.usage)}))
}

func groqUsage(fields map[string]json.RawMessage) json.RawMessage {
	groq, _ := object(fields["x_groq"])
	return groq["usage"]
}

// choiceUsage is where Moonshot reports the usage.
func choiceUsage(fields map[string]json.RawMessage) json.RawMessage {
	choice, _ := object(fields["choices"])
	return choice["usage"]
}

// orNull returns a value, or null for none.
func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

// add adds an event. An event that is no JSON ends the stream with an error.
func (a *assembly) add(event []byte) error {
	var chunk struct {
		Choices []map[string]json.RawMessage `json:"choices"`
	}
	if !json.Valid(event) {
		return errors.New("an event of its stream is not JSON: " + describe(event))
	}
	_ = json.Unmarshal(event, &chunk) // an error and a usage have no choices
	for i, c := range chunk.Choices {
		at := i
		if json.Unmarshal(c["index"], &at) != nil {
			at = i
		}
		if at < 0 || at >= maxChoices {
			continue
		}
		for len(a.choices) <= at {
			a.choices = append(a.choices, &node{fields: map[string]*node{"message": {fields: map[string]*node{}}}})
			a.sizes = append(a.sizes, 0)
		}
		a.addChoice(a.choices[at], c, &a.sizes[at])
	}
	if a.isTooLarge() {
		return errStreamTooLarge
	}
	return nil
}

// addChoice adds the piece of a choice: a delta, or from some servers the message.
func (a *assembly) addChoice(to *node, piece map[string]json.RawMessage, size *growth) {
	delta := piece["delta"]
	if whole := piece["message"]; present(whole) && !present(delta) {
		to.fields["message"], *size = &node{fields: map[string]*node{}}, 0
		delta = whole
	}
	if present(delta) {
		to.fields["message"].add("message", delta, size, maxKeptDepth)
	}
	for _, name := range []string{"finish_reason", "native_finish_reason", "error"} {
		if present(piece[name]) {
			to.fields[name] = &node{}
			to.fields[name].set(piece[name], size)
			a.ended = true
		}
	}
}

// json returns the answer.
func (a *assembly) json() []byte {
	choices := make([]json.RawMessage, len(a.choices))
	for i, c := range a.choices {
		choices[i] = c.json()
	}
	return objectOf(map[string]json.RawMessage{"choices": listOf(choices), "usage": orNull(a.usage)})
}

// node is a value that grows: texts are joined, lists appended, objects merged. Other
// values are replaced. One of its fields is set.
type node struct {
	text   *strings.Builder
	fields map[string]*node
	list   []*node
	raw    json.RawMessage
}

// constants are the fields of a message and of its calls that come whole. Some servers
// repeat them with every piece.
var constants = nameSet("role", "id", "type", "index", "format", "signature")

// add adds a piece of the value of a name. A piece that is too deep counts as a whole.
func (n *node) add(name string, piece json.RawMessage, size *growth, depth int) {
	var text string
	var list []json.RawMessage
	var fields map[string]json.RawMessage
	piece = bytes.TrimSpace(piece)
	switch {
	case len(piece) == 0 || string(piece) == "null":
		if n.empty() {
			n.raw = piece
		}
	case depth == 0:
		n.set(piece, size)
	case json.Unmarshal(piece, &text) == nil:
		n.addText(name, text, size)
	case piece[0] == '[' && json.Unmarshal(piece, &list) == nil && n.text == nil && n.fields == nil:
		n.raw = nil
		for _, item := range list {
			if e := n.element(item, size); e != nil {
				e.add("", item, size, depth-1)
			}
		}
	case piece[0] == '{' && json.Unmarshal(piece, &fields) == nil && n.text == nil && n.list == nil:
		n.raw = nil
		if n.fields == nil {
			n.fields = map[string]*node{}
		}
		for key, value := range fields {
			if n.fields[key] == nil {
				if !size.by(nodeSize + len(key)) {
					continue
				}
				n.fields[key] = &node{}
			}
			n.fields[key].add(key, value, size, depth-1)
		}
	default:
		n.set(piece, size)
	}
}

// set replaces the value.
func (n *node) set(piece json.RawMessage, size *growth) {
	if size.by(len(piece) - len(n.raw)) {
		*n = node{raw: piece}
	}
}

func (n *node) empty() bool { return n.text == nil && n.fields == nil && n.list == nil && n.raw == nil }

// addText joins a text, but a constant, and a name that comes again.
func (n *node) addText(name, text string, size *growth) {
	if n.text == nil {
		*n = node{text: &strings.Builder{}}
	}
	if whole := n.text.String(); whole != "" && (constants[name] || name == "name" && whole == text) {
		return
	}
	if size.by(len(text)) {
		n.text.WriteString(text)
	}
}

// element returns the element of a list that a piece continues: the one of its index and
// kind, unless the piece has another id and begins a call of its own; else a new one, or
// nil where there is no room.
func (n *node) element(piece json.RawMessage, size *growth) *node {
	fields, ok := object(piece)
	if ok {
		for _, e := range slices.Backward(n.list[max(0, len(n.list)-maxOpen):]) {
			if e.fields != nil && continues(e, fields) {
				return e
			}
		}
	}
	if !size.by(nodeSize) {
		return nil
	}
	n.list = append(n.list, &node{})
	return n.list[len(n.list)-1]
}

func continues(e *node, piece map[string]json.RawMessage) bool {
	id, index := textOf(piece["id"]), textOf(piece["index"])
	switch {
	case id != "" && id != e.said("id") && e.said("id") != "":
		return false
	case index != "":
		return index == e.said("index") && (textOf(piece["type"]) == e.said("type") || textOf(piece["type"]) == "" || e.said("type") == "")
	case id != "":
		return id == e.said("id")
	}
	_, isCall := piece["function"]
	function, _ := object(piece["function"])
	return isCall && textOf(function["name"]) == "" // of the last call
}

// said returns the text of a field.
func (n *node) said(name string) string {
	f := n.fields[name]
	if f == nil {
		return ""
	}
	return textOf(f.json())
}

// json returns the value.
func (n *node) json() json.RawMessage {
	switch {
	case n.text != nil:
		return quoted(n.text.String())
	case n.fields != nil:
		fields := map[string]json.RawMessage{}
		for name, value := range n.fields {
			fields[name] = value.json()
		}
		return objectOf(fields)
	case n.list != nil:
		items := make([]json.RawMessage, len(n.list))
		for i, item := range n.list {
			items[i] = item.json()
		}
		return listOf(items)
	}
	return orNull(n.raw)
}
