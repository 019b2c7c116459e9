package config

import (
	"aitrader/internal/sim"
)

// priceKeys are the keys of every source of prices, and priceVariables where
// its key is looked for when nothing else is said.
var (
	priceSources   = []string{sim.PricesAlphaVantage, sim.PricesPolygon, sim.PricesStooq}
	priceKeys      = []string{"source", "base_url", "api_key", "requests_per_minute"}
	priceVariables = map[string][]string{
		sim.PricesAlphaVantage: newsVariables[sim.NewsAlphaVantage],
		sim.PricesPolygon:      {"POLYGON_API_KEY"},
	}
)

// maxRequests bounds the requests of a minute; the default is what the free plans
// allow.
const (
	defaultRequests = 5
	maxRequests     = 6000
)

// prices takes the source of missing prices; the zero value is no source.
func (d *decoder) prices(root *object) (s sim.PriceSource, key KeyRef) {
	o, source := d.section(root, "prices", priceSources)
	if source == "" {
		return s, key
	}
	s.Source = source
	s.PerMinute = d.whole(o, "requests_per_minute", defaultRequests, 1, maxRequests)
	s.BaseURL, key = d.vendor(o, priceVariables[source], "https://prices.example.com/query", "no prices can be fetched without it")
	if source == sim.PricesStooq {
		d.warn(o.at("source"), "does not report splits or dividends; import those of your symbols as CSV")
	}
	d.onlyKeys(o, source, priceKeys)
	return s, key
}
