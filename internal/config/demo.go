package config

import _ "embed" // demo.json, builtin.json

//go:embed demo.json
var demoFile []byte

//go:embed builtin.json
var builtInFile []byte

// DemoName is the name of the demo's configuration, BuiltInName that of the one
// that is used where there is no file.
const (
	DemoName    = "demo"
	BuiltInName = "builtin"
)

// Demo returns the configuration of the demo: the built-in models over the
// sample market. It needs no key and no network.
func Demo(opts Options) (Config, error) { return Decode(DemoName+".json", demoFile, opts) }

// BuiltIn returns the configuration of a home without files: the built-in models over
// the imported prices.
func BuiltIn(opts Options) (Config, error) { return Decode(BuiltInName+".json", builtInFile, opts) }
