package news

import (
	"regexp"
	"slices"
)

// A live page is rewritten as events unfold: it has the date of its first version and
// words of any later time. Some pages show that only in their title or address, which
// are matched against more patterns than running text.
var (
	liveWords = regexp.MustCompile(`(?i)\blive\s{0,3}(?:updates?|blogs?|blogging|coverage|ticker)\b|\bliveblog` +
		`|\b(?:story|article|page|post|report)\s(?:is\sbeing|will\sbe|has\sbeen|was)\s(?:\w+ly\s)?updated\b` +
		`|\bdeveloping\sstory\b|\bcheck\sback\sfor\supdates\b|\breal\stime\s(?:updates?|coverage)\b`)
	liveTitle = regexp.MustCompile(`(?i)\b(?:stock\s)?markets?\s(?:news\s)?(?:today|live)\b|` +
		`\bdow\sjones\stoday\b|\blive\s(?:stream|feed|reports?|markets?)\b` +
		`|\bas\sit\shappen(?:s|ed)\b|\bminute\sby\sminute\b|\breal\stime\b`)
)

// isLive reports whether a text belongs to a live page. The words of the texts are
// separated by single spaces.
func isLive(titles, texts []string) bool {
	for _, text := range titles {
		if liveTitle.MatchString(text) || liveWords.MatchString(text) {
			return true
		}
	}
	return slices.ContainsFunc(texts, liveWords.MatchString)
}
