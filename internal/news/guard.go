package news

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// guard admits the items that a session on a date may read.
type guard struct {
	date sim.Date
	bell time.Time
}

func newGuard(date sim.Date) guard {
	return guard{date: date, bell: sim.DefaultMarket.Opens(date)}
}

// admit returns the first n items that pass the check, in order, and counts the items
// that it has refused until then.
func (g guard) admit(items []Item, n int) sim.NewsFound {
	found := sim.NewsFound{Refused: map[string]int{}}
	for _, item := range items {
		if len(found.Items) == n {
			break
		}
		shown, why := g.check(item)
		if why != "" {
			found.Refused[string(why)]++
			continue
		}
		found.Items = append(found.Items, shown)
	}
	return found
}

// check returns an item as it may be shown, or the reason of its refusal.
func (g guard) check(item Item) (sim.NewsItem, Reason) {
	if why := item.Published.usable(); why != "" {
		return sim.NewsItem{}, why
	}
	if !item.Published.latest.Before(g.bell) {
		return sim.NewsItem{}, AfterBell
	}
	if len(item.Title)+len(item.URL)+len(item.Summary)+len(item.Text)+len(item.Source) > maxLooked {
		return sim.NewsItem{}, TooLarge
	}
	source, title := line(clean(item.Source)), line(clean(item.Title))
	summary, text := clean(item.Summary), clean(item.Text)
	if title == "" && summary == "" && text == "" {
		return sim.NewsItem{}, Empty
	}
	if why := g.inspect(item, []string{source, title}, []string{summary, text}); why != "" {
		return sim.NewsItem{}, why
	}
	address := shownAddress(item.URL)
	if source == "" {
		source = hostOf(address)
	}
	return sim.NewsItem{
		AsOf: item.Published.text(), Source: quoted(source, maxSource), Title: quoted(title, maxTitle),
		URL: address, Text: quoted(body(summary, text), maxText),
	}, ""
}

// inspect searches the address and the texts of an item for signs of the future.
func (g guard) inspect(item Item, titles, texts []string) Reason {
	address := item.URL
	if unescaped, err := url.PathUnescape(address); err == nil {
		address = unescaped
	}
	address = strings.ReplaceAll(line(clean(address)), "_", "-")
	joined := plain(strings.NewReplacer("-", " ", "/", " ", ".", " ", "+", " ", "=", " ").Replace(address))
	for i := range titles {
		titles[i] = plain(titles[i])
	}
	for i := range texts {
		texts[i] = plain(texts[i])
	}
	hyphens := strings.NewReplacer("-", " ")
	spaced := func(all []string) (out []string) {
		for _, s := range all {
			out = append(out, hyphens.Replace(s))
		}
		return out
	}
	if isLive(append(spaced(titles), joined), spaced(texts)) {
		return LivePage
	}
	h := horizon{today: g.date, published: item.Published.dayIn(sim.DefaultMarket.Zone)}
	if h.addressNamesLater(address) || h.namesLater(joined) {
		return NamesLater
	}
	if slices.ContainsFunc(append(titles, texts...), h.namesLater) {
		return NamesLater
	}
	return ""
}

// body joins a summary and a text, unless one of them begins with the other.
func body(summary, text string) string {
	switch {
	case summary == "" || strings.HasPrefix(text, summary):
		return text
	case text == "" || strings.HasPrefix(summary, text):
		return summary
	}
	return summary + "\n\n" + text
}
