package agent

import (
	"regexp"
	"slices"
	"strings"
)

// A server that does not parse the format in which its model calls tools leaves the
// call in the text, where nothing executes it. The functions of this file find such
// calls, in the templates of models and in the forms that models invent.

// callMarker is a tag or a special token that begins a call in the template of a model.
// Some templates put other characters in the place of | and _.
var callMarker = regexp.MustCompile(`(?i)` +
	// <tool_call>, <function_calls>, <|tool_call|>, <｜tool▁calls▁begin｜>, <|tool_calls_section_begin|>, <TOOLCALL>,
	// <minimax:tool_call>, <longcat_tool_call>, <start_function_call>, <tool_use>, <use_tool>
	`<[|｜]?(?:[a-z]+[:_▁|｜])*(?:tool|function)[_▁\- ]?(?:calls?|use)(?:[_▁\- ]\w+)*(?:[_▁]\w+)*[|｜]?(?:\s[^<>]*)?>` +
	`|<use_(?:mcp_)?tool\b` +
	// <function=buy>, <function name="buy">, <invoke name="buy">, <｜DSML｜invoke name="buy">
	`|<[|｜]?(?:[a-z]+[:|｜])*function\s*=` +
	`|<[|｜]?(?:[a-z]+[:|｜])*(?:function|invoke|tool|call)\s+name\s*=` +
	// [TOOL_CALLS], [TOOL_CALL], [FUNCTION_CALL], [ARGS]
	`|\[/?(?:tool|function)[_ ]?(?:calls?|request)\]` +
	`|<\|python_tag\|>` + // Llama 3
	`|<\|(?:action_start|plugin|tools_prefix|start_action)\|>` + // InternLM, Apertus, Command R
	`|\bto=(?:functions|tools?)\.\w` + // gpt-oss
	`|\bfunctools\s*\[` + // Phi
	"|```\\s*(?:tool_code|tool_calls?|function_calls?|tool_use)\\b") // Gemma

// quote is a quotation mark of JSON or Python, also inside a text that is quoted
// itself.
const quoteMark = `\\*["']`

// argumentsField is the field of a call in JSON that holds its arguments.
var argumentsField = regexp.MustCompile(`(?i)` + quoteMark +
	`(?:arguments|args|kwargs|parameters|params|input|tool_input|action_input|tool_args|function_args|arguments_json)` + quoteMark + `\s*:`)

// textCalls finds the calls of one set of tools.
type textCalls struct {
	tools []ToolSpec
	named *regexp.Regexp // a field of JSON that names a tool
	plain *regexp.Regexp // a line that is nothing but a call
	react *regexp.Regexp // Action: buy
	tag   *regexp.Regexp // <buy>
}

// newTextCalls returns the patterns of calls of some tools; nil without a tool.
func newTextCalls(tools []ToolSpec) *textCalls {
	if len(tools) == 0 {
		return nil
	}
	names := make([]string, len(tools))
	for i, tool := range tools {
		names[i] = regexp.QuoteMeta(tool.Name)
	}
	name := `(?:(?:default_api|functions?|tools?|client|api|assistant)[.:/])?(?P<tool>` + strings.Join(names, "|") + `)`
	const field = `(?:name|tool|tool_name|function|function_name|action|recipient_name|func|method)`
	return &textCalls{
		tools: tools,
		named: regexp.MustCompile(`(?i)` + quoteMark + field + quoteMark + `\s*:\s*` + quoteMark + name + `(?::\d+)?` + quoteMark),
		plain: regexp.MustCompile(`(?im)^[\s\[\x60*>-]*(?:[\w ]+=\s*|await |call:?\s*|print\()*` + name +
			`(?:\.call)?\s*[({]\s*(?:[)}]|` + `\{|` + quoteMark + `?\w+` + quoteMark + `?\s*[=:])`),
		react: regexp.MustCompile(`(?im)^[\s*#>-]*action\s*:[\s*\x60]*` + name + `\b`),
		tag:   regexp.MustCompile(`(?i)<` + name + `(?:\s+\w+\s*=[^<>]*)?/?>`),
	}
}

// find reports whether an answer holds a call of a tool in its text. Beside the signal
// a line such as buy(symbol="AAPL") may also tell what has been done: there it counts
// only where the tool has not been called before in the conversation.
func (t *textCalls) find(text string, before []Message) bool {
	switch {
	case callMarker.MatchString(text):
		return true
	case t == nil:
		return false
	case t.named.MatchString(text) && (argumentsField.MatchString(text) || t.isAll(text)):
		return true
	case t.tag.MatchString(text):
		return true
	}
	done := strings.Contains(text, FinishSignal)
	for _, weak := range []*regexp.Regexp{t.plain, t.react} {
		for _, match := range weak.FindAllStringSubmatch(text, -1) {
			if !done || !called(before, match[weak.SubexpIndex("tool")]) {
				return true
			}
		}
	}
	return false
}

// fence is the beginning or the end of a block of code.
var fence = regexp.MustCompile("(?m)^\\s*```\\w*\\s*$")

// isAll reports whether a text is one JSON value and nothing else: a call without
// arguments has no field for them.
func (t *textCalls) isAll(text string) bool {
	text = strings.TrimSpace(fence.ReplaceAllString(strings.ReplaceAll(text, FinishSignal, ""), ""))
	return strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") || strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]")
}

// called reports whether a conversation holds a call of a tool.
func called(conversation []Message, tool string) bool {
	return slices.ContainsFunc(conversation, func(m Message) bool {
		return slices.ContainsFunc(m.Calls, func(c ToolCall) bool { return strings.EqualFold(c.Name, tool) })
	})
}
