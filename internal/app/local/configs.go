package local

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"aitrader/internal/config"
	"aitrader/internal/httpapi"
	"aitrader/internal/sim"
	"aitrader/internal/trader"
)

// configs opens the configurations of this home. They are read when they are
// needed: an edited file counts from the next trigger on, and a running job
// keeps what it stored.
type configs struct {
	folder config.Folder
	// byDefault is the name that a request without a configuration means.
	byDefault string
	// builtIn replaces a missing default configuration.
	builtIn func(config.Options) (config.Config, error)
}

// configOptions is how configurations are read in this home.
func configOptions(env func(string) (string, bool)) config.Options {
	return config.Options{
		AllowPlainKeys: true, Env: env, CheckModel: trader.Check, CheckNews: trader.NewsCheck(), Kept: &config.Kept{},
	}
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
	case isFile(choice):
		c.folder.Dir, c.byDefault = filepath.Split(choice)
		if c.folder.Dir == "" {
			c.folder.Dir = "."
		}
	default:
		c.byDefault = choice
	}
	return c
}

// isFile reports whether a choice of a configuration is a file, and not a name.
func isFile(choice string) bool {
	return strings.ContainsRune(choice, filepath.Separator) || strings.HasSuffix(choice, ".json")
}

// Catalog returns the configurations of a home without opening it.
func (o Options) Catalog() config.Catalog { return o.configs().catalog() }

func (c configs) catalog() config.Catalog { return config.Catalog{Source: c, Secret: c.secret} }

// Find implements [config.Source].
func (c configs) Find(_ context.Context, name string) (config.Config, error) {
	if name == "" || name == config.DefaultName {
		name = c.byDefault
	}
	found, err := c.folder.Open(name)
	if errors.Is(err, fs.ErrNotExist) && (name == config.DefaultName || name == config.DemoName || name == config.BuiltInName) {
		return c.builtIn(c.folder.Options)
	}
	return found, err
}

// Names implements [config.Source]. A folder that is not there holds none.
func (c configs) Names(context.Context) ([]string, error) {
	names, err := c.folder.Names()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// secret reads an environment variable.
func (c configs) secret(_ context.Context, name string) (string, error) {
	value, _ := c.folder.Options.Env(name)
	return value, nil
}

// listed is the models as others may see them.
func (h *Home) listed(ctx context.Context) ([]httpapi.ModelInfo, error) {
	models, err := h.catalog.Models(ctx)
	out := make([]httpapi.ModelInfo, len(models))
	for i, m := range models {
		out[i] = httpapi.ModelInfo{
			Config: m.Config, Signature: m.Signature, Name: m.Name,
			BaseModel: h.configs.shown(m.BaseModel), BaseURL: m.BaseURL, Enabled: m.Enabled,
		}
	}
	return out, err
}

// shown is a base model as others may see it: of a recording the path within the
// folder of configurations, or else only its name.
func (c configs) shown(baseModel string) string {
	path, recorded := strings.CutPrefix(baseModel, sim.RecordedPrefix)
	if !recorded {
		return baseModel
	}
	if folder, err := filepath.Abs(c.folder.Dir); err == nil {
		if inside, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(inside) {
			return sim.RecordedPrefix + filepath.ToSlash(inside)
		}
	}
	return sim.RecordedPrefix + filepath.Base(path)
}

// check refuses a choice that cannot be used, before anything is served.
func (c configs) check(ctx context.Context, choice string) error {
	if choice == "" {
		return nil
	}
	_, err := c.Find(ctx, c.byDefault)
	return err
}
