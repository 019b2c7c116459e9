package config

import "aitrader/internal/sim"

const (
	maxPrice  = 10_000 * sim.Dollar // for a million tokens
	maxBudget = 10_000_000 * sim.Dollar
)

// price takes what the tokens of a model cost, in USD per million; nil: not said.
func (d *decoder) price(o *object) *sim.TokenPrice {
	if o.values["price"] == nil {
		d.value(o, "price")
		return nil
	}
	p := d.object(o, "price")
	for _, key := range []string{"input", "output"} {
		if p.values[key] == nil {
			d.mistake(p.at(key), "missing: USD per million tokens are expected")
		}
	}
	price := &sim.TokenPrice{Input: d.money(p, "input", 0, 0, maxPrice), Output: d.money(p, "output", 0, 0, maxPrice)}
	if p.values["cached"] != nil {
		price.Cached = new(d.money(p, "cached", 0, 0, maxPrice))
	}
	if p.values["cache_write"] != nil {
		price.CacheWrite = new(d.money(p, "cache_write", 0, 0, maxPrice))
	}
	d.finish(p)
	return price
}

// budget takes the most that may be spent in USD; 0: no bound.
func (d *decoder) budget(o *object) sim.Money {
	return d.money(o, "budget_usd", 0, 1, maxBudget)
}

// checkBudget reports a budget that the enabled models cannot keep.
func (d *decoder) checkBudget(c Config) {
	all := c.Base
	for _, m := range c.Models {
		if m.Enabled {
			all.Models = append(all.Models, m.ModelSpec)
		}
	}
	if err := all.CheckBudget(); err != nil {
		d.mistake("budget_usd", sim.MessageOf(err))
	}
}
