package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/sim"
	"aitrader/internal/strictjson"
	"aitrader/internal/text"
)

// bodyField is a field of a request body: how the OpenAPI document shows it, and how
// it is read into a T.
type bodyField[T any] struct {
	name   string
	schema huma.Schema
	// allowed says in an error which values are: "a date YYYY-MM-DD, or null".
	allowed string
	// secret fields do not show their value in an error.
	secret bool
	// read stores a value, and reports whether it is allowed.
	read func(to *T, value json.RawMessage) bool
}

// bodySchema documents a body.
type bodySchema struct {
	name   string // of the object in the document
	fields []*huma.Schema
	names  []string
}

// newBodySchema documents the fields of a body, all of which are optional.
func newBodySchema[T any](name string, fields []bodyField[T]) *bodySchema {
	b := &bodySchema{name: name}
	for i := range fields {
		b.names, b.fields = append(b.names, fields[i].name), append(b.fields, &fields[i].schema)
	}
	return b
}

// register adds the object to a document, and returns a reference to it.
func (b *bodySchema) register(schemas huma.Registry) *huma.Schema {
	object := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for i, name := range b.names {
		object.Properties[name] = b.fields[i]
	}
	schemas.Map()[b.name] = object
	return &huma.Schema{Ref: "#/components/schemas/" + b.name}
}

// decodeBody reads a JSON object field by field. Names are case-sensitive, and come
// once. A blank body is an empty object. Errors name the field, the value and what
// is allowed.
func decodeBody[T any](body []byte, fields []bodyField[T]) (to T, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return to, nil
	}
	members, err := strictjson.Object(body)
	if err != nil {
		return to, bodySyntax(err, body)
	}
	var unknown []string
	for _, m := range members {
		i := slices.IndexFunc(fields, func(f bodyField[T]) bool { return f.name == m.Name })
		if i < 0 {
			unknown = append(unknown, strconv.Quote(m.Name))
			continue
		}
		if !fields[i].read(&to, m.Value) {
			return to, fields[i].refuse(m.Value)
		}
	}
	if len(unknown) > 0 {
		return to, unknownFields(unknown, fields)
	}
	return to, nil
}

func (f bodyField[T]) refuse(value json.RawMessage) error {
	shown := "the value"
	if !f.secret {
		shown = excerpt(value)
	}
	return sim.Errorf(sim.KindInvalid, "body field %q: %s is not allowed; %s is expected", f.name, shown, f.allowed)
}

// bodySyntax words an error of [strictjson.Object].
func bodySyntax(err error, body []byte) error {
	e := (*strictjson.Error)(nil)
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case strictjson.NotObject:
		return sim.Errorf(sim.KindInvalid, "the body is %s: a JSON object, or nothing, is expected", excerpt(body))
	case strictjson.Repeated:
		return sim.Errorf(sim.KindInvalid, "body field %q is given more than once", e.Name)
	case strictjson.Trailing:
		return sim.Errorf(sim.KindInvalid, "text follows the JSON object of the body, after byte %d", e.Offset)
	default:
		return sim.Errorf(sim.KindInvalid, "the body is not JSON after byte %d", e.Offset)
	}
}

func unknownFields[T any](unknown []string, fields []bodyField[T]) error {
	known := make([]string, 0, len(fields))
	for _, f := range fields {
		known = append(known, f.name)
	}
	slices.Sort(known)
	list := strings.Join(known, ", ")
	if list == "" {
		list = "none"
	}
	return sim.Errorf(sim.KindInvalid, "unknown body field %s; known: %s", strings.Join(unknown, ", "), list)
}

// excerpt quotes the beginning of a value for a message.
func excerpt(value []byte) string {
	return text.ClipWith(string(bytes.TrimSpace(value)), 60, fmt.Sprintf("... (%d bytes)", len(value)))
}

// isNull reports whether a value is null, which counts as a missing one.
func isNull(value json.RawMessage) bool { return string(value) == "null" }

// orNull reads null as a missing value, and everything else by another function.
func orNull[T any](read func(*T, json.RawMessage) bool) func(*T, json.RawMessage) bool {
	return func(to *T, value json.RawMessage) bool { return isNull(value) || read(to, value) }
}

// noFields are those of a body that has none.
var noFields []bodyField[struct{}]

// bodyReader is the part of an input that keeps the request's body, which was read
// within its limit before. Its name in the input is Content, because huma would
// decode a field named Body itself.
type bodyReader struct {
	Content []byte `json:"-"`
}

// Resolve fetches the body.
func (b *bodyReader) Resolve(ctx huma.Context) []error {
	var err error
	if b.Content, err = io.ReadAll(ctx.BodyReader()); err != nil {
		return []error{err}
	}
	return nil
}
