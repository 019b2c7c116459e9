package config

import (
	"encoding/json"

	"aitrader/internal/sim"
)

// number takes a number as it is written; ok is false where it is absent or of another
// type.
func (d *decoder) number(o *object, key, allowed string) (string, bool) {
	value, ok := d.value(o, key)
	if !ok {
		return "", false
	}
	n, ok := value.(json.Number)
	if !ok {
		d.problem(o.at(key), value, allowed)
	}
	return n.String(), ok
}

// whole takes a whole number; 30.0 is one.
func (d *decoder) whole(o *object, key string, byDefault, low, high int) int {
	allowed := between("a whole number", low, high)
	text, ok := d.number(o, key, allowed)
	if !ok {
		return byDefault
	}
	q, err := sim.ParseQuantity(text)
	n := int(q / sim.Share)
	if err != nil || !q.IsWhole() || n < low || n > high {
		d.problem(o.at(key), json.Number(text), allowed)
	}
	return n
}

// seconds takes a number of seconds.
func (d *decoder) seconds(o *object, key string, byDefault, low, high float64) sim.Seconds {
	allowed := between("a number of seconds", low, high)
	text, ok := d.number(o, key, allowed)
	if !ok {
		return sim.Seconds(byDefault)
	}
	v, err := json.Number(text).Float64()
	if err != nil || v < low || v > high {
		d.problem(o.at(key), json.Number(text), allowed)
	}
	return sim.Seconds(v)
}

// money takes an amount in USD, exactly.
func (d *decoder) money(o *object, key string, byDefault, low, high sim.Money) sim.Money {
	allowed := between("an amount in USD with at most 4 decimals", low, high)
	text, ok := d.number(o, key, allowed)
	if !ok {
		return byDefault
	}
	v, err := sim.ParseMoney(text)
	if err != nil || v < low || v > high {
		d.problem(o.at(key), json.Number(text), allowed)
	}
	return v
}

// basisPoints takes a number of basis points, exactly.
func (d *decoder) basisPoints(o *object, key string, high sim.BasisPoints) sim.BasisPoints {
	allowed := between("a number of basis points with at most 4 decimals", 0, high)
	text, ok := d.number(o, key, allowed)
	if !ok {
		return 0
	}
	v, err := sim.ParseBasisPoints(text)
	if err != nil || v < 0 || v > high {
		d.problem(o.at(key), json.Number(text), allowed)
	}
	return v
}
