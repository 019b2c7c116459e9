package openaimodel

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"aitrader/internal/agent"
)

// This file says what of a conversation is sent back. A provider checks it, some more
// strictly than they check what their own models write, so all of it is valid for the
// strictest: what was executed in place of what was written, and no message without
// content. All else in an answer goes back byte for byte, because some providers require
// it: reasoning, signatures, their own ids.

// Texts that take the place of none: providers refuse a message without content.
const (
	emptyAnswer = "(no answer)"
	emptyResult = "(empty)"
)

func isBlank(s string) bool { return strings.TrimFunc(s, unicode.IsSpace) == "" }

// idLength is the length of an id that every provider accepts: Mistral wants exactly
// this many letters and digits.
const idLength = 9

// newID returns an id for a call that has none of its own: the letter c, and step and
// number in base 36. It is none of those that are used.
func newID(step, number int, used map[string]bool) string {
	const digits = (idLength - 1) / 2
	padded := func(n int) string {
		s := strings.Repeat("0", digits) + strconv.FormatInt(int64(n), 36)
		return s[len(s)-digits:]
	}
	id := "c" + padded(step) + padded(number)
	for first := 'd'; used[id] && first <= 'z'; first++ {
		id = string(first) + id[1:]
	}
	return id
}

// maxID bounds the id of a call that is sent back, in bytes. Gateways put signatures of
// some thousand bytes into ids, and need them back.
const maxID = 16 << 10

// usedIDs returns the ids of the calls in a conversation.
func usedIDs(conversation []agent.Message) map[string]bool {
	used := map[string]bool{}
	for _, m := range conversation {
		for _, c := range m.Calls {
			used[c.ID] = true
		}
	}
	return used
}

// fitID returns the id of a call: its own if it can be sent back and no earlier call of
// the conversation has it.
func fitID(own string, step, number int, used map[string]bool) string {
	if own == "" || len(own) > maxID || used[own] || strings.ContainsFunc(own, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		own = newID(step, number, used)
	}
	used[own] = true
	return own
}

// executable returns the arguments of a call with the object that they mean made plain:
// without a code fence around it, and decoded as often as it was encoded. Arguments that
// mean no object stay as they are, for the session to refuse.
func executable(written string) string {
	if _, err := agent.NormalizeArguments(written); err == nil {
		return written
	}
	const maxEncoded = 4
	inner := unfenced(written)
	for range maxEncoded {
		if object, err := agent.NormalizeArguments(inner); err == nil {
			return string(object)
		}
		var text string
		if json.Unmarshal([]byte(inner), &text) != nil {
			break
		}
		inner = unfenced(text)
	}
	return written
}

// unfenced returns a text without the code fence or the token of a chat template
// around it.
func unfenced(text string) string {
	text = strings.TrimSpace(text)
	if at := strings.Index(text, "}<|"); at > 0 {
		text = text[:at+1]
	}
	body, fenced := strings.CutPrefix(text, "```")
	if !fenced {
		return text
	}
	body = strings.TrimPrefix(strings.TrimPrefix(body, "json"), "JSON")
	body, _, _ = strings.Cut(body, "```")
	return strings.TrimSpace(body)
}

// executed returns the arguments to be sent back, always an object: the one with which
// the tool was called, or an empty one if it was not called. The tool's answer tells the
// model what was wrong.
func executed(arguments string) string {
	object, err := agent.NormalizeArguments(arguments)
	if err != nil {
		return "{}"
	}
	return string(wellFormed(object))
}
