package news

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// candidate is an item with the symbols that its source gives it, and all its words in
// the form " one two three ".
type candidate struct {
	Item
	symbols []string
	words   string
}

func newCandidate(item Item, symbols []string) candidate {
	text := strings.Join([]string{item.Title, item.Summary, item.Text, strings.Join(symbols, " ")}, " ")
	return candidate{item, symbols, " " + strings.Join(split(text), " ") + " "}
}

// tooCommon are words that do not narrow a query.
var tooCommon = map[string]bool{
	"the": true, "and": true, "for": true, "are": true, "was": true, "what": true, "how": true, "why": true, "with": true, "about": true,
	"from": true, "news": true, "latest": true, "today": true, "recent": true, "stock": true, "stocks": true, "market": true, "price": true,
}

// ranked orders candidates by the number of words of a query that they contain, and
// otherwise keeps their order. Candidates without any are left out, unless keepAll. A
// query of common words only changes nothing.
//
// The score of a candidate depends on that candidate alone: later news, which are
// withheld, cannot influence the order of earlier ones.
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

// score counts the words that a candidate contains.
func score(c candidate, words []string) int {
	n := 0
	for _, w := range words {
		if strings.Contains(c.words, " "+w+" ") {
			n++
		}
	}
	return n
}
