package local

import (
	"regexp"

	"aitrader/internal/config"
	"aitrader/internal/sim"
)

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

var keyID = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

// CheckKeyID refuses what cannot name an API key.
func CheckKeyID(id string) error {
	if !keyID.MatchString(id) {
		return sim.Errorf(sim.KindInvalid, "--id %q: 1 to 40 of a-z, 0-9, - and _ are allowed", id)
	}
	return nil
}
