package prices

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/strictjson"
)

// This file reads JSON token by token: only the current value is in memory, repeated
// keys are detected, and every error has its line and path.

// path writes a JSON path of object keys.
func path(keys ...string) string {
	var b strings.Builder
	for _, key := range keys {
		b.WriteString("[" + quote(key) + "]")
	}
	return b.String()
}

// at returns the place that was read last.
func (v *vantageReader) at(path string) place {
	return place{line: v.lines.line(v.json.InputOffset()), path: path}
}

// eachField calls a function for each key of an object whose opening brace has
// been read. The function must consume the value.
func (v *vantageReader) eachField(read func(key string) error) error {
	members := 0
	err := strictjson.Members(v.json, func(key string, _ bool) error {
		v.taken()
		if members++; members > maxMembers || len(key) > maxName {
			return sim.Errorf(sim.KindInvalid, "%s, line %d: an object with more than %d names, or with a name longer than %d bytes",
				v.c.file, v.at("").line, maxMembers, maxName)
		}
		return read(key)
	})
	if broken, ok := errors.AsType[*strictjson.Error](err); ok {
		return v.jsonError(broken.Err)
	}
	return err
}

// token reads the next token.
func (v *vantageReader) token() (json.Token, error) {
	token, err := v.json.Token()
	v.taken()
	return token, err
}

// taken says that everything so far has been read.
func (v *vantageReader) taken() {
	v.bytes.taken(v.json.InputOffset())
	v.lines.forget(v.json.InputOffset())
}

// openObject reads the opening brace of an object.
func (v *vantageReader) openObject(path string) error {
	token, err := v.token()
	if err != nil {
		return v.jsonError(err)
	}
	if token != json.Delim('{') {
		return v.wrongValue(path, token, "an object is expected")
	}
	return nil
}

// scalar reads a text or a number, as it is written; null is "".
func (v *vantageReader) scalar(path string) (string, error) {
	token, err := v.token()
	if err != nil {
		return "", v.jsonError(err)
	}
	switch t := token.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(t), nil
	case json.Number:
		return t.String(), nil
	}
	return "", v.wrongValue(path, token, "a number or a text is expected")
}

// skipValue consumes any value, and returns it if it is a text.
func (v *vantageReader) skipValue() (string, error) {
	var raw json.RawMessage
	if err := v.json.Decode(&raw); err != nil {
		return "", v.jsonError(err)
	}
	v.taken()
	var text string
	if raw[0] != '"' {
		return "", nil
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", v.jsonError(err)
	}
	return text, nil
}

// wrongValue is the error of a value of the wrong type.
func (v *vantageReader) wrongValue(path string, value any, allowed string) error {
	return sim.Errorf(sim.KindInvalid, "%s, %s: %s: %s", v.c.file, v.at(path), quote(fmt.Sprint(value)), allowed)
}

// jsonError places an error in the format of a JSON file.
func (v *vantageReader) jsonError(err error) error {
	var form *json.SyntaxError
	switch {
	case errors.Is(err, errRecord):
		return sim.Errorf(sim.KindInvalid, "%s, line %d: %w", v.c.file, v.lines.line(v.json.InputOffset()), errRecord)
	case errors.As(err, &form):
		return sim.Errorf(sim.KindInvalid, "%s, line %d: the JSON is broken: %w", v.c.file, v.lines.line(v.json.InputOffset()), err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return sim.Errorf(sim.KindInvalid, "%s, line %d: the file ends in the middle of an object", v.c.file, v.lines.line(v.json.InputOffset()))
	}
	return err
}

// maxQuoted bounds the keys of an object that an error lists.
const maxQuoted = 5

// quoteNames lists keys of an object.
func quoteNames(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, quote(name))
	}
	return strings.Join(quoted, ", ")
}

// lineIndex passes bytes on and remembers where lines end, to translate an offset into a
// line.
type lineIndex struct {
	r      io.Reader
	offset int64
	before int     // the line feeds that are forgotten
	ends   []int64 // the offset of each later line feed
}

// forget says that no offset before this one will be asked for.
func (l *lineIndex) forget(offset int64) {
	n, _ := slices.BinarySearch(l.ends, offset)
	l.before += n
	l.ends = l.ends[n:]
}

func (l *lineIndex) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			l.ends = append(l.ends, l.offset+int64(i))
		}
	}
	l.offset += int64(n)
	return n, err
}

// line returns the number of the line, from 1 on, that an offset lies in.
func (l *lineIndex) line(offset int64) int {
	i, _ := slices.BinarySearch(l.ends, offset)
	return l.before + i + 1
}
