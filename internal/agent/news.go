package agent

import (
	"context"
	"maps"

	"aitrader/internal/sim"
)

// News finds what was published before the opening bell of one date: it is bound
// to it, as a [sim.View] is. What it returns may be shown to a model as it is.
type News interface {
	// Search returns the best first. An error means that there is no answer, and
	// tells nothing that a model may not know; invalid_request is for a question
	// that the source does not take, and any other kind for a source that cannot
	// be asked now.
	Search(ctx context.Context, query string, symbols []string) (sim.NewsFound, error)
}

// ReadNews gives the desk news to search. It must be bound to the desk's date.
// Without this call there is no tool for it.
func (d *Desk) ReadNews(n News) { d.news = n }

// NewsRefused returns how many items the searches so far have found and not
// shown, by reason; nil when there is none.
func (d *Desk) NewsRefused() map[string]int { return maps.Clone(d.newsRefused) }

// countRefused adds what one search did not show.
func (d *Desk) countRefused(refused map[string]int) {
	for reason, n := range refused {
		if d.newsRefused == nil {
			d.newsRefused = map[string]int{}
		}
		d.newsRefused[reason] += n
	}
}
