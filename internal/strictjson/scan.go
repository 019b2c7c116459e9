package strictjson

import (
	"bytes"
	"encoding/json"
	"slices"
)

// maxScanned bounds the members that scan reads: it compares each name with all before.
const maxScanned = 32

// space is what JSON allows between its tokens.
const space = " \t\r\n"

// scan is Object for a text without a mistake, at a fraction of the cost of a decoder. It
// leaves some texts to explain (ok is false): those with more than maxScanned members, and
// those with a name that needs decoding.
func scan(text []byte) (members []Member, ok bool) {
	if !json.Valid(text) {
		return nil, false
	}
	// The text is valid: the first byte of each token says what the token is.
	rest := trim(text)
	if rest[0] != '{' {
		return nil, false
	}
	rest = trim(rest[1:])
	if rest[0] == '}' {
		return nil, true
	}
	members = make([]Member, 0, 4)
	for {
		end := stringEnd(rest)
		name := rest[1 : end-1]
		if len(members) == maxScanned || !isPlain(name) || contains(members, name) {
			return nil, false
		}
		value := trim(rest[end:])
		value = trim(value[len(":"):])
		end = valueEnd(value)
		members = append(members, Member{string(name), json.RawMessage(value[:end:end])})
		rest = trim(value[end:])
		if rest[0] == '}' {
			return members, true
		}
		rest = trim(rest[len(","):])
	}
}

func trim(text []byte) []byte { return bytes.TrimLeft(text, space) }

func contains(members []Member, name []byte) bool {
	return slices.ContainsFunc(members, func(m Member) bool { return m.Name == string(name) })
}

// isPlain reports whether a name means what is written: it has no escape and only ASCII.
func isPlain(name []byte) bool {
	for _, c := range name {
		if c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

// stringEnd returns the length of the string that a valid text begins with.
func stringEnd(text []byte) int {
	for i := 1; ; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// valueEnd returns the length of the value that a valid text begins with. The text goes on
// behind it.
func valueEnd(text []byte) int {
	switch text[0] {
	case '"':
		return stringEnd(text)
	case '{', '[':
		return nestedEnd(text)
	}
	return bytes.IndexAny(text, ",}"+space)
}

// nestedEnd returns the length of the object or array that a valid text begins with.
func nestedEnd(text []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch text[i] {
		case '"':
			i += stringEnd(text[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}
