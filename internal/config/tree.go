package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"aitrader/internal/sim"
	"aitrader/internal/strictjson"
	"aitrader/internal/text"
)

// object is a JSON object with its path and the keys that were taken out of it. Values
// are string, json.Number, bool, nil, []any or *object.
type object struct {
	path     string // "" for the whole file
	keys     []string
	values   map[string]any
	taken    map[string]bool
	repeated []string
}

func newObject(path string) *object {
	return &object{path: path, values: map[string]any{}, taken: map[string]bool{}}
}

// at returns the path of a key of the object.
func (o *object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// parseTree parses a file. Its errors name the line and the column.
func parseTree(file string, data []byte) (*object, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(data) > maxFile {
		return nil, sim.Errorf(sim.KindInvalid, "%s: the file is larger than 1 MiB", file)
	}
	if !utf8.Valid(data) {
		return nil, sim.Errorf(sim.KindInvalid, "%s: the file is not text in UTF-8", file)
	}
	// The whole text is checked first, so that reading its tokens cannot fail.
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, syntaxError(file, data, err)
	}
	tokens := json.NewDecoder(bytes.NewReader(data))
	tokens.UseNumber()
	value, err := parseValue(tokens, "")
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "%s: the JSON is broken: %w", file, err)
	}
	root, ok := value.(*object)
	if !ok {
		return nil, sim.Errorf(sim.KindInvalid, "%s: %s: an object with the key models is expected", file, show(value))
	}
	return root, nil
}

// maxFile bounds a configuration file: 1 MiB.
const maxFile = 1 << 20

// syntaxError places an error of the JSON parser.
func syntaxError(file string, data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return sim.Errorf(sim.KindInvalid, "%s: the JSON is broken: %w", file, err)
	}
	// The offset counts the bytes up to and including the offending one; at the
	// end of the text it names the last one.
	before := data[:max(min(int(syntax.Offset), len(data))-1, 0)]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return sim.Errorf(sim.KindInvalid, "%s, line %d, column %d: the JSON is broken: %w", file, line, column, err)
}

// parseValue reads one value from the tokens.
func parseValue(tokens *json.Decoder, path string) (any, error) {
	token, err := tokens.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return parseObject(tokens, path)
	case json.Delim('['):
		return parseList(tokens, path)
	}
	return token, nil
}

func parseObject(tokens *json.Decoder, path string) (*object, error) {
	o := newObject(path)
	err := strictjson.Members(tokens, func(key string, repeated bool) error {
		value, err := parseValue(tokens, o.at(key))
		if err != nil {
			return err
		}
		if repeated {
			o.repeated = append(o.repeated, key)
		} else {
			o.keys = append(o.keys, key)
		}
		o.values[key] = value
		return nil
	})
	return o, err
}

func parseList(tokens *json.Decoder, path string) ([]any, error) {
	list := []any{}
	for tokens.More() {
		value, err := parseValue(tokens, fmt.Sprintf("%s[%d]", path, len(list)))
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := tokens.Token() // the closing bracket
	return list, err
}

// show prints a value for an error.
func show(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case *object:
		return "an object"
	case []any:
		return "a list"
	default:
		return text.Clip(fmt.Sprint(v), maxShown)
	}
}

// maxShown bounds what an error shows of a value, in bytes.
const maxShown = 80

func quote(s string) string { return text.Quote(s, maxShown) }
