package config

import (
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// Config is a configuration.
type Config struct {
	// Base is what every job of the configuration runs with, but the models.
	Base sim.Settings
	// DateRange is the span that the file proposes.
	DateRange DateRange
	// Models are all models, disabled ones too, in the order of the file.
	Models []Model
	// NewsKey says where the key of the source of news is.
	NewsKey KeyRef
	// PricesKey says where the key of the source of prices is.
	PricesKey KeyRef
	// MCPHeaders say where the headers of the servers of tools are, by server and header.
	MCPHeaders map[string]map[string]KeyRef
	// Warnings are for the person who wrote the file.
	Warnings []Warning
}

// DateRange is the span that a configuration proposes; zero dates are not given.
// Init is where a model without history starts, End is the default end of a run
// from the command line.
type DateRange struct {
	Init, End sim.Date
}

// Model is one configured contestant.
type Model struct {
	sim.ModelSpec
	// Enabled models run when a request names none.
	Enabled bool
	// Key says where the provider's key is.
	Key KeyRef
}

// Warning is something in a file that has no effect, or not the one that its
// author may expect. It never shows a key.
type Warning struct {
	Path string `json:"path"` // the JSON path, as models[2].signature
	Text string `json:"text"`
}

// String returns the path and the text.
func (w Warning) String() string { return w.Path + ": " + w.Text }

// Options say how a configuration is read.
type Options struct {
	// AllowPlainKeys accepts keys in plain text, with a warning (the embedded
	// home). Otherwise (on AWS) they are refused, and a key beginning with a
	// slash is the name of an SSM parameter.
	AllowPlainKeys bool
	// Dir is what relative paths of recorded models are relative to. Load and
	// Folder set it to the folder of the file, when it is empty.
	Dir string
	// Env looks an environment variable up, as os.LookupEnv does. Nil means that
	// none is set and that nothing is said about missing ones.
	Env func(name string) (value string, ok bool)
	// CheckModel, if not nil, checks a basemodel further. Its error becomes an
	// error of the file, or for a disabled model a warning.
	CheckModel func(sim.ModelSpec) error
	// CheckNews, if not nil, checks a source of news further. Its error becomes
	// an error of the file.
	CheckNews func(sim.NewsSettings) error
}

// InitDate returns where a model without history starts; zero when the file does
// not say.
func (c Config) InitDate() sim.Date { return c.DateRange.Init }

// Model returns a model by its signature.
func (c Config) Model(signature string) (Model, bool) {
	i := slices.IndexFunc(c.Models, func(m Model) bool { return m.Signature == signature })
	if i < 0 {
		return Model{}, false
	}
	return c.Models[i], true
}

// Settings returns what a job of some models runs with, without any secret, the
// models in the order of the configuration. No signature means all enabled
// models; a disabled one runs when it is named. Kind invalid_request: a
// signature is unknown (the message lists the known ones), or none is enabled.
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
