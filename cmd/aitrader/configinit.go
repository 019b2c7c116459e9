package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"aitrader/internal/config"
	"aitrader/internal/sim"
)

type configInitCmd struct {
	Preset string `help:"Provider: ${presets}. Default: built-in models alone, without a key." placeholder:"NAME"`
	Force  bool   `help:"Replace a default.json that exists."`
}

// Run writes default.json into the folder of configurations, and says what comes next.
func (c configInitCmd) Run(p *program) error {
	var preset config.Preset
	if c.Preset != "" {
		var err error
		if preset, err = config.FindPreset(c.Preset); err != nil {
			return err
		}
	}
	text, err := config.FirstFile(preset)
	if err != nil {
		return err
	}
	folder := cmp.Or(p.env("AITRADER_CONFIG_DIR"), "configs")
	file := filepath.Join(folder, config.DefaultName+".json")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := writeNew(file, text, c.Force); err != nil {
		return err
	}
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(map[string]string{
			"file": file, "preset": preset.Name, "model": preset.Model, "key_variable": preset.KeyName,
		})
	}
	return c.explain(p.stdout, file, preset)
}

// writeNew writes a file that must not exist, unless it may be replaced.
func writeNew(file string, text []byte, replace bool) (err error) {
	if replace {
		part := file + ".part"
		if err := os.WriteFile(part, text, 0o644); err != nil {
			return err
		}
		return os.Rename(part, file)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return sim.Errorf(sim.KindConflict, "%s exists, and is left as it is; --force replaces it", file)
	}
	if err != nil {
		return err
	}
	defer closing(f, &err)
	_, err = f.Write(text)
	return err
}

// explain says what the file holds and what comes next.
func (c configInitCmd) explain(w io.Writer, file string, preset config.Preset) error {
	if preset.Name == "" {
		_, err := fmt.Fprintf(w, "%s: the built-in models, which need no key. Next:\n"+
			"  aitrader prices import FILE     # symbol,date,open,high,low,close,volume\n"+
			"  aitrader run --start DATE\n", file)
		return err
	}
	fmt.Fprintf(w, "%s: %s at %s, and the built-in models to compare it with. Next:\n", file, preset.Model, preset.Title)
	if preset.KeyName != "" {
		fmt.Fprintf(w, "  export %s=...     # the key stays in the environment\n", preset.KeyName)
	}
	fmt.Fprint(w, "  aitrader config test     # asks each model one question\n")
	if preset.Note != "" {
		fmt.Fprintf(w, "Note: %s.\n", preset.Note)
	}
	if preset.Models == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "Models and prices change: see %s. With the prices of its tokens, in USD per million, costs are counted:\n"+
		"  \"price\": {\"input\": ..., \"cached\": ..., \"output\": ...}     # cached: input that the provider reads from its cache\n",
		preset.Models)
	return err
}
