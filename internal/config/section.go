package config

import (
	"fmt"
	"slices"
	"strings"

	"aitrader/internal/text"
)

// This file takes the common fields of the sections that name a vendor. Unlike in older
// sections, an unknown key is a mistake: it would change what the models can see.

// section takes a section with a source; the source is "" where the section is absent or
// not valid.
func (d *decoder) section(root *object, name string, sources []string) (o *object, source string) {
	value, ok := d.value(root, name)
	if !ok {
		return nil, ""
	}
	if o, ok = value.(*object); !ok {
		d.problem(root.at(name), value, "an object is expected")
		return nil, ""
	}
	text, given := d.text(o, "source")
	switch {
	case !given && o.values["source"] == nil:
		d.mistake(o.at("source"), "missing: one of "+quoteAll(sources)+" is expected")
	case !given:
	case !slices.Contains(sources, text):
		d.problem(o.at("source"), text, "one of "+quoteAll(sources)+" is expected")
	default:
		return o, text
	}
	return o, ""
}

// vendor takes the address of a vendor, and the key for it. As with models, the key of
// the environment is only for the vendor's own address.
func (d *decoder) vendor(o *object, variables []string, example, consequence string) (address string, key KeyRef) {
	address, _ = d.text(o, "base_url")
	text, _ := d.text(o, "api_key")
	address, text = strings.TrimSpace(address), strings.TrimSpace(text)
	if address != "" {
		address = d.address(o.at("base_url"), address, example, "api_key")
	}
	if text == "" && address == "" && len(variables) > 0 {
		i := max(0, slices.IndexFunc(variables, func(v string) bool { return d.env(v) != "" }))
		text = "${" + variables[i] + "}"
	}
	if text != "" {
		key = d.keyOf(o.at("api_key"), text, true, consequence)
	}
	return address, key
}

// onlyKeys reports keys that a source does not take.
func (d *decoder) onlyKeys(o *object, source string, allowed []string) {
	for _, key := range o.keys {
		if !slices.Contains(allowed, key) {
			d.value(o, key)
			d.mistake(o.at(text.Clip(key, maxShown)),
				fmt.Sprintf("does not belong to the source %s; %s are allowed", quote(source), quoteAll(allowed)))
		}
	}
	d.finish(o)
}
