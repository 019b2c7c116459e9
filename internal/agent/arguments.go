package agent

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/strictjson"
	"aitrader/internal/text"
)

// maxArgumentBytes bounds the arguments of one tool call. Sensible arguments have a
// few hundred bytes.
const maxArgumentBytes = 64 << 10

// NormalizeArguments turns the arguments that a model sent into the JSON object that
// a tool expects: an object inside a JSON string is unwrapped once, and an empty text
// and null become {}. The error is written for the model, so that it can correct
// itself.
func NormalizeArguments(text string) (json.RawMessage, error) {
	text, err := unwrapArguments(text)
	if err != nil {
		return nil, err
	}
	if _, err := decodeObject(text); err != nil {
		return nil, err
	}
	return json.RawMessage(text), nil
}

// DecodeArguments is NormalizeArguments, returning the values by name. Values keep
// the text that the model wrote, so that numbers stay exact.
func DecodeArguments(text string) (map[string]json.RawMessage, error) {
	text, err := unwrapArguments(text)
	if err != nil {
		return nil, err
	}
	return decodeObject(text)
}

func unwrapArguments(text string) (string, error) {
	if len(text) > maxArgumentBytes {
		return "", sim.Errorf(sim.KindInvalid, "the arguments have %d bytes: at most %d are allowed", len(text), maxArgumentBytes)
	}
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, `"`) {
		var inner string
		if err := json.Unmarshal([]byte(text), &inner); err != nil {
			return "", notJSON(err.Error())
		}
		text = strings.TrimSpace(inner)
	}
	if text == "" || text == "null" {
		text = "{}"
	}
	return text, nil
}

// decodeObject reads a JSON object. A repeated name is refused, because it is
// unclear which of its values is meant.
func decodeObject(arguments string) (map[string]json.RawMessage, error) {
	members, err := strictjson.Object([]byte(arguments))
	if mistake, ok := errors.AsType[*strictjson.Error](err); ok {
		return nil, argumentsError(mistake)
	}
	values := make(map[string]json.RawMessage, len(members))
	for _, m := range members {
		values[m.Name] = m.Value
	}
	return values, nil
}

// argumentsError words a mistake for the model that made it.
func argumentsError(mistake *strictjson.Error) error {
	switch mistake.Kind {
	case strictjson.NotObject:
		return sim.Errorf(sim.KindInvalid, "the arguments are not a JSON object such as {\"name\": \"value\"}")
	case strictjson.Repeated:
		return sim.Errorf(sim.KindInvalid, "the argument %s is given twice; give it once", quote(mistake.Name))
	case strictjson.Trailing:
		return sim.Errorf(sim.KindInvalid, "more text follows the arguments; one JSON object is expected")
	case strictjson.Truncated:
		return notJSON("it ends too early")
	}
	return notJSON(mistake.Err.Error())
}

func notJSON(why string) error {
	return sim.Errorf(sim.KindInvalid, "the arguments are not valid JSON (%s); a JSON object such as {\"name\": \"value\"} is expected",
		text.Clip(why, 120))
}

// input holds the arguments of one call and the names that the tool knows.
type input struct {
	values map[string]json.RawMessage
	names  []string
}

// given returns an argument; null and an empty text count as not given.
func (in input) given(name string) (json.RawMessage, bool) {
	raw, ok := in.values[name]
	switch strings.TrimSpace(string(raw)) {
	case "", "null", `""`:
		return nil, false
	}
	return raw, ok
}

// text returns a required argument that is a text.
func (in input) text(name string) (string, error) {
	value, ok, err := in.optionalText(name)
	if err == nil && !ok {
		err = in.missing(name)
	}
	return value, err
}

// optionalText returns an optional argument that is a text.
func (in input) optionalText(name string) (value string, ok bool, err error) {
	raw, ok := in.given(name)
	if !ok {
		return "", false, nil
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", false, wrongType(name, raw, "a text")
	}
	return strings.TrimSpace(value), true, nil
}

// number returns a required argument that is a number, possibly written as a text:
// "5". The digits stay as the model wrote them.
func (in input) number(name string) (json.Number, error) {
	raw, ok := in.given(name)
	if !ok {
		return "", in.missing(name)
	}
	switch c := raw[0]; {
	case c == '-' || c >= '0' && c <= '9':
		return json.Number(raw), nil
	case c == '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", wrongType(name, raw, "a number")
		}
		return json.Number(withoutUnit(text)), nil
	}
	return "", wrongType(name, raw, "a number")
}

// withoutUnit returns the number of a text such as "5 shares" or "3 days".
func withoutUnit(text string) string {
	words := strings.Fields(text)
	if len(words) == 2 && slices.Contains([]string{"share", "shares", "day", "days"}, strings.ToLower(words[1])) {
		return words[0]
	}
	return strings.TrimSpace(text)
}

// integer returns an optional whole number from low to high; otherwise is its
// default.
func (in input) integer(name string, otherwise, low, high int) (int, error) {
	if _, ok := in.given(name); !ok {
		return otherwise, nil
	}
	number, err := in.number(name)
	if err != nil {
		return 0, err
	}
	value, err := sim.ParseQuantity(string(number))
	n := int(value / sim.Share)
	if err != nil || !value.IsWhole() || n < low || n > high {
		return 0, sim.Errorf(sim.KindInvalid, "%s %s: a whole number from %d to %d is expected", name, quote(string(number)), low, high)
	}
	return n, nil
}

// missing is the error of a missing argument. It points out a name that differs only
// in case.
func (in input) missing(name string) error {
	for given := range in.values {
		if given != name && strings.EqualFold(strings.TrimSpace(given), name) {
			return sim.Errorf(sim.KindInvalid, "the argument %q is missing; %s was given, but the name must be exactly %q", name, quote(given), name)
		}
	}
	return sim.Errorf(sim.KindInvalid, "the argument %q is missing; this tool takes: %s", name, strings.Join(in.names, ", "))
}

// ignored lists the arguments that the tool does not know, sorted. A long list is
// cut: it informs the model and is not stored.
func (in input) ignored() []string {
	const maxIgnored = 20
	var out []string
	for name := range in.values {
		if !slices.Contains(in.names, name) {
			out = append(out, text.Clip(name, 40))
		}
	}
	slices.Sort(out)
	if len(out) > maxIgnored {
		out = append(out[:maxIgnored], "...")
	}
	return out
}

func wrongType(name string, raw json.RawMessage, want string) error {
	return sim.Errorf(sim.KindInvalid, "the argument %q is %s: %s is expected", name, text.Clip(string(raw), 40), want)
}
