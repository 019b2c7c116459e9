package home

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"aitrader/internal/app/config"
	"aitrader/internal/app/day"
	"aitrader/internal/engine"
	"aitrader/internal/httpapi"
	"aitrader/internal/sim"
)

// configs opens the configurations of this home. They are read when they are
// needed: an edited file counts from the next trigger on, and a running job
// keeps what it stored.
type configs struct {
	folder config.Folder
	// byDefault is the name that a request without a configuration means.
	byDefault string
	// builtIn stands in for a missing default configuration.
	builtIn func(config.Options) (config.Config, error)
}

// configOptions is how configurations are read in this home.
func configOptions(env func(string) (string, bool)) config.Options {
	return config.Options{AllowPlainKeys: true, Env: env, CheckModel: day.Check}
}

// newConfigs finds the configurations: choice is a file, or a name in the
// folder, or empty.
func newConfigs(folder, choice string, env func(string) (string, bool)) configs {
	c := configs{
		folder:    config.Folder{Dir: folder, Options: configOptions(env)},
		byDefault: config.DefaultName, builtIn: config.BuiltIn,
	}
	switch {
	case choice == "":
	case strings.ContainsRune(choice, filepath.Separator) || strings.HasSuffix(choice, ".json"):
		c.folder.Dir, c.byDefault = filepath.Split(choice)
		if c.folder.Dir == "" {
			c.folder.Dir = "."
		}
	default:
		c.byDefault = choice
	}
	return c
}

// Open implements [engine.Configurations].
func (c configs) Open(_ context.Context, name string) (engine.Configuration, error) {
	return c.open(name)
}

func (c configs) open(name string) (config.Config, error) {
	if name == "" || name == config.DefaultName {
		name = c.byDefault
	}
	found, err := c.folder.Open(name)
	if errors.Is(err, fs.ErrNotExist) && (name == config.DefaultName || name == config.DemoName || name == config.BuiltInName) {
		return c.builtIn(c.folder.Options)
	}
	return found, err
}

// Key implements [day.Keys].
func (c configs) Key(_ context.Context, name string, spec sim.ModelSpec) (string, error) {
	found, err := c.open(name)
	if err != nil {
		return "", err
	}
	m, ok := found.Model(spec.Signature)
	if !ok || m.BaseURL != spec.BaseURL {
		return "", sim.Errorf(sim.KindInvalid, "%s: the configuration %q does not name this model at its base URL any more, so its key is not used", spec.Signature, name)
	}
	if !m.Key.Exists() {
		return "", nil
	}
	return m.Key.Resolve(c.folder.Options.Env)
}

// models lists what is configured: the models of the default configuration
// first, then those of the others in the folder.
func (c configs) models(context.Context) ([]httpapi.ModelInfo, error) {
	names, err := c.folder.Names()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []httpapi.ModelInfo
	seen := map[string]bool{}
	for _, name := range append([]string{config.DefaultName}, names...) {
		found, err := c.open(name)
		if err != nil {
			if name == config.DefaultName {
				return nil, sim.Errorf(sim.KindUnavailable, "the default configuration cannot be used: %w", err)
			}
			continue // another file's mistakes are shown when it is used
		}
		if seen[found.Base.Config] {
			continue
		}
		seen[found.Base.Config] = true
		for _, m := range found.Models {
			out = append(out, httpapi.ModelInfo{
				Config: found.Base.Config, Signature: m.Signature, Name: m.Name,
				BaseModel: c.shown(m.BaseModel), BaseURL: m.BaseURL, Enabled: m.Enabled,
			})
		}
	}
	return out, nil
}

// shown is a base model as others may see it: of a recording the path within the
// folder of configurations, or else only its name.
func (c configs) shown(baseModel string) string {
	path, recorded := strings.CutPrefix(baseModel, day.RecordedPrefix)
	if !recorded {
		return baseModel
	}
	if folder, err := filepath.Abs(c.folder.Dir); err == nil {
		if inside, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(inside) {
			return day.RecordedPrefix + filepath.ToSlash(inside)
		}
	}
	return day.RecordedPrefix + filepath.Base(path)
}

// check refuses a choice that cannot be used, before anything is served.
func (c configs) check(choice string) error {
	if choice == "" {
		return nil
	}
	_, err := c.open(c.byDefault)
	return err
}

// defaults returns the benchmark and the universe of the default configuration.
func (c configs) defaults(context.Context) (benchmark string, universe []string, err error) {
	found, err := c.open(config.DefaultName)
	return found.Base.Benchmark, found.Base.Universe, err
}
