package sim

// NewsItem is something that was published before the opening bell of a date.
// Its texts were written by strangers. They are clean and bounded, and Title and
// Text stand between marks that say where foreign words begin and end.
type NewsItem struct {
	// AsOf is when it was published: RFC 3339 in UTC, or YYYY-MM-DD where only
	// the day is known.
	AsOf   string
	Source string // who published it, as a host or a name
	Title  string
	URL    string // "" when it has none that can be shown
	Text   string
}

// NewsFound is the answer of a search. Refused counts what was found and not let
// through, by reason; it is for the account of the session and not for the model,
// which would learn from it that there will be news.
type NewsFound struct {
	Items   []NewsItem
	Refused map[string]int
}
