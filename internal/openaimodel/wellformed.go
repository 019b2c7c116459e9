package openaimodel

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

var byteOrderMark = []byte("\ufeff")

// wellFormed replaces what encoding/json reads and stricter parsers refuse: bytes that
// are not UTF-8, and escapes of half a surrogate pair, which remain of a character that
// a provider cut in two. It changes nothing else.
func wellFormed(text []byte) []byte {
	text = bytes.TrimPrefix(text, byteOrderMark)
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	if !bytes.Contains(text, []byte(`\ud`)) && !bytes.Contains(text, []byte(`\uD`)) {
		return text
	}
	out := bytes.Clone(text)
	for i := 0; i < len(out); i++ {
		if out[i] != '\\' {
			continue
		}
		switch high, low := escaped(out[i:]), escaped(out[min(i+6, len(out)):]); {
		case isHigh(high) && isLow(low):
			i += 11
		case isHigh(high), isLow(high):
			copy(out[i:], `\ufffd`)
			i += 5
		default:
			i++ // also an escaped backslash
		}
	}
	return out
}

// escaped returns the number of an escape such as \ud83d at the beginning of a text, or -1.
func escaped(text []byte) int64 {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int64(n)
}

func isHigh(n int64) bool { return n >= 0xd800 && n < 0xdc00 }
func isLow(n int64) bool  { return n >= 0xdc00 && n < 0xe000 }

// asText returns a value as a string, unless it is one of the two forms of content that
// every provider accepts: a string, or a list of typed parts.
func asText(content json.RawMessage) (text string, change bool) {
	var whole *string
	if json.Unmarshal(content, &whole) == nil {
		return "", false // also null
	}
	var parts []struct {
		Type *string `json:"type"`
	}
	if json.Unmarshal(content, &parts) == nil && len(parts) > 0 {
		for _, p := range parts {
			if p.Type == nil {
				return textOf(content), true
			}
		}
		return "", false
	}
	return textOf(content), true
}
