package openaimodel

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"
)

// This file reads the error bodies of vendors:
//
//	{"error": {"message": ..., "code": ...}}           OpenAI, OpenRouter, DeepSeek
//	{"type": "error", "error": {"type", "message"}}    Anthropic
//	[{"error": {"code": 400, "message", "status"}}]    Google
//	{"error": "..."}, {"message": "..."}               others
//	{"detail": "..."}, {"detail": [{"msg": ...}]}      FastAPI
//	<html>...                                          gateways

// describe returns the message of an error body in any of these forms.
func describe(body []byte) string {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return ""
	}
	if body[0] == '<' {
		return describePage(body)
	}
	fields, ok := object(body)
	if !ok {
		return string(body)
	}
	for _, name := range []string{"error", "detail", "message"} {
		if text := message(fields[name]); text != "" {
			return text
		}
	}
	return string(body)
}

var titleTag = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// describePage names a web page by its title.
func describePage(body []byte) string {
	if title := titleTag.FindSubmatch(body); title != nil {
		return "a web page: " + html.UnescapeString(string(title[1]))
	}
	return "a web page"
}

// object reads a JSON object, or the first one of a list.
func object(body []byte) (fields map[string]json.RawMessage, ok bool) {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		body = list[0]
	}
	return fields, json.Unmarshal(body, &fields) == nil && fields != nil
}

// message returns the text in an error value: a string, a list of texts or of
// objects, or an object with a message. "": it holds no text.
func message(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		var texts []string
		for _, item := range list {
			if t := message(item); t != "" {
				texts = append(texts, t)
			}
		}
		return strings.Join(texts, "; ")
	}
	fields, ok := object(raw)
	if !ok {
		return ""
	}
	for _, name := range []string{"message", "msg", "type", "code"} {
		if text = message(fields[name]); text != "" {
			break
		}
	}
	// OpenRouter passes on the message of its provider.
	metadata, _ := object(fields["metadata"])
	if inner := message(metadata["raw"]); inner != "" {
		text += ": " + inner
	}
	return text
}

// present reports whether an error value holds anything: several vendors send null or
// "" with every answer.
func present(raw json.RawMessage) bool {
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", `""`, "false", "{}", "[]":
		return false
	}
	return true
}
