package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"aitrader/internal/sim"
)

const (
	maxName   = 200
	maxBase   = 1000
	maxPrompt = 20_000 // runes
)

// A signature becomes a part of file names, so it may not name a folder.
var signaturePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// models takes the contestants.
func (d *decoder) models(root *object) []Model {
	list, ok := d.list(root, "models")
	if !ok || len(list) == 0 {
		d.mistake("models", "a list with at least one model is expected")
		return nil
	}
	var models []Model
	firsts := map[string]string{}
	enabled := 0
	for i, value := range list {
		o, ok := value.(*object)
		if !ok {
			d.problem(fmt.Sprintf("models[%d]", i), value, "an object is expected")
			continue
		}
		m := d.model(o)
		if first, twice := firsts[m.Signature]; twice && m.Signature != "" {
			d.problem(o.at("signature"), m.Signature, "a signature of its own is expected; it is the one of "+first)
		} else {
			firsts[m.Signature] = o.path
		}
		if m.Enabled {
			enabled++
		}
		models = append(models, m)
	}
	if maxBooks := sim.DefaultLimits.MaxBooks; enabled > maxBooks {
		d.mistake("models", fmt.Sprintf("%d models are enabled; at most %d are allowed", enabled, maxBooks))
	}
	if enabled == 0 {
		d.warn("models", "no model is enabled; a request must name the models that it wants")
	}
	return models
}

// model takes one contestant.
func (d *decoder) model(o *object) Model {
	m := Model{
		ModelSpec: sim.ModelSpec{
			Signature: d.signature(o),
			BaseModel: d.baseModel(o),
			Params:    d.params(d.object(o, "params")),
			Prompt:    d.bounded(o, "prompt", maxPrompt),
			Price:     d.price(o),
			Budget:    d.budget(o),
		},
		Enabled: d.boolean(o, "enabled", true),
	}
	if m.Name = d.bounded(o, "name", maxName); m.Name == "" {
		m.Name = m.Signature
	}
	before := len(d.problems)
	if m.Offline() {
		d.value(o, "openai_base_url")
		d.value(o, "openai_api_key")
		d.value(o, "api_version")
	} else {
		d.provider(o, &m)
	}
	if len(d.problems) == before { // a mistake in the address is reported once
		d.checkModel(o, m)
	}
	d.finish(o)
	return m
}

func (d *decoder) signature(o *object) string {
	const allowed = "a signature of 1 to 64 letters, digits, dots, underscores and hyphens is expected"
	text, ok := d.text(o, "signature")
	switch {
	case !ok && o.values["signature"] == nil:
		d.mistake(o.at("signature"), "missing: "+allowed)
	case ok && (!signaturePattern.MatchString(text) || text == "." || text == ".."):
		d.problem(o.at("signature"), text, allowed)
	}
	return text
}

// bounded takes a text of a bounded number of runes.
func (d *decoder) bounded(o *object, key string, maxRunes int) string {
	text, _ := d.text(o, key)
	if n := len([]rune(text)); n > maxRunes {
		d.mistake(o.at(key), fmt.Sprintf("%d characters: at most %d are expected", n, maxRunes))
	}
	return text
}

// baseModel takes the model's name at its provider, or a model that needs none.
// The path of a recording becomes absolute.
func (d *decoder) baseModel(o *object) string {
	const allowed = `a provider's model such as "openai/gpt-5", "builtin/...", or "recorded/PATH" is expected`
	text, ok := d.text(o, "basemodel")
	if !ok {
		if o.values["basemodel"] == nil {
			d.mistake(o.at("basemodel"), "missing: "+allowed)
		}
		return ""
	}
	unwanted := func(r rune) bool {
		return unicode.IsControl(r) || (unicode.IsSpace(r) && !(sim.ModelSpec{BaseModel: text}).Offline())
	}
	if text == "" || text == sim.BuiltinPrefix || text == sim.RecordedPrefix || len(text) > maxBase ||
		strings.ContainsFunc(text, unwanted) {
		d.problem(o.at("basemodel"), text, allowed)
		return ""
	}
	if path, recorded := strings.CutPrefix(text, sim.RecordedPrefix); recorded && !filepath.IsAbs(path) && d.opts.Dir != "" {
		return sim.RecordedPrefix + filepath.Join(d.opts.Dir, filepath.FromSlash(path))
	}
	return text
}

// checkModel runs Options.CheckModel.
func (d *decoder) checkModel(o *object, m Model) {
	if d.opts.CheckModel == nil || m.BaseModel == "" {
		return
	}
	d.readFiles = d.readFiles || strings.HasPrefix(m.BaseModel, sim.RecordedPrefix)
	err := d.opts.CheckModel(m.ModelSpec)
	switch {
	case err == nil:
	case m.Enabled:
		d.mistake(o.at("basemodel"), sim.MessageOf(err))
	default:
		d.warn(o.at("basemodel"), "the model is disabled, and would not run: "+sim.MessageOf(err))
	}
}

// baselines are the built-in models for comparison. The first one holds the benchmark.
var baselines = []struct{ signature, name, baseModel string }{
	{"buy-and-hold", "Buy and hold the benchmark", "builtin/buy-and-hold?symbol="},
	{"equal-weight", "Equal weight", "builtin/equal-weight"},
	{"momentum", "Momentum", "builtin/momentum"},
	{"random", "Random", "builtin/random"},
	{"cash", "Cash", "builtin/cash"},
}

// withBaselines adds the built-in models, which trade with the same cash and costs. A
// model of the file with the same signature takes precedence.
func (d *decoder) withBaselines(models []Model, benchmark string) []Model {
	for _, b := range baselines {
		if slices.ContainsFunc(models, func(m Model) bool { return m.Signature == b.signature }) {
			d.warn("baselines", fmt.Sprintf("a model is called %q; the built-in one of that name is left out", b.signature))
			continue
		}
		base := b.baseModel
		if strings.HasSuffix(base, "=") {
			if benchmark == "" {
				continue
			}
			base += benchmark
		}
		models = append(models, Model{ModelSpec: sim.ModelSpec{Signature: b.signature, Name: b.name, BaseModel: base}, Enabled: true})
	}
	return models
}
