package download

import (
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// Source is a vendor as a configuration names it.
type Source struct {
	Name string
	// KeyVariables are the environment variables of its key when the configuration
	// names none: the first that is set. None: it needs no key.
	KeyVariables []string
	// PricesOnly: it does not report splits or dividends.
	PricesOnly bool

	vendor string // its name, for people
	url    string
	open   func(*client) Vendor
}

// AlphaVantageKeys are the environment variables of a key of Alpha Vantage. The second
// one is how AI-Trader spells it.
var AlphaVantageKeys = []string{"ALPHAVANTAGE_API_KEY", "ALPHAADVANTAGE_API_KEY"}

// sources is the one list of vendors. A new one takes a row here and a file with its
// client, a [Vendor]; the configuration reads this list.
var sources = []Source{
	{
		Name: "alphavantage", KeyVariables: AlphaVantageKeys, vendor: "Alpha Vantage", url: "https://www.alphavantage.co/query",
		open: func(c *client) Vendor { return alphaVantage{c} },
	},
	{
		Name: "polygon", KeyVariables: []string{"POLYGON_API_KEY"}, vendor: "Polygon", url: "https://api.polygon.io",
		open: func(c *client) Vendor { return polygon{c} },
	},
	{
		Name: "stooq", PricesOnly: true, vendor: "Stooq", url: "https://stooq.com/q/d/l/",
		open: func(c *client) Vendor { return stooq{c} },
	},
}

// Sources returns the names of all sources.
func Sources() []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.Name
	}
	return names
}

// FindSource returns a source by its name.
func FindSource(name string) (Source, bool) {
	i := slices.IndexFunc(sources, func(s Source) bool { return s.Name == name })
	if i < 0 {
		return Source{}, false
	}
	return sources[i], true
}

// New returns the vendor of a source. Kind invalid_request: the source is not known, or
// an option is not valid.
func New(source string, o Options) (Vendor, error) {
	s, ok := FindSource(source)
	if !ok {
		return nil, sim.Errorf(sim.KindInvalid, "prices: the source %q is not known; %s are", source, strings.Join(Sources(), ", "))
	}
	c, err := newClient(s.vendor, s.url, o)
	if err != nil {
		return nil, err
	}
	return s.open(c), nil
}
