package config

import (
	"slices"
	"sync"
)

// maxKept bounds the configurations that [Kept] holds.
const maxKept = 32

// Kept holds the configurations that [Decode] has read, so that a text that has not
// changed is not read again. What a text says can depend on environment variables, which
// are compared, and on recordings and files of news: a configuration with those is not
// kept, and neither is an error. The zero value is ready, and safe for concurrent use; a
// nil Kept holds nothing.
type Kept struct {
	mu   sync.Mutex
	last map[string]keptConfig // by the name
}

type keptConfig struct {
	text   string
	dir    string
	env    map[string]string // the variables that were looked up
	config Config
}

// find returns the configuration of a text, if it is held.
func (k *Kept) find(name string, data []byte, opts Options) (Config, bool) {
	if k == nil {
		return Config{}, false
	}
	k.mu.Lock()
	held, ok := k.last[name]
	k.mu.Unlock()
	if !ok || held.text != string(data) || held.dir != opts.Dir {
		return Config{}, false
	}
	for variable, value := range held.env {
		if now, _ := opts.Env(variable); now != value {
			return Config{}, false
		}
	}
	c := held.config
	c.Models, c.Warnings = slices.Clone(c.Models), slices.Clone(c.Warnings)
	return c, true
}

// keep holds what a decoder has read.
func (k *Kept) keep(name string, data []byte, dir string, d *decoder, c Config) {
	if k == nil || d.readFiles {
		return
	}
	c.Models, c.Warnings = slices.Clone(c.Models), slices.Clone(c.Warnings)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last == nil || len(k.last) >= maxKept {
		k.last = map[string]keptConfig{}
	}
	k.last[name] = keptConfig{text: string(data), dir: dir, env: d.variables, config: c}
}
