package local

import (
	"context"
	"path/filepath"

	"aitrader/internal/config"
	"aitrader/internal/sqlite"
)

// CheckStore checks the store of a folder, which may be in use. The list of what is wrong
// is never nil.
func CheckStore(ctx context.Context, folder string) ([]sqlite.Finding, error) {
	found, err := sqlite.Check(ctx, filepath.Join(folder, StoreFile))
	return append([]sqlite.Finding{}, found...), err
}

// CheckedConfig is what is right about a configuration, and what may not be.
type CheckedConfig struct {
	Models   []string         `json:"models"`
	Warnings []config.Warning `json:"warnings"`
}

// CheckConfig reads a configuration file as the service does. Its error names
// every mistake.
func CheckConfig(file string, env func(string) string) (CheckedConfig, error) {
	c, err := config.Load(file, configOptions(func(name string) (string, bool) {
		value := env(name)
		return value, value != ""
	}))
	checked := CheckedConfig{Warnings: c.Warnings}
	for _, m := range c.Models {
		checked.Models = append(checked.Models, m.Signature)
	}
	return checked, err
}
