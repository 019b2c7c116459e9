package news

import (
	"context"
	"time"
)

// Source finds things. It may return more than was asked for, in the order in
// which they should be shown, and it need not look at dates: the guard does.
type Source interface {
	// Find asks once. An error has a kind: rate_limited and unavailable when
	// asking again may help, invalid_request when the source does not take the
	// question. Its text names no date, no key and no address.
	Find(ctx context.Context, q Query) ([]Item, error)
}

// Query is a question to a source.
type Query struct {
	Text    string
	Symbols []string // upper case; may be empty
	// Bell is the opening bell of the session. A source may use it to ask for
	// what can pass; that spares answers, but is no guard.
	Bell time.Time
}

// Item is something found, as its source tells of it.
type Item struct {
	Published Stamp
	Source    string // who published it; "" for the host of the address
	Title     string
	URL       string
	Summary   string
	Text      string
}
