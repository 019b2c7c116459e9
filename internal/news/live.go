package news

import (
	"regexp"
	"slices"
)

// Pages that are rewritten while things happen have the date of their beginning
// and the words of any time after it. Some say so in their title or address
// only, where wider words can be taken for it than in running text.
var (
	liveWords = regexp.MustCompile(`(?i)\blive\s{0,3}(?:updates?|blogs?|blogging|coverage|ticker)\b|\bliveblog` +
		`|\b(?:story|article|page|post|report)\s(?:is\sbeing|will\sbe|has\sbeen|was)\s(?:\w+ly\s)?updated\b` +
		`|\bdeveloping\sstory\b|\bcheck\sback\sfor\supdates\b|\breal\stime\s(?:updates?|coverage)\b`)
	liveTitle = regexp.MustCompile(`(?i)\b(?:stock\s)?markets?\s(?:news\s)?(?:today|live)\b|` +
		`\bdow\sjones\stoday\b|\blive\s(?:stream|feed|reports?|markets?)\b` +
		`|\bas\sit\shappen(?:s|ed)\b|\bminute\sby\sminute\b|\breal\stime\b`)
)

// isLive looks at texts in which words are separated by single spaces.
func isLive(titles, texts []string) bool {
	for _, text := range titles {
		if liveTitle.MatchString(text) || liveWords.MatchString(text) {
			return true
		}
	}
	return slices.ContainsFunc(texts, liveWords.MatchString)
}
