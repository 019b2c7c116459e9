package news

import (
	"context"
	"time"
)

// Source finds items. It may return more than was asked for, in the order in which they
// should be shown, and need not check dates: the guard does.
type Source interface {
	// Find makes one attempt. An error has a kind, invalid_request where the source
	// refuses the question, and holds no date, no key and no address. It is a
	// [vendorhttp.Failure] where another attempt may succeed.
	Find(ctx context.Context, q Query) ([]Item, error)
}

// Query is a question to a source.
type Query struct {
	Text    string
	Symbols []string // upper case; may be empty
	// Bell is the opening bell of the session. A source may use it to ask for what
	// the guard can admit. That saves requests; it does not replace the guard.
	Bell time.Time
}

// Item is an unchecked result of a source.
type Item struct {
	Published Stamp
	Source    string // the publisher; "": the host of the address
	Title     string
	URL       string
	Summary   string
	Text      string
}
