package simulate

import (
	"fmt"
	"hash/fnv"
	"time"
)

// dice draws from a seed. A draw depends on the seed and on its name alone, never on
// the draws before it: so each actor has the same luck whatever the others do.
type dice uint64

// draw returns 64 evenly distributed bits.
func (d dice) draw(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	x := h.Sum64() ^ uint64(d)*0x9e3779b97f4a7c15
	// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
	// Number Generators, 2014).
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance is true with a probability.
func (d dice) chance(p float64, name string) bool { return float64(d.draw(name)>>11)/(1<<53) < p }

// below returns a number from 0 to n-1.
func (d dice) below(n int, name string) int { return int(d.draw(name) % uint64(n)) }

// between returns a duration from one to another.
func (d dice) between(low, high time.Duration, name string) time.Duration {
	return low + time.Duration(d.draw(name)%uint64(high-low+1))
}

// child returns dice for a part of the scenario.
func (d dice) child(format string, args ...any) dice {
	return dice(d.draw(fmt.Sprintf(format, args...)))
}

// pick returns one of a list.
func pick[T any](d dice, name string, list ...T) T { return list[d.below(len(list), name)] }
