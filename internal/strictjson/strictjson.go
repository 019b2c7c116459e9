// Package strictjson reads JSON objects the way a caller's mistake is best caught:
// names are case-sensitive and come once, nothing follows the object, and values
// keep the text in which they are written, so that numbers stay exact. Package
// encoding/json, left to itself, takes any case, keeps the last of two values, and
// makes floating point of numbers.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Kind classifies an [Error].
type Kind string

// The kinds of errors.
const (
	Broken    Kind = "broken"     // the text is not JSON
	Truncated Kind = "truncated"  // the text ends inside the object, or is empty
	NotObject Kind = "not_object" // the text is another JSON value
	Repeated  Kind = "repeated"   // a name comes more than once
	Trailing  Kind = "trailing"   // something follows the object
)

// Error says what is wrong with a text and where. Callers word their own message
// by its kind.
type Error struct {
	Kind Kind
	// Offset counts the bytes that could be read: the mistake comes after them. A
	// repeated name ends there.
	Offset int64
	// Name is the name that is repeated; "" for the other kinds.
	Name string
	// Err is the error of encoding/json for a broken text, io.ErrUnexpectedEOF for a
	// truncated one, and nil for the other kinds.
	Err error
}

// Error describes the mistake to a programmer.
func (e *Error) Error() string {
	switch e.Kind {
	case Broken:
		return fmt.Sprintf("not JSON after %d bytes: %v", e.Offset, e.Err)
	case Truncated:
		return fmt.Sprintf("the JSON ends too early, after %d bytes", e.Offset)
	case NotObject:
		return "another JSON value than an object"
	case Repeated:
		return fmt.Sprintf("the name %q is repeated, up to byte %d", e.Name, e.Offset)
	}
	return fmt.Sprintf("more text follows the object, which has %d bytes", e.Offset)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Member is a name of an object and its value as it is written.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Object reads a text that is one object, and returns its members in their order.
// Every error is an *[Error]. The values share the memory of the text.
func Object(text []byte) ([]Member, error) {
	if members, ok := scan(text); ok {
		return members, nil
	}
	return explain(text)
}

// explain is Object by a decoder, token by token: it places a mistake.
func explain(text []byte) ([]Member, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	start, err := d.Token()
	if err != nil {
		return nil, syntax(d, err)
	}
	if start != json.Delim('{') {
		return nil, &Error{Kind: NotObject}
	}
	var members []Member
	err = Members(d, func(name string, repeated bool) error {
		if repeated {
			return &Error{Kind: Repeated, Offset: d.InputOffset(), Name: name}
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return syntax(d, err)
		}
		members = append(members, Member{name, value})
		return nil
	})
	if err != nil {
		return nil, err
	}
	end := d.InputOffset()
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &Error{Kind: Trailing, Offset: end}
	}
	return members, nil
}

// Members reads an object up to its closing brace from a decoder that has read the
// opening one. It calls member for each name, in their order; member reads the
// value. A name may be repeated: it is for the caller to say what that means.
// Errors are those of member, and otherwise an *[Error].
func Members(d *json.Decoder, member func(name string, repeated bool) error) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return syntax(d, err)
		}
		name, _ := token.(string) // where a name is due, the decoder returns nothing else
		if err := member(name, seen[name]); err != nil {
			return err
		}
		seen[name] = true
	}
	if _, err := d.Token(); err != nil {
		return syntax(d, err)
	}
	return nil
}

// syntax places an error of the decoder.
func syntax(d *json.Decoder, err error) *Error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Kind: Truncated, Offset: d.InputOffset(), Err: io.ErrUnexpectedEOF}
	}
	return &Error{Kind: Broken, Offset: d.InputOffset(), Err: err}
}
