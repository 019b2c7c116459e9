package openaimodel

import (
	"encoding/json"
	"regexp"
	"strings"

	"aitrader/internal/sim"
)

// The reasons for which vendors end an answer before its end: those of OpenAI, and
// where a gateway passes them on, those of Anthropic, Google, Mistral, Bedrock, Cohere
// and others.
var (
	contextReason = regexp.MustCompile(`context`)
	cutReason     = regexp.MustCompile(`length|max_?tokens|max_.*_?tokens|token_limit|output_limit`)
	filterReason  = regexp.MustCompile(`filter|safety|unsafe|recitation|blocklist|blocked|prohibited|spii|^language$|refus|` +
		`sensitive|guardrail|toxic|moderat|censor|policy|violation|risk`)
)

// brokenBy returns how the end of an answer breaks it. "": it does not. StopContext is
// the end of the context, in which no further answer fits either.
func brokenBy(finishReason string) sim.StopReason {
	reason := strings.ToLower(finishReason)
	switch {
	case contextReason.MatchString(reason):
		return sim.StopContext
	case cutReason.MatchString(reason):
		return sim.StopTruncated
	case filterReason.MatchString(reason):
		return sim.StopFiltered
	}
	return ""
}

// finishReason returns why a choice ended: in the words of its provider, where a
// gateway translates them into "stop" or passes none on.
func finishReason(choice map[string]json.RawMessage) string {
	reason := textOf(choice["finish_reason"])
	if native := textOf(choice["native_finish_reason"]); brokenBy(reason) == "" && brokenBy(native) != "" {
		return native
	}
	return reason
}
