package openaimodel

import (
	"regexp"
	"strings"
	"unicode"

	"aitrader/internal/agent"
)

// maxToolName is the longest name of a function that providers accept, in bytes.
const maxToolName = 64

// outsideName matches what the name of a function must not hold.
var outsideName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// cleanName returns a name that every provider accepts in a history: 1 to 64 letters,
// digits, underscores and hyphens. It leaves such a name as it is.
func cleanName(name string) string {
	if outsideName.MatchString(name) {
		name = strings.Trim(outsideName.ReplaceAllString(name, "_"), "_")
	}
	if name = name[:min(len(name), maxToolName)]; name == "" {
		return "unknown"
	}
	return name
}

// noise lists the words that models and servers put around the name of a tool: the
// namespaces in which chat templates declare functions, and the channels they write to.
var noise = map[string]bool{
	"function": true, "functions": true, "func": true, "fn": true, "tool": true, "tools": true, "call": true, "calls": true,
	"default": true, "api": true, "apis": true, "mcp": true, "server": true, "multi": true, "use": true, "namespace": true,
	"commentary": true, "analysis": true, "assistant": true, "to": true, "json": true, "constrain": true, "channel": true,
	"name": true, "invoke": true, "aitrader": true,
}

// meantTool returns the tool that a name means: the name itself, or the only tool to
// which it comes down without what models and servers add to names: a namespace
// ("functions.buy", "tools/buy"), a number ("buy:0"), a token of the chat template
// ("buy<|channel|>commentary"), arguments ("buy()"), another case, other separators.
// A name that means no tool, or several, is returned unchanged.
func meantTool(name string, tools []agent.ToolSpec) string {
	for _, t := range tools {
		if t.Name == name {
			return name
		}
	}
	bare := bareName(name)
	for _, spelling := range spellings(bare) {
		meant := withWords(squash(spelling), tools)
		if len(meant) == 0 {
			continue
		}
		before, _, _ := strings.Cut(bare, spelling)
		if len(meant) > 1 || foreign(before, meant[0], tools) {
			break
		}
		return meant[0]
	}
	return name
}

// withWords lists the tools whose names are the same but for case and separators.
func withWords(words string, tools []agent.ToolSpec) []string {
	var same []string
	for _, t := range tools {
		if squash(t.Name) == words {
			same = append(same, t.Name)
		}
	}
	return same
}

// spellings lists the parts of a name that may be the tool's own, the longest first:
// what is left without namespaces before it and a number behind it, then what is left
// without words of noise on both sides.
func spellings(bare string) []string {
	out := []string{bare}
	numberless := trailingNumber.ReplaceAllString(bare, "")
	for _, at := range namespaces.FindAllStringIndex(numberless, -1) {
		out = append(out, numberless[at[1]:])
	}
	words := word.FindAllStringIndex(bare, -1)
	isNoise := func(at []int) bool {
		w := strings.ToLower(bare[at[0]:at[1]])
		return noise[w] || strings.Trim(w, "0123456789") == ""
	}
	for first := range words {
		for last := len(words) - 1; last >= first; last-- {
			out = append(out, bare[words[first][0]:words[last][1]])
			if !isNoise(words[last]) {
				break
			}
		}
		if !isNoise(words[first]) {
			break
		}
	}
	return out
}

var (
	// namespaces matches what separates a namespace from a name.
	namespaces     = regexp.MustCompile(`__+|[^A-Za-z0-9_-]+`)
	trailingNumber = regexp.MustCompile(`(?:[^A-Za-z0-9]+[0-9]+)+$`)
	word           = regexp.MustCompile(`[\pL\pN]+`)
)

// foreign reports whether what stands before a name gives it another meaning. It is the
// name of an external server, whose tools are offered as server__tool, and the found
// tool is none of its: "notes.buy" is no order. Or it is another tool: "buy or sell".
func foreign(before, found string, tools []agent.ToolSpec) bool {
	for _, part := range namespaces.Split(before, -1) {
		for _, t := range tools {
			server, _, external := strings.Cut(t.Name, "__")
			if squash(t.Name) == squash(part) || external && squash(server) == squash(part) && !strings.HasPrefix(found, server+"__") {
				return true
			}
		}
	}
	return false
}

// bareName cuts off what cannot belong to a name: tokens of a chat template, tags, and
// arguments. What comes before a name that is left empty is kept.
func bareName(name string) string {
	name = strings.TrimFunc(name, notNamed)
	if at := strings.IndexAny(name, "<({[\n"); at > 0 {
		name = name[:at]
	}
	return strings.TrimFunc(name, notNamed)
}

func notNamed(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// squash returns the letters and digits of a name, in lower case.
func squash(name string) string {
	return strings.Map(func(r rune) rune {
		if notNamed(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
