package agent

import (
	"context"
	"maps"

	"aitrader/internal/sim"
)

// News finds what was published before the opening bell of one date, to which it is
// bound, as a [sim.View] is. Its results can be shown to a model unchanged.
type News interface {
	// Search returns the best results first. Kind invalid_request: the source refuses
	// the question; any other kind: the source is not available. An error reveals
	// nothing that a model may not know.
	Search(ctx context.Context, query string, symbols []string) (sim.NewsFound, error)
}

// ReadNews gives the desk news that are bound to its date. Without this call the desk
// has no tool that searches news.
func (d *Desk) ReadNews(n News) { d.news = n }

// NewsRefused counts, by reason, the items that searches have found and withheld so
// far; nil where they have withheld nothing.
func (d *Desk) NewsRefused() map[string]int { return maps.Clone(d.newsRefused) }

// countRefused adds the items that one search has withheld.
func (d *Desk) countRefused(refused map[string]int) {
	for reason, n := range refused {
		if d.newsRefused == nil {
			d.newsRefused = map[string]int{}
		}
		d.newsRefused[reason] += n
	}
}
