package baseline

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// Prefix begins the basemodel of every built-in model.
const Prefix = "builtin/"

// The bounds and defaults of parameters.
const (
	defaultLookback = 20
	maxLookback     = 249 // get_history gives 250 bars, and growth needs one more than it looks back
	defaultTop      = 5
	maxTop          = 100
)

// kinds lists the built-in models: what their parameters are, and how they are
// made from them.
var kinds = map[string]struct {
	params []string
	build  func(p params) (rule, error)
}{
	"buy-and-hold": {[]string{"symbol"}, func(p params) (rule, error) {
		symbol, err := p.symbol("symbol")
		return buyAndHold{symbol}, err
	}},
	"equal-weight": {nil, func(params) (rule, error) { return equalWeight{}, nil }},
	"momentum": {[]string{"lookback", "top"}, func(p params) (rule, error) {
		lookback, err := p.integer("lookback", defaultLookback, 1, maxLookback)
		if err != nil {
			return nil, err
		}
		top, err := p.integer("top", defaultTop, 1, maxTop)
		return momentum{lookback: int(lookback), top: int(top)}, err
	}},
	"random": {[]string{"seed"}, func(p params) (rule, error) {
		const limit = 1 << 53 // what every JSON reader keeps exactly
		seed, err := p.integer("seed", 0, -limit, limit)
		return random{seed}, err
	}},
	"cash": {nil, func(params) (rule, error) { return cash{}, nil }},
}

// Parse reads a basemodel such as "builtin/momentum?lookback=20&top=5". Its
// errors are of kind invalid_request and name the value and what is allowed.
func Parse(basemodel string) (agent.Model, error) {
	rest, ok := strings.CutPrefix(basemodel, Prefix)
	name, query, _ := strings.Cut(rest, "?")
	kind, known := kinds[name]
	if !ok || !known {
		return nil, sim.Errorf(sim.KindInvalid, "%q is not a built-in model: %s is expected", basemodel,
			oneOf(slices.Sorted(maps.Keys(kinds)), Prefix))
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "%q: the parameters %q cannot be read: name=value&name=value is expected", basemodel, query)
	}
	p := params{basemodel, values}
	if err := p.check(kind.params); err != nil {
		return nil, err
	}
	r, err := kind.build(p)
	if err != nil {
		return nil, err
	}
	return model{r}, nil
}

// params are the parameters of one built-in model.
type params struct {
	basemodel string
	values    url.Values
}

// check refuses unknown and repeated parameters.
func (p params) check(allowed []string) error {
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		if !slices.Contains(allowed, name) {
			if len(allowed) == 0 {
				return sim.Errorf(sim.KindInvalid, "%q: unknown parameter %q: it has no parameters", p.basemodel, name)
			}
			return sim.Errorf(sim.KindInvalid, "%q: unknown parameter %q: %s is expected", p.basemodel, name, oneOf(allowed, ""))
		}
		if len(p.values[name]) > 1 {
			return sim.Errorf(sim.KindInvalid, "%q: parameter %q is given %d times: once is allowed", p.basemodel, name, len(p.values[name]))
		}
	}
	return nil
}

func (p params) symbol(name string) (string, error) {
	s := p.values.Get(name)
	if !sim.ValidSymbol(s) {
		return "", sim.Errorf(sim.KindInvalid,
			"%q: %s %q is not a ticker: 1 to 12 characters of A-Z, 0-9, dot and hyphen are expected", p.basemodel, name, s)
	}
	return s, nil
}

func (p params) integer(name string, byDefault, low, high int64) (int64, error) {
	if !p.values.Has(name) {
		return byDefault, nil
	}
	v, err := strconv.ParseInt(p.values.Get(name), 10, 64)
	if err != nil || v < low || v > high {
		return 0, sim.Errorf(sim.KindInvalid, "%q: %s %q: a whole number from %d to %d is expected", p.basemodel, name,
			p.values.Get(name), low, high)
	}
	return v, nil
}

// oneOf lists what is allowed: "a", "b" or "c".
func oneOf(names []string, prefix string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(prefix + n)
	}
	last := len(quoted) - 1
	if last == 0 {
		return quoted[0]
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}
