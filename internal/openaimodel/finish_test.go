package openaimodel

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// choiceOf is a body with one choice.
func choiceOf(message, finish string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"message":%s,"finish_reason":%q}],"usage":{"prompt_tokens":10,"completion_tokens":3}}`,
		message, finish)
}

func TestAnAnswerThatWasBrokenOffIsNoDecision(t *testing.T) {
	for reason, finishes := range map[sim.StopReason][]string{
		sim.StopTruncated: {"length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "max_completion_tokens", "model_length"},
		sim.StopFiltered: {"content_filter", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY", "refusal",
			"sensitive", "guardrail_intervened", "content_filtered", "ERROR_TOXIC"},
		"": {"stop", "tool_calls", "end_turn", "STOP", "eos", "stop_sequence", "function_call", "COMPLETE", "null"},
	} {
		for _, finish := range finishes {
			for _, content := range []string{"I am do", "I am done <FINISH_SIGNAL>"} {
				p := newProvider(t, answer(200, choiceOf(fmt.Sprintf(`{"role":"assistant","content":%q}`, content), finish)))
				m, _ := newModel(t, p)
				r, err := m.Complete(context.Background(), ask())
				require.NoError(t, err, finish)
				assert.Equal(t, reason, r.Broken, finish)
				assert.Equal(t, 1, p.requests(), finish)
				assert.Equal(t, sim.Usage{Input: 10, Output: 3}, r.Usage, "it is paid for")
			}
		}
	}
}

func TestBrokenAnswersWithoutWords(t *testing.T) {
	for body, reason := range map[string]sim.StopReason{
		choiceOf(`null`, "content_filter"):                                                                        sim.StopFiltered,
		`{"choices":[{"finish_reason":"length","index":0}]}`:                                                      sim.StopTruncated,
		choiceOf(`{"role":"assistant"}`, "length"):                                                                sim.StopTruncated,
		choiceOf(`{"role":"assistant"}`, "stop"):                                                                  sim.StopEmpty,
		choiceOf(`{"role":"assistant","content":null}`, "stop"):                                                   sim.StopEmpty,
		choiceOf(`{"role":"assistant","content":" \n"}`, "stop"):                                                  sim.StopEmpty,
		choiceOf(`{"role":"assistant","content":[]}`, "stop"):                                                     sim.StopEmpty,
		choiceOf(`{"role":"assistant","content":"","reasoning":"hm"}`, "stop"):                                    sim.StopEmpty,
		choiceOf(`{"role":"assistant","content":"<think>hm</think>"}`, "stop"):                                    sim.StopEmpty,
		choiceOf(`{"role":"assistant","content":"<function=buy>{}"}`, "stop"):                                     sim.StopTextCall,
		choiceOf(`{"role":"assistant","content":"","tool_calls":[]}`, "tool_calls"):                               sim.StopEmpty,
		`{"choices":[{"message":{"content":"I am"},"finish_reason":"stop","native_finish_reason":"MAX_TOKENS"}]}`: sim.StopTruncated,
		`{"choices":[{"message":{"content":"I am"},"finish_reason":null,"native_finish_reason":"SAFETY"}]}`:       sim.StopFiltered,
	} {
		p := newProvider(t, answer(200, body))
		m, _ := newModel(t, p)
		r, err := m.Complete(context.Background(), ask())
		require.NoError(t, err, body)
		assert.Equal(t, reason, r.Broken, body)
	}
}

func TestTheEndOfTheContextInAnAnswerIsAFullContext(t *testing.T) {
	for _, finish := range []string{"model_context_window_exceeded", "context_length", "CONTEXT_WINDOW_EXCEEDED"} {
		p := newProvider(t, answer(200, choiceOf(`{"content":"I am"}`, finish)))
		m, _ := newModel(t, p)
		r, err := m.Complete(context.Background(), ask())
		require.True(t, sim.IsKind(err, sim.KindTooLarge), finish)
		assert.Equal(t, sim.Usage{Input: 10, Output: 3}, r.Usage, finish)
	}
}

// A gateway that splits an answer into choices puts its words and its calls in any of
// them.
func TestACallInAnyChoiceIsACall(t *testing.T) {
	call := func(id, symbol string) string {
		return fmt.Sprintf(`{"id":%q,"type":"function","function":{"name":"buy","arguments":"{\"symbol\":\"%s\"}"}}`, id, symbol)
	}
	words, first, second := `{"role":"assistant","content":"I buy."}`, call("a", "AAA"), call("b", "BBB")
	calls := func(list string) string { return `{"role":"assistant","content":null,"tool_calls":[` + list + `]}` }
	for name, c := range map[string]struct {
		choices []string
		content string
		calls   []string
	}{
		"words, then a call":        {[]string{words, calls(first)}, "I buy.", []string{"a"}},
		"a call, then words":        {[]string{calls(first), words}, "I buy.", []string{"a"}},
		"calls in two choices":      {[]string{words, calls(first), calls(second)}, "I buy.", []string{"a", "b"}},
		"the same call twice":       {[]string{calls(first), calls(call("x", "AAA"))}, "", []string{"a"}},
		"two calls in one choice":   {[]string{words, calls(first + "," + second)}, "I buy.", []string{"a", "b"}},
		"words only":                {[]string{words, `{"role":"assistant","content":""}`}, "I buy.", nil},
		"a choice without message":  {[]string{words, `null`, calls(first)}, "I buy.", []string{"a"}},
		"words in the second alone": {[]string{`{"role":"assistant","content":null}`, words}, "I buy.", nil},
	} {
		list := ""
		for i, message := range c.choices {
			if i > 0 {
				list += ","
			}
			list += `{"finish_reason":"tool_calls","message":` + message + `}`
		}
		p := newProvider(t, answer(200, `{"choices":[`+list+`]}`), hello)
		m, _ := newModel(t, p)
		r, err := m.Complete(context.Background(), ask())
		require.NoError(t, err, name)
		assert.Equal(t, c.content, r.Message.Content, name)
		assert.Empty(t, r.Broken, name)
		var ids []string
		more := []agent.Message{r.Message}
		for _, call := range r.Message.Calls {
			ids = append(ids, call.ID)
			more = append(more, agent.Message{Role: agent.RoleTool, CallID: call.ID, ToolName: call.Name, Content: "{}"})
		}
		assert.Equal(t, c.calls, ids, name)
		_, err = m.Complete(context.Background(), ask(more...))
		require.NoError(t, err, name)
		for _, id := range ids {
			assert.Contains(t, string(p.last()), `"id":"`+id+`"`, name)
		}
	}
}
