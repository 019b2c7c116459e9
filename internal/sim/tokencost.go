package sim

import "math"

// TokenCost is an amount in units of 1e-10 USD: a token costs far less than a unit of
// [Money], and the product of a number of tokens and a price per million of them is
// exact. The largest amount is 922 million USD.
type TokenCost int64

const (
	costDigits = 10
	// costOfMoney is the number of units of TokenCost in one of Money.
	costOfMoney = 1_000_000
)

// TokenCostOf returns an amount of money as a cost.
func TokenCostOf(m Money) TokenCost { return TokenCost(saturate(int64(m), costOfMoney)) }

// ParseTokenCost reads an amount in USD exactly, with at most ten decimals.
func ParseTokenCost(s string) (TokenCost, error) {
	v, err := parseWithin(s, costDigits, exactly, math.MaxInt64)
	return TokenCost(v), err
}

// String prints the amount in USD exactly, without trailing zeros.
func (c TokenCost) String() string { return formatDecimal(int64(c), costDigits, 0) }

// Float returns the amount in USD for statistics.
func (c TokenCost) Float() float64 { return float64(c) / 1e10 }

// MarshalJSON writes the amount in USD as an exact JSON number.
func (c TokenCost) MarshalJSON() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalJSON reads an exact JSON number.
func (c *TokenCost) UnmarshalJSON(text []byte) error { return unmarshal(c, text, ParseTokenCost) }

// plus adds two costs that are not negative; the sum saturates.
func (c TokenCost) plus(o TokenCost) TokenCost {
	if c > math.MaxInt64-o {
		return math.MaxInt64
	}
	return c + o
}

// TokenPrice is the price of a provider, in USD per million tokens.
type TokenPrice struct {
	Input  Money `json:"input"`
	Output Money `json:"output"`
	// Cached is for the part of the input that the provider has in its cache; nil: the
	// price of other input.
	Cached *Money `json:"cached,omitempty"`
	// CacheWrite is for the part of the input that the provider writes to its cache; nil:
	// the price of other input.
	CacheWrite *Money `json:"cache_write,omitempty"`
}

// Of returns what some tokens cost. Reasoning is a part of the output; [Usage].Cached
// and [Usage].CacheWrite are parts of the input.
func (p TokenPrice) Of(u Usage) TokenCost {
	cached := min(u.Cached, u.Input)
	written := min(u.CacheWrite, u.Input-cached)
	// USD 1e-4 per 1e6 tokens are 1e-10 USD for one.
	return tokenCost(u.Input-cached-written, p.Input).
		plus(tokenCost(cached, p.orInput(p.Cached))).
		plus(tokenCost(written, p.orInput(p.CacheWrite))).
		plus(tokenCost(u.Output, p.Output))
}

// AtMost returns the most that input and output can cost, whatever part of the input
// the provider reads from its cache or writes to it.
func (p TokenPrice) AtMost(u Usage) TokenCost {
	dearest := max(p.Input, p.orInput(p.Cached), p.orInput(p.CacheWrite))
	return tokenCost(u.Input, dearest).plus(tokenCost(u.Output, p.Output))
}

// orInput returns a price, or that of input where it is not known.
func (p TokenPrice) orInput(price *Money) Money {
	if price == nil {
		return p.Input
	}
	return *price
}

func tokenCost(tokens int64, price Money) TokenCost { return TokenCost(saturate(tokens, int64(price))) }

// saturate returns a*b of two numbers that are not negative, or the largest number.
func saturate(a, b int64) int64 {
	v, ok := mulDiv(max(a, 0), max(b, 0), 1)
	if !ok {
		return math.MaxInt64
	}
	return v
}
