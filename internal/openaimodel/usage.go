package openaimodel

import (
	"encoding/json"
	"strconv"
	"strings"

	"aitrader/internal/sim"
)

// usageOf reads the token usage of a body, whether it is an answer or an error.
// A missing or malformed figure counts as 0.
func usageOf(body []byte) sim.Usage {
	fields, _ := object(body)
	usage, _ := object(fields["usage"])
	input, _ := object(usage["prompt_tokens_details"])
	output, _ := object(usage["completion_tokens_details"])
	return sim.Usage{
		Input:     tokens(usage["prompt_tokens"], usage["input_tokens"]),
		Output:    tokens(usage["completion_tokens"], usage["output_tokens"]),
		Cached:    tokens(input["cached_tokens"], usage["prompt_cache_hit_tokens"], usage["cache_read_input_tokens"]),
		Reasoning: tokens(output["reasoning_tokens"], usage["reasoning_tokens"]),
	}
}

// tokens returns the first of several values that is a positive number.
func tokens(values ...json.RawMessage) int64 {
	for _, v := range values {
		n, err := strconv.ParseFloat(strings.Trim(string(v), `"`), 64)
		if err == nil && n >= 1 && n < 1<<53 {
			return int64(n)
		}
	}
	return 0
}
