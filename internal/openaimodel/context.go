package openaimodel

import (
	"net/http"
	"regexp"

	"aitrader/internal/sim"
)

// fullContext is how vendors refuse a conversation that exceeds the context of their
// model: OpenAI, Azure, DeepSeek, vLLM, SGLang, TGI, llama.cpp, LM Studio, Ollama,
// Anthropic, Bedrock, Google, Mistral, Cohere, xAI, Moonshot, Zhipu, MiniMax, Alibaba,
// GitHub, SambaNova, watsonx.
var fullContext = regexp.MustCompile(`(?is)` +
	`context_length_exceeded|exceed_context_size|tokens_limit_reached|max_prompt_tokens|request_too_large` +
	`|(?:maximum|max|model'?s?|available|exceeds?|exceeded|beyond|total|the|reached) (?:allowed )?context[ _-]?(?:length|size|window|limit)` +
	`|context[ _-]?(?:length|size|window|limit)\b.{0,40}\b(?:exceed|overflow|reached|full|limit)` +
	`|(?:exceed|overflow|over|larger than|longer than|too (?:long|large|big) for)\w*\b.{0,40}\bcontext\b` +
	`|context overflow|token count is \d+ but|only supports up to \d+ (?:input )?tokens` +
	`|(?:prompt|inputs?|messages?|conversation|request|history|context)\b[^.]{0,60}\btoo (?:long|large|many tokens)` +
	`|too many (?:input |prompt )?tokens` +
	`|(?:input|prompt|request)[ _]?tokens?(?: count)?\b[^.]{0,40}\b(?:exceed|larger|greater|more than|cannot exceed|too long)` +
	`|(?:tokens?|prompt|input) (?:in|of) (?:the )?(?:request|prompt|input|messages)\b[^.]{0,40}\b(?:exceed|more than|cannot exceed)` +
	`|(?:exceed\w*|over|above) (?:the )?(?:model )?(?:maximum |max )?(?:token|prompt|input) (?:limit|length)` +
	`|exceeds? (?:the )?(?:max(?:imum)? )(?:prompt|input|number of (?:input )?tokens|length|tokens)` +
	`|maximum (?:prompt|input|model|supported sequence|sequence) length` +
	`|range of input length` +
	`|must have less than \d+ tokens|` + "inputs`? tokens \\+ `?max_new_tokens" +
	`|max_(?:completion_)?tokens must be at least 1, got -` +
	`|reduce the (?:length|size|number) of (?:the |your )?(?:messages|prompt|input|conversation|tokens)` +
	`|(?:input|prompt|request) (?:or output )?tokens must be reduced`)

// otherLimit is a text that names tokens and is no full context: a quota of tokens, and
// a bound of the answer that the configuration asks to pass.
var otherLimit = regexp.MustCompile(`(?is)quota|per (?:minute|day|hour)|\b(?:tpm|rpm|tpd)\b|output tokens|` +
	`max_(?:completion_|output_)?tokens is too large`)

// isFullContext reports whether a status and its body refuse a conversation as too
// long.
func isFullContext(status int, text string) bool {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return true
	case http.StatusTooManyRequests:
		// The request alone passes the limit of a minute: no wait helps.
		return requestTooLarge.MatchString(text)
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound:
		return false
	}
	return fullContext.MatchString(text) && (!otherLimit.MatchString(text) || maximumContext.MatchString(text))
}

var (
	requestTooLarge = regexp.MustCompile(`(?is)request too large|must be reduced`)
	maximumContext  = regexp.MustCompile(`(?i)context`)
)

// refusedAsFiltered is how vendors refuse a request, or an answer of their model, for
// its content.
var refusedAsFiltered = regexp.MustCompile(`(?is)content_?filter|content (?:management )?polic|content_policy|ResponsibleAI|` +
	`data_?inspection|inappropriate content|high risk|prohibited_content|invalid_prompt|flagged|safety (?:system|filter|check|reason)|` +
	`blocked by|guardrail|sensitive (?:content|information|words?)|unsafe content|moderation`)

// isFiltered reports whether a status and its body refuse the content of a request.
func isFiltered(status int, text string) bool {
	return (status == http.StatusBadRequest || status == http.StatusForbidden || status == http.StatusUnprocessableEntity) &&
		refusedAsFiltered.MatchString(text)
}

// classify marks the failure of a status whose body says that the conversation is too
// long, or that a content filter has stopped it.
func (f *failure) classify(status int, body []byte) {
	text := string(body[:min(len(body), maxErrorBody)])
	switch {
	case isFullContext(status, text):
		f.code, f.kind, f.retry = codeContextFull, sim.KindTooLarge, false
	case isFiltered(status, text):
		f.broken, f.retry = sim.StopFiltered, false
	}
}

// codeContextFull is the code of a conversation that exceeds the model's context.
const codeContextFull = "model_context_full"

// contextFull is the failure of a conversation that exceeds the model's context.
func contextFull(text string) *failure {
	return &failure{code: codeContextFull, text: text, kind: sim.KindTooLarge}
}
