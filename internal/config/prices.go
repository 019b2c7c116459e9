package config

import (
	"aitrader/internal/prices/download"
	"aitrader/internal/sim"
)

// priceKeys are the keys of every source of prices.
var priceKeys = []string{"source", "base_url", "api_key", "requests_per_minute"}

// maxRequests bounds the requests of a minute; the default is what the free plans
// allow.
const (
	defaultRequests = 5
	maxRequests     = 6000
)

// prices takes the source of missing prices; the zero value is no source.
func (d *decoder) prices(root *object) (s sim.PriceSource, key KeyRef) {
	o, name := d.section(root, "prices", download.Sources())
	source, ok := download.FindSource(name)
	if !ok {
		return s, key
	}
	s.Source = name
	s.PerMinute = d.whole(o, "requests_per_minute", defaultRequests, 1, maxRequests)
	s.BaseURL, key = d.vendor(o, source.KeyVariables, "https://prices.example.com/query", "no prices can be fetched without it")
	if source.PricesOnly {
		d.warn(o.at("source"), "does not report splits or dividends; import those of your symbols as CSV")
	}
	d.onlyKeys(o, name, priceKeys)
	return s, key
}
