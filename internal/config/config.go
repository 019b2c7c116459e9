package config

import (
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// Config is a configuration.
type Config struct {
	// Base holds the settings of every job of the configuration, without models.
	Base sim.Settings
	// DateRange is the span that the file proposes.
	DateRange DateRange
	// Models are all models, including disabled ones, in the order of the file.
	Models []Model
	// NewsKey refers to the key of the source of news.
	NewsKey KeyRef
	// PricesKey refers to the key of the source of prices.
	PricesKey KeyRef
	// MCPHeaders refer to the headers of external MCP servers, by server and header.
	MCPHeaders map[string]map[string]KeyRef
	// Warnings inform the author of the file.
	Warnings []Warning
}

// DateRange is the span that a configuration proposes; a zero date is not set. Init is
// the first date of a model without history, End the default end of a run from the
// command line.
type DateRange struct {
	Init, End sim.Date
}

// Model is one configured contestant.
type Model struct {
	sim.ModelSpec
	// Enabled models run where a request names no models.
	Enabled bool
	// Key refers to the provider's key.
	Key KeyRef
}

// Warning points out a part of a file that has no effect, or perhaps not the expected
// one. It never shows a key.
type Warning struct {
	Path string `json:"path"` // the JSON path, as models[2].signature
	Text string `json:"text"`
}

// String returns the path and the text.
func (w Warning) String() string { return w.Path + ": " + w.Text }

// Options configure the reading of configurations.
type Options struct {
	// AllowPlainKeys accepts keys in plain text, with a warning, as on a single
	// machine. Without it, as on AWS, they are refused, and a key that begins with a
	// slash is the name of an SSM parameter.
	AllowPlainKeys bool
	// Dir is the base of relative paths. Load and Folder set it, if empty, to the
	// folder of the file.
	Dir string
	// Env looks up an environment variable, as os.LookupEnv does. Nil: no variable is
	// set, and missing ones cause no warning.
	Env func(name string) (value string, ok bool)
	// CheckModel, if not nil, checks a basemodel further. Its error becomes an
	// error of the file, or for a disabled model a warning.
	CheckModel func(sim.ModelSpec) error
	// CheckNews, if not nil, checks a source of news further. Its error becomes
	// an error of the file.
	CheckNews func(sim.NewsSettings) error
	// Kept, if not nil, spares the reading of a text that has not changed. It belongs to
	// one set of the other options. What is read is then shared, and not to be changed.
	Kept *Kept
}

// InitDate returns the first date of a model without history; zero: the file does not
// set it.
func (c Config) InitDate() sim.Date { return c.DateRange.Init }

// Model returns a model by its signature.
func (c Config) Model(signature string) (Model, bool) {
	i := slices.IndexFunc(c.Models, func(m Model) bool { return m.Signature == signature })
	if i < 0 {
		return Model{}, false
	}
	return c.Models[i], true
}

// Settings returns the settings of a job with these models, in the order of the
// configuration and without any secret. No signature means all enabled models; a
// disabled model runs if it is named. Kind invalid_request: a signature is unknown (the
// message lists the known ones), or no model is enabled.
func (c Config) Settings(signatures []string) (sim.Settings, error) {
	if unknown := c.unknown(signatures); len(unknown) > 0 {
		return sim.Settings{}, sim.Errorf(sim.KindInvalid, "unknown model %s in configuration %s; the known ones are %s",
			quoteAll(unknown), c.Base.Config, quoteAll(c.signatures()))
	}
	settings := c.Base
	settings.Universe = slices.Clone(c.Base.Universe)
	for _, m := range c.Models {
		if slices.Contains(signatures, m.Signature) || (len(signatures) == 0 && m.Enabled) {
			settings.Models = append(settings.Models, m.ModelSpec)
		}
	}
	if len(settings.Models) == 0 {
		return sim.Settings{}, sim.Errorf(sim.KindInvalid, "no model is enabled in configuration %s; enable one, or name some of %s",
			c.Base.Config, quoteAll(c.signatures()))
	}
	return settings, nil
}

// unknown returns the signatures that the configuration does not have.
func (c Config) unknown(signatures []string) []string {
	var out []string
	for _, s := range signatures {
		if _, ok := c.Model(s); !ok {
			out = append(out, s)
		}
	}
	return out
}

func (c Config) signatures() []string {
	out := make([]string, len(c.Models))
	for i, m := range c.Models {
		out[i] = m.Signature
	}
	return out
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ", ")
}
