package openaimodel

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// refusal is the body of an error.
func refusal(text, code string) string {
	body, err := json.Marshal(map[string]any{"error": map[string]any{"message": text, "type": "invalid_request_error", "code": code}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func TestAFullContextIsRecognised(t *testing.T) {
	for _, c := range []struct {
		status     int
		text, code string
	}{
		{400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", "context_length_exceeded"},
		{400, "Your input exceeds the context window of this model. Please adjust your input and try again.", ""},
		{400, "no words at all", "context_length_exceeded"},
		{400, "prompt is too long: 208310 tokens > 200000 maximum", ""},
		{400, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens`", ""},
		{413, "Request exceeds the maximum size", "request_too_large"},
		{413, "no", ""},
		{400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", ""},
		{400, "Unable to submit request because the input token count is 40000 but model only supports up to 32768.", ""},
		{400, "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", "3051"},
		{400, "The decoder prompt (length 9000) is longer than the maximum model length of 8192.", ""},
		{400, "max_tokens must be at least 1, got -212.", ""},
		{400, "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 8192 tokens " +
			"and your request has 6000 input tokens", ""},
		{400, "The input (9000 tokens) is longer than the model's context length (8192 tokens).", ""},
		{400, "Requested token count exceeds the model's maximum context length of 8192 tokens.", ""},
		{400, "the request exceeds the available context size. try increasing the context size", "exceed_context_size_error"},
		{400, "Trying to keep the first 9000 tokens when context the overflows. " +
			"However, the model is loaded with context length of only 8192", ""},
		{400, "Reached context length of 4096 tokens", ""},
		{500, "input length exceeds maximum context length", ""},
		{400, "Please reduce the length of the messages or completion.", ""},
		{422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens", ""},
		{422, "`inputs` must have less than 1024 tokens. Given: 1500", ""},
		{400, "The prompt is too long: 140000, model maximum context length: 131071", ""},
		{400, "Input is too long for requested model.", ""},
		{400, "too many tokens: total number of tokens in the prompt cannot exceed 4081", ""},
		{400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens.", ""},
		{400, "Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)", ""},
		{400, "Prompt exceeds max length", "1261"},
		{400, "tokens in request more than max tokens allowed", ""},
		{400, "invalid params, context window exceeds limit (2013)", ""},
		{400, "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]", "invalid_parameter_error"},
		{413, "Request body too large for gpt-4o model. Max size: 8000 tokens.", "tokens_limit_reached"},
		{400, "prompt token count of 140000 exceeds the limit of 128000", "model_max_prompt_tokens_exceeded"},
		{400, "an input of 9000 tokens, so generating 1 tokens requires a sequence length of 9001, but the maximum supported sequence " +
			"length is just 8192!", ""},
		{400, "the number of input tokens 9000 cannot exceed the total tokens limit 8192 for this model", ""},
		{429, "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000. The input or output tokens must be " +
			"reduced in order to run successfully.", "rate_limit_exceeded"},
		{200, "This endpoint's maximum context length is 131072 tokens. However, you requested about 140000 tokens", "400"},
	} {
		about := fmt.Sprint(c.status, " ", c.text)
		body := refusal(c.text, c.code)
		p := newProvider(t, answer(c.status, body))
		m, _ := newModel(t, p)
		e := fails(t, m, about)
		assert.Equal(t, sim.KindTooLarge, e.Kind, about)
		assert.Contains(t, e.Message, "model_context_full: ", about)
		assert.Equal(t, 1, p.requests(), about)
	}
}

func TestOtherRefusalsAreNoFullContext(t *testing.T) {
	for _, c := range []struct {
		status int
		text   string
	}{
		{400, "Invalid 'tools[0].function.description': string too long. Expected a string with maximum length 1024"},
		{400, "max_tokens is too large: 40000. This model supports at most 16384 completion tokens, whereas you provided 40000."},
		{400, "Unknown parameter: 'context'."},
		{401, "maximum context length"},
		{403, "You need a higher tier for the long context window limit."},
		{404, "The model with maximum context length 8192 does not exist"},
		{429, "Quota exceeded for metric: generate_content_free_tier_input_token_count, limit: 250000"},
		{429, "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s."},
		{500, "The server had an error while processing your request"},
		{503, "The model is overloaded: too many requests"},
	} {
		p := newProvider(t, answer(c.status, refusal(c.text, "")))
		m, _ := newModel(t, p)
		assert.NotEqual(t, sim.KindTooLarge, fails(t, m, c.text).Kind, c.text)
	}
}

// A vendor that refuses what a request says, or what its model wants to answer,
// filters: the session asks again, and then shows it.
func TestARefusalOfContentIsABrokenAnswer(t *testing.T) {
	for _, c := range []struct {
		status     int
		text, code string
	}{
		{400, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", "content_filter"},
		{400, "Output data may contain inappropriate content.", "data_inspection_failed"},
		{400, "The request was rejected because it was considered high risk", "content_filter"},
		{403, "deepseek/deepseek-chat requires moderation. Your input was flagged", ""},
	} {
		p := newProvider(t, answer(c.status, refusal(c.text, c.code)))
		m, _ := newModel(t, p)
		r, err := m.Complete(context.Background(), ask())
		require.NoError(t, err, c.text)
		assert.Equal(t, sim.StopFiltered, r.Broken, c.text)
		assert.Equal(t, 1, p.requests(), c.text)
	}
}
