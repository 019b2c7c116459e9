package openaimodel

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

func TestTheUsageThatIsBilled(t *testing.T) {
	for usage, want := range map[string]sim.Usage{
		// The parts add up as OpenAI's do.
		`"prompt_tokens":1000,"completion_tokens":2100,"total_tokens":3100,"completion_tokens_details":{"reasoning_tokens":2000}`: {
			Input: 1000, Output: 2100, Reasoning: 2000},
		`"prompt_tokens":1000,"completion_tokens":2100,"completion_tokens_details":{"reasoning_tokens":2000}`: {
			Input: 1000, Output: 2100, Reasoning: 2000},
		`"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010,"prompt_tokens_details":{"cached_tokens":900}`: {
			Input: 1000, Output: 10, Cached: 900},
		`"prompt_tokens":8412,"completion_tokens":0,"total_tokens":8412`: {Input: 8412},
		`"prompt_tokens":100,"completion_tokens":10,"total_tokens":7`:    {Input: 100, Output: 10},

		// Reasoning is billed beside the output, or in the total alone.
		`"prompt_tokens":1000,"completion_tokens":100,"total_tokens":3100,"completion_tokens_details":{"reasoning_tokens":2000}`: {
			Input: 1000, Output: 2100, Reasoning: 2000},
		`"prompt_tokens":1000,"completion_tokens":2500,"total_tokens":5500,"completion_tokens_details":{"reasoning_tokens":2000}`: {
			Input: 1000, Output: 4500, Reasoning: 2000},
		`"prompt_tokens":1000,"completion_tokens":100,"completion_tokens_details":{"reasoning_tokens":2000}`: {
			Input: 1000, Output: 2100, Reasoning: 2000},
		`"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"reasoning_tokens":2000`: {
			Input: 1000, Output: 2100, Reasoning: 2000},
		`"prompt_tokens":90,"completion_tokens":18,"total_tokens":150`: {Input: 90, Output: 60},
		`"prompt_tokens":90,"total_tokens":150`:                        {Input: 90, Output: 60},
		`"completion_tokens":60,"total_tokens":150`:                    {Input: 90, Output: 60},
		`"total_tokens":150`:                                           {Output: 150},

		// Input that was read from a cache, or written to it.
		`"prompt_tokens":16,"completion_tokens":10,"total_tokens":26,"prompt_cache_hit_tokens":12,"prompt_cache_miss_tokens":4`: {
			Input: 16, Output: 10, Cached: 12},
		`"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"cached_tokens":64`: {Input: 100, Output: 10, Cached: 64},
		`"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010,"cache_read_input_tokens":700,"cache_creation_input_tokens":200`: {
			Input: 1000, Output: 10, Cached: 700, CacheWrite: 200},
		`"prompt_tokens":100,"completion_tokens":10,"total_tokens":1010,"cache_read_input_tokens":700,"cache_creation_input_tokens":200`: {
			Input: 1000, Output: 10, Cached: 700, CacheWrite: 200},
		`"prompt_tokens":100,"completion_tokens":10,"cache_read_input_tokens":700,"cache_creation_input_tokens":200`: {
			Input: 1000, Output: 10, Cached: 700, CacheWrite: 200},
		`"input_tokens":900,"output_tokens":10,"cache_read_input_tokens":70,"cache_creation_input_tokens":30`: {
			Input: 1000, Output: 10, Cached: 70, CacheWrite: 30},
		`"input_tokens":1000,"output_tokens":10,"total_tokens":1010,"input_tokens_details":{"cached_tokens":70}`: {
			Input: 1000, Output: 10, Cached: 70},
		`"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":900}`: {
			Input: 1000, Output: 10, CacheWrite: 900},
		`"prompt_tokens":1000,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":5,"cache_creation_tokens":900}`: {
			Input: 1000, Output: 10, Cached: 5, CacheWrite: 900},
		`"prompt_tokens":1000,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":5,"cache_creation_input_tokens":900}`: {
			Input: 1000, Output: 10, Cached: 5, CacheWrite: 900},
		// Both at once: the cache is a part of the input, and the reasoning is not one of the output.
		`"prompt_tokens":1000,"completion_tokens":100,"total_tokens":2000,"prompt_tokens_details":{"cached_tokens":900},` +
			`"completion_tokens_details":{"reasoning_tokens":900}`: {Input: 1000, Output: 1000, Cached: 900, Reasoning: 900},

		// No usage, or a malformed one.
		`"prompt_tokens":null,"completion_tokens":"7","total_tokens":-3`: {Output: 7},
		``: {},
	} {
		assert.Equal(t, want, usageOf([]byte(`{"usage":{`+usage+`}}`)), usage)
	}
}
