package news

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// candidate is an item with the symbols that its source says it is about, and
// all its words as " one two three ".
type candidate struct {
	Item
	symbols []string
	words   string
}

func newCandidate(item Item, symbols []string) candidate {
	text := strings.Join([]string{item.Title, item.Summary, item.Text, strings.Join(symbols, " ")}, " ")
	return candidate{item, symbols, " " + strings.Join(split(text), " ") + " "}
}

// tooCommon are words of a query that say nothing about what is looked for.
var tooCommon = map[string]bool{
	"the": true, "and": true, "for": true, "are": true, "was": true, "what": true, "how": true, "why": true, "with": true, "about": true,
	"from": true, "news": true, "latest": true, "today": true, "recent": true, "stock": true, "stocks": true, "market": true, "price": true,
}

// ranked orders candidates by how many words of a query they hold, and leaves
// their order otherwise. Those without any are left out unless all are kept. A
// query of common words only leaves everything as it is.
//
// Whether and where one stands depends on itself alone, so that later news cannot
// show in the order of earlier ones.
func ranked(all []candidate, query string, keepAll bool) []Item {
	words := wordsOf(query)
	type scored struct {
		item  Item
		score int
	}
	kept := make([]scored, 0, len(all))
	for _, c := range all {
		s := scored{c.Item, score(c, words)}
		if s.score > 0 || keepAll || len(words) == 0 {
			kept = append(kept, s)
		}
	}
	slices.SortStableFunc(kept, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	items := make([]Item, len(kept))
	for i, k := range kept {
		items[i] = k.item
	}
	return items
}

// wordsOf returns the words of a query that count, in lower case.
func wordsOf(query string) []string {
	var words []string
	for _, w := range split(query) {
		if len(w) > 1 && !tooCommon[w] && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

func split(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// score counts the words that a candidate holds.
func score(c candidate, words []string) int {
	n := 0
	for _, w := range words {
		if strings.Contains(c.words, " "+w+" ") {
			n++
		}
	}
	return n
}
