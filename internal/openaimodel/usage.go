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
	u := bill{total: tokens(usage["total_tokens"])}
	input := detailsOf(usage, "prompt_tokens_details", "input_tokens_details")
	output := detailsOf(usage, "completion_tokens_details", "output_tokens_details")
	u.Input = tokens(usage["prompt_tokens"], usage["input_tokens"])
	u.Output = tokens(usage["completion_tokens"], usage["output_tokens"])
	u.Reasoning = tokens(output["reasoning_tokens"], usage["reasoning_tokens"])
	u.Cached = tokens(input["cached_tokens"], input["cache_read_input_tokens"], input["cache_read_tokens"],
		usage["prompt_cache_hit_tokens"], usage["cache_read_input_tokens"], usage["cached_tokens"])
	u.CacheWrite = tokens(input["cache_write_tokens"], input["cache_creation_input_tokens"], input["cache_creation_tokens"],
		usage["cache_creation_input_tokens"], usage["cache_write_input_tokens"])
	u.beside = present(usage["input_tokens"]) && !present(usage["prompt_tokens"]) && len(input) == 0
	return u.complete()
}

// detailsOf returns the first of several objects in a usage.
func detailsOf(usage map[string]json.RawMessage, names ...string) map[string]json.RawMessage {
	for _, name := range names {
		if details, ok := object(usage[name]); ok {
			return details
		}
	}
	return nil
}

// bill is a usage as a vendor reports it, with figures that may exclude each other.
type bill struct {
	sim.Usage
	total int64 // of all tokens; 0: not reported
	// beside is set by the names of Anthropic's own format, in which the input excludes
	// what was read from the cache and written to it.
	beside bool
}

// complete returns a usage in which the cached tokens are parts of the input and the
// reasoning is a part of the output, as OpenAI reports it. What a vendor bills beside
// these figures is added to them:
//
//   - cached input: Anthropic's format, and gateways whose sum shows it;
//   - reasoning: xAI reports it beside the output, Google in the total alone.
//
// Nothing changes where the parts add up as OpenAI's do.
func (b bill) complete() sim.Usage {
	if b.cachedBeside() {
		b.Input += b.Cached + b.CacheWrite
	}
	if b.Input == 0 && b.Output > 0 {
		b.Input = max(0, b.total-b.Output)
	}
	if b.Reasoning > b.Output {
		b.Output += b.Reasoning
	}
	b.Output = max(b.Output, b.total-b.Input)
	return b.Usage
}

// cachedBeside reports whether the input excludes the cached tokens.
func (b bill) cachedBeside() bool {
	cached := b.Cached + b.CacheWrite
	rest := b.total - b.Input - b.Output
	return b.beside || cached > b.Input || cached > 0 && rest == cached && rest != b.Reasoning
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
