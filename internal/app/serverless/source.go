package serverless

import (
	"context"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/config"
	"aitrader/internal/sim"
)

// source keeps configurations in the table, so that adding a model needs no
// deployment.
type source struct {
	store *dynamo.Store
	env   func(string) string
}

// options is how configurations are read on AWS: without keys in plain text.
// Models are checked where a configuration is put, because the HTTP functions do
// not know them.
func (s source) options() config.Options {
	return config.Options{Env: func(name string) (string, bool) {
		value := s.env(name)
		return value, value != ""
	}}
}

// Find implements [config.Source].
func (s source) Find(ctx context.Context, name string) (config.Config, error) {
	name, err := config.CleanName(name)
	if err != nil {
		return config.Config{}, err
	}
	text, err := s.store.Document(ctx, dynamo.Configurations, name)
	switch {
	case err == nil:
		return config.Decode(name+".json", text, s.options())
	case !sim.IsKind(err, sim.KindNotFound):
		return config.Config{}, err
	case name == config.DefaultName || name == config.BuiltInName:
		return config.BuiltIn(s.options())
	}
	names, err := s.Names(ctx)
	if err != nil {
		return config.Config{}, err
	}
	return config.Config{}, config.Unknown(name, names)
}

// Names implements [config.Source].
func (s source) Names(ctx context.Context) ([]string, error) {
	return s.store.Documents(ctx, dynamo.Configurations)
}
