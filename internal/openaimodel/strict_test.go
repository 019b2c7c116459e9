package openaimodel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"aitrader/internal/strictjson"
)

// The strictest provider: a validator of requests that has every rule by which some
// vendor refuses a history. It shares no code with the package.

var (
	strictName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
)

type strictCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function *struct {
		Name      string  `json:"name"`
		Arguments *string `json:"arguments"`
	} `json:"function"`
}

type strictMessage struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"`
	Calls      json.RawMessage `json:"tool_calls"`
	ToolCallID string          `json:"tool_call_id"`
}

// strictly returns why the strictest provider refuses a request, or nil.
func strictly(body []byte) error {
	var request struct {
		Messages []json.RawMessage `json:"messages"`
	}
	if err := wellBehaved(body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return err
	}
	ids, open, last := map[string]bool{}, []string{}, ""
	for i, raw := range request.Messages {
		var m strictMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		if err := m.follows(i, last, &open); err != nil {
			return fmt.Errorf("message %d (%s after %s): %w", i, m.Role, last, err)
		}
		if err := m.valid(ids, &open); err != nil {
			return fmt.Errorf("message %d: %w: %s", i, err, raw)
		}
		last = m.Role
	}
	if last == "assistant" || len(open) > 0 {
		return fmt.Errorf("the conversation ends with %s, and %d calls are unanswered", last, len(open))
	}
	return nil
}

// wellBehaved checks that a text is JSON for every parser.
func wellBehaved(text []byte) error {
	if !utf8.Valid(text) {
		return fmt.Errorf("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := unrepeated(text); err != nil {
		return err
	}
	// Pairs of surrogates, and escaped backslashes, are taken out; what remains is half a character.
	rest := regexp.MustCompile(`\\\\`).ReplaceAllString(string(text), "")
	rest = regexp.MustCompile(`(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}`).ReplaceAllString(rest, "")
	if regexp.MustCompile(`(?i)\\ud[89a-f]`).MatchString(rest) {
		return fmt.Errorf("half a character")
	}
	return nil
}

// unrepeated refuses a name that an object gives twice, at any depth.
func unrepeated(text []byte) error {
	text = bytes.TrimSpace(text)
	var list []json.RawMessage
	if json.Unmarshal(text, &list) == nil {
		for _, item := range list {
			if err := unrepeated(item); err != nil {
				return err
			}
		}
		return nil
	}
	if !bytes.HasPrefix(text, []byte("{")) {
		return nil
	}
	members, err := strictjson.Object(text)
	if err != nil {
		return err
	}
	for _, m := range members {
		if err := unrepeated(m.Value); err != nil {
			return err
		}
	}
	return nil
}

// follows checks the order of roles.
func (m strictMessage) follows(i int, last string, open *[]string) error {
	switch m.Role {
	case "system":
		if i != 0 {
			return fmt.Errorf("the system speaks first")
		}
	case "user", "assistant":
		if len(*open) > 0 {
			return fmt.Errorf("calls %v are unanswered", *open)
		}
		if m.Role == last || m.Role == "assistant" && last == "system" {
			return fmt.Errorf("roles must alternate")
		}
		if m.Role == "user" && last == "tool" {
			return fmt.Errorf("a tool's answer is for the assistant")
		}
	case "tool":
		if len(*open) == 0 || (*open)[0] != m.ToolCallID {
			return fmt.Errorf("the answer is to %q, expected is one of %v", m.ToolCallID, *open)
		}
		*open = (*open)[1:]
	default:
		return fmt.Errorf("unknown role %q", m.Role)
	}
	return nil
}

// valid checks the content and the calls of a message.
func (m strictMessage) valid(ids map[string]bool, open *[]string) error {
	if len(m.Content) == 0 {
		return fmt.Errorf("no content")
	}
	blank, err := blankContent(m.Content)
	if err != nil {
		return err
	}
	if blank && (m.Role != "assistant" || len(m.Calls) == 0) {
		return fmt.Errorf("the content is blank")
	}
	if len(m.Calls) == 0 {
		return nil
	}
	var calls []strictCall
	if err := json.Unmarshal(m.Calls, &calls); err != nil || len(calls) == 0 || m.Role != "assistant" {
		return fmt.Errorf("tool_calls must be a list with at least one call (%w)", err)
	}
	for _, c := range calls {
		if c.ID == "" || ids[c.ID] || c.Type != "function" || c.Function == nil || c.Function.Arguments == nil {
			return fmt.Errorf("call %+v: a unique id, the type function and a function are expected", c)
		}
		ids[c.ID] = true
		*open = append(*open, c.ID)
		if !strictName.MatchString(c.Function.Name) {
			return fmt.Errorf("name %q", c.Function.Name)
		}
		arguments := []byte(*c.Function.Arguments)
		if _, err := strictjson.Object(arguments); err != nil {
			return fmt.Errorf("arguments %s: %w", arguments, err)
		}
		if err := wellBehaved(arguments); err != nil {
			return fmt.Errorf("arguments %s: %w", arguments, err)
		}
	}
	return nil
}

// blankContent reports whether content has no text. Typed parts count as text.
func blankContent(raw json.RawMessage) (bool, error) {
	var text *string
	if json.Unmarshal(raw, &text) == nil {
		return text == nil || strings.TrimSpace(*text) == "", nil
	}
	var parts []struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil || len(parts) == 0 {
		return false, fmt.Errorf("content %s is neither a text nor a list of parts", raw)
	}
	for _, p := range parts {
		if p.Type == "" {
			return false, fmt.Errorf("a part of %s has no type", raw)
		}
	}
	return false, nil
}
