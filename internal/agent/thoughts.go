package agent

import (
	"regexp"
	"strings"
)

// thoughtTag is the beginning or the end of thoughts in the content of an answer: where
// a server does not separate them, they are between the tags of the model's template.
// Group 1 is the slash of an end.
var thoughtTag = regexp.MustCompile(`(?i)` +
	`<\|?(/?)(?:[a-z]+:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratch_?pad|analysis|inner_?monologue)(?:\s[^<>]*)?\|?>` +
	`|\[(/?)THINK\]` + // Magistral
	`|◁(/?)think▷`) // Kimi

// harmonyThoughts are the thoughts in the raw format of gpt-oss: a message of the
// channel analysis, up to the next one.
var harmonyThoughts = regexp.MustCompile(`(?s)<\|channel\|>\s*analysis\b.*?(?:<\|end\|>|<\|start\|>|<\|return\|>|<\|call\|>|$)`)

// spoken returns what an answer says besides thoughts. Thoughts lack their beginning
// where the template of a model has written it into the prompt, and their end where
// they were cut.
func spoken(content string) string {
	if !strings.ContainsAny(content, "<[◁") {
		return content // no tag begins
	}
	content = harmonyThoughts.ReplaceAllString(content, "")
	var said strings.Builder
	from, thinking := 0, false
	for _, tag := range thoughtTag.FindAllStringSubmatchIndex(content, -1) {
		switch end := isEnd(tag); {
		case end && !thinking:
			said.Reset() // all before it was thought
			from = tag[1]
		case end:
			from, thinking = tag[1], false
		case !thinking:
			said.WriteString(content[from:tag[0]])
			thinking = true
		}
	}
	if !thinking {
		said.WriteString(content[from:])
	}
	return said.String()
}

// isEnd reports whether a match of thoughtTag has a slash.
func isEnd(tag []int) bool {
	for group := 2; group < len(tag); group += 2 {
		if tag[group] >= 0 && tag[group] < tag[group+1] {
			return true
		}
	}
	return false
}
