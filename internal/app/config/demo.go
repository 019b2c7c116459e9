package config

import _ "embed" // demo.json

//go:embed demo.json
var demoFile []byte

// DemoName is the name of the built-in configuration.
const DemoName = "demo"

// Demo returns the built-in configuration: the built-in models over the sample
// market. It needs no key and no network.
func Demo(opts Options) (Config, error) { return Decode(DemoName+".json", demoFile, opts) }
