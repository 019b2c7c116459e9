package sim

// NewsItem is something that was published before the opening bell of a date. Its
// texts are untrusted: they are cleaned and bounded, and Title and Text are enclosed
// in marks that say where untrusted text begins and ends.
type NewsItem struct {
	// AsOf is when it was published: RFC 3339 in UTC, or YYYY-MM-DD where only
	// the day is known.
	AsOf   string
	Source string // the publisher, as a host or a name
	Title  string
	URL    string // "" when no address can be shown
	Text   string
}

// NewsFound is the answer of a search. Refused counts the items that were found and
// not let through, by reason. It is for the record of the session, not for the model,
// which would learn from it that news is coming.
type NewsFound struct {
	Items   []NewsItem
	Refused map[string]int
}
