package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/receipt"
)

// body200 is an answer of a provider in its own words.
func body200(body string) chatReply { return chatReply{status: http.StatusOK, body: body} }

// oneChoice is an answer with one choice, whose message is JSON.
func oneChoice(message, finish string) chatReply {
	return body200(fmt.Sprintf(`{"choices":[{"index":0,"message":%s,"finish_reason":%q}],
		"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}`, message, finish))
}

// saying is a message with content.
func saying(content string) string {
	text, _ := json.Marshal(map[string]string{"role": "assistant", "content": content}) // strings can always be encoded
	return string(text)
}

const wireBuy = `{"id":"abcdefghi","type":"function","function":{"name":"buy","arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}`

// answerCase is a provider that answers in its own way, and how its first day ends.
type answerCase struct {
	script func(chatRequest) chatReply
	stop   string
	held   int // of AAA
	broken int // days of the two
}

// always answers every request of a model in the same way.
func always(reply chatReply) func(chatRequest) chatReply {
	return func(chatRequest) chatReply { return reply }
}

// inTurn gives one answer a step; the last one is repeated.
func inTurn(replies ...chatReply) func(chatRequest) chatReply {
	return func(r chatRequest) chatReply { return replies[min(r.step(), len(replies))-1] }
}

func answerCases() map[string]answerCase {
	buy := chatReply{calls: []chatCall{order("buy", "AAA", "1")}}
	textCall := saying("<tool_call>\n{\"name\": \"buy\", \"arguments\": {\"symbol\": \"AAA\", \"amount\": 1}}\n</tool_call>")
	full := chatReply{status: http.StatusBadRequest,
		body: `{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}`}
	halfCall := strings.Replace(wireBuy, `1}"`, `1"`, 1)
	twoChoices := body200(`{"choices":[{"message":{"content":"I buy."}},{"message":{"content":null,"tool_calls":[` + wireBuy + `]}}]}`)
	signalInThought := oneChoice(`{"content":"<think>then <FINISH_SIGNAL></think>","tool_calls":[`+wireBuy+`]}`, "tool_calls")
	return map[string]answerCase{
		"cut":               {always(oneChoice(saying("I am d"), "length")), "truncated", 0, 2},
		"cut-once":          {inTurn(oneChoice(saying("I am d"), "length"), buy, done), "finish_signal", 1, 0},
		"cut-after-buying":  {inTurn(buy, oneChoice(saying("I am d"), "length")), "truncated", 1, 2},
		"cut-in-a-call":     {always(oneChoice(`{"content":"","tool_calls":[`+halfCall+`]}`, "length")), "truncated", 0, 2},
		"filtered":          {always(oneChoice(saying("I "), "content_filter")), "filtered", 0, 2},
		"no-message":        {always(body200(`{"choices":[{"finish_reason":"content_filter","index":0}]}`)), "filtered", 0, 2},
		"request-filtered":  {always(chatReply{status: 400, body: `{"error":{"message":"filtered","code":"content_filter"}}`}), "filtered", 0, 2},
		"empty":             {always(oneChoice(saying(""), "stop")), "empty", 0, 2},
		"empty-once":        {inTurn(oneChoice(saying(""), "stop"), buy, done), "finish_signal", 1, 0},
		"only-thoughts":     {always(oneChoice(saying("<think>hm <FINISH_SIGNAL></think>"), "stop")), "empty", 0, 2},
		"text-call":         {always(oneChoice(textCall, "stop")), "text_tool_call", 0, 2},
		"text-call-signal":  {always(oneChoice(saying(`<function=buy>{"amount":1}</function> <FINISH_SIGNAL>`), "stop")), "text_tool_call", 0, 2},
		"text-call-once":    {inTurn(oneChoice(textCall, "stop"), buy, done), "finish_signal", 1, 0},
		"context":           {inTurn(buy, full), "context", 1, 0},
		"two-choices":       {inTurn(twoChoices, done), "finish_signal", 1, 0},
		"signal-in-thought": {inTurn(signalInThought, buy, done), "finish_signal", 2, 0},
		"words":             {always(chatReply{text: "I hold."}), "no_tool_calls", 0, 0},
	}
}

// What a provider does to an answer is never a decision of the model, and never hidden:
// the day has a reason of its own, and the board counts it. A replay repeats it.
func TestABrokenAnswerIsNeverADecision(t *testing.T) {
	t.Parallel()
	cases := answerCases()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, func(r chatRequest) chatReply { return cases[r.User].script(r) })
	var models []sceneModel
	for name := range cases {
		models = append(models, chat.asks(name))
	}
	s.configure("default", models, nil)
	h := s.start()
	id := h.run(span(0, 1), "completed")

	type count struct {
		Model  string
		Broken int `json:"broken_days"`
		Failed int `json:"failed_days"`
	}
	var board struct{ Leaderboard []count }
	require.NoError(t, json.Unmarshal([]byte(h.get("/leaderboard").text), &board))
	var ranges struct{ Results []count }
	text := h.get("/results?limit=1000&start_date=" + sceneDates[0].String()).text
	require.NoError(t, json.Unmarshal([]byte(text), &ranges))
	counts := map[string][]count{}
	for _, c := range append(board.Leaderboard, ranges.Results...) {
		counts[c.Model] = append(counts[c.Model], c)
	}
	days, broken := h.get("/results?detail=full&limit=1000&date="+sceneDates[0].String()), 0
	for _, result := range days.body["results"].([]any) {
		day := result.(map[string]any)
		name := day["model"].(string)
		want := cases[name]
		stop := day["ai_reasoning"].(map[string]any)["stop_reason"]
		assert.Equal(t, want.stop, stop, name)
		held, _ := day["positions"].(map[string]any)["AAA"].(float64)
		assert.InDelta(t, want.held, held, 0, name)
		if want.broken > 0 {
			assert.Equal(t, want.stop, day["broken"], name)
		} else {
			assert.NotContains(t, day, "broken", name)
		}
		assert.Equal(t, []count{{name, want.broken, 0}, {name, want.broken, 0}}, counts[name], name)
		broken += want.broken
	}
	assert.Len(t, counts, len(cases))
	for _, path := range []string{id, id + "?details=false"} {
		progress := h.get("/simulate/status/" + path).body["progress"].(map[string]any)
		assert.InDelta(t, broken, progress["broken"], 0)
	}

	asked := len(chat.asked())
	replay := h.run(`{"replay_of": "`+id+`"}`, "completed")
	first, second := h.receipt(id), h.receipt(replay)
	assert.Equal(t, first.Hash, second.Hash, receipt.Compare(first, second))
	assert.Len(t, chat.asked(), asked, "a replay asks no provider")
	h.run(`{"rescore_of": "`+id+`", "experiment": "dear", "costs": {"slippage_bps": 5}}`, "completed")
	assert.Contains(t, h.get("/results?experiment=dear&model=cut&date="+sceneDates[0].String()).text, `"broken":"truncated"`)
}

// A failed day is counted where the board cannot hide it, until a later job closes it.
func TestTheBoardCountsFailedDays(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, func(r chatRequest) chatReply {
		if r.date() == sceneDates[1].String() {
			return chatReply{status: http.StatusBadRequest, body: `{"error":"no"}`}
		}
		return done
	})
	s.configure("default", []sceneModel{chat.asks("m"), {"signature": "cash", "basemodel": "builtin/cash"}}, nil)
	h := s.start()
	h.run(span(0, 2), "partial")
	for _, path := range []string{"/leaderboard", "/leaderboard?stats=false"} {
		assert.Contains(t, h.get(path).text, `"failed_days":1`, path)
	}
	assert.Contains(t, h.get("/results?model=m&start_date="+sceneDates[0].String()).text, `"failed_days":1`)
	assert.NotContains(t, h.get("/leaderboard?start_date="+sceneDates[2].String()).text, `"failed_days":1`)
}

// What comes before the facts of the day is the same in every request of a model, so
// that a provider's cache hits; within a session each request repeats the one before.
func TestRequestsBeginAlikeFromDayToDay(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, trades)
	s.configure("default", []sceneModel{chat.asks("m")}, nil)
	h := s.start()
	h.run(span(0, 2), "completed")
	var before chatRequest
	for i, r := range chat.asked() {
		if r.step() > 1 {
			assert.True(t, strings.HasPrefix(r.raw, strings.TrimSuffix(before.raw, "]}")+","), r.raw)
		} else if i > 0 {
			first := chat.asked()[0]
			facts := strings.Index(r.raw, `"role":"user"`)
			require.Positive(t, facts)
			assert.Equal(t, first.raw[:facts], r.raw[:facts], "tools and rules")
			assert.NotContains(t, r.raw[:facts], r.date())
			assert.Contains(t, r.raw[facts:], r.date())
		}
		before = r
	}
}

// What a provider bills beside its figures counts, and input from its cache has its own
// price.
func TestTheBillIsWhatTheProviderBills(t *testing.T) {
	t.Parallel()
	usages := map[string]string{
		"beside": `{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":3100,"completion_tokens_details":{"reasoning_tokens":2000}}`,
		"within": `{"prompt_tokens":1000,"completion_tokens":2100,"total_tokens":3100,"completion_tokens_details":{"reasoning_tokens":2000}}`,
		"total":  `{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":3100}`,
		"read":   `{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"prompt_tokens_details":{"cached_tokens":750}}`,
		"write":  `{"prompt_tokens":1000,"completion_tokens":100,"cache_read_input_tokens":250,"cache_creation_input_tokens":500}`,
	}
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, func(r chatRequest) chatReply {
		return body200(`{"choices":[{"message":` + saying("Done. <FINISH_SIGNAL>") + `}],"usage":` + usages[r.User] + `}`)
	})
	var models []sceneModel
	for name := range usages {
		m := chat.asks(name)
		m["price"] = map[string]any{"input": 1, "output": 10, "cached": 0.1, "cache_write": 1.25}
		models = append(models, m)
	}
	s.configure("default", models, nil)
	h := s.start()
	id := h.run(span(0, 0), "completed")
	type bill struct {
		Model   string
		CostUSD json.Number `json:"cost_usd"`
		Cached  json.Number `json:"cached_pct"`
	}
	var status struct{ Usage struct{ Models []bill } }
	require.NoError(t, json.Unmarshal([]byte(h.get("/simulate/status/"+id).text), &status))
	assert.Equal(t, []bill{
		{"beside", "0.022", "0"}, {"read", "0.001325", "75"}, {"total", "0.022", "0"}, {"within", "0.022", "0"},
		{"write", "0.0019", "25"}, // 250 * 1 + 250 * 0.1 + 500 * 1.25 + 100 * 10
	}, status.Usage.Models)
	for model, pct := range map[string]string{"read": "75", "write": "25", "within": "0"} {
		for _, path := range []string{"/results?detail=full&date=" + sceneDates[0].String(), "/results?start_date=" + sceneDates[0].String()} {
			assert.Contains(t, h.get(path+"&model="+model).text, `"cached_pct":`+pct, path)
		}
	}
	assert.Contains(t, h.get("/leaderboard").text, `"cached_pct":75`)
}
