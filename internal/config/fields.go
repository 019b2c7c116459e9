package config

import (
	"fmt"
	"slices"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// decoder takes values out of a file's tree and collects its mistakes.
type decoder struct {
	opts     Options
	problems []string
	warnings []Warning

	variables map[string]string // of the environment, as they were looked up
	readFiles bool              // a check has read other files
}

// problem records a mistake and shows the value, which must not be a key.
func (d *decoder) problem(path string, value any, allowed string) {
	d.mistake(path, show(value)+": "+allowed)
}

// mistake records a mistake without showing a value.
func (d *decoder) mistake(path, text string) {
	d.problems = append(d.problems, path+": "+text)
}

func (d *decoder) warn(path, text string) {
	d.warnings = append(d.warnings, Warning{Path: path, Text: text})
}

// maxProblems bounds how many mistakes one error lists.
const maxProblems = 50

// err returns all mistakes as one error, or nil.
func (d *decoder) err(file string) error {
	switch n := len(d.problems); {
	case n == 0:
		return nil
	case n == 1:
		return sim.Errorf(sim.KindInvalid, "%s: %s", file, d.problems[0])
	case n > maxProblems:
		list := strings.Join(d.problems[:maxProblems], "\n  ")
		return sim.Errorf(sim.KindInvalid, "%s: %d errors, the first %d:\n  %s", file, n, maxProblems, list)
	default:
		return sim.Errorf(sim.KindInvalid, "%s: %d errors:\n  %s", file, n, strings.Join(d.problems, "\n  "))
	}
}

// value takes a value; ok is false where it is absent or null.
func (d *decoder) value(o *object, key string) (value any, ok bool) {
	o.taken[key] = true
	value = o.values[key]
	return value, value != nil
}

// text takes a string.
func (d *decoder) text(o *object, key string) (string, bool) {
	value, ok := d.value(o, key)
	if !ok {
		return "", false
	}
	s, ok := value.(string)
	if !ok {
		d.problem(o.at(key), value, "a text in quotes is expected")
	}
	return s, ok
}

// boolean takes true or false.
func (d *decoder) boolean(o *object, key string, byDefault bool) bool {
	value, ok := d.value(o, key)
	if !ok {
		return byDefault
	}
	b, ok := value.(bool)
	if !ok {
		d.problem(o.at(key), value, "true or false is expected")
	}
	return b
}

// object takes an object; an absent one is empty.
func (d *decoder) object(o *object, key string) *object {
	value, ok := d.value(o, key)
	if !ok {
		return newObject(o.at(key))
	}
	child, ok := value.(*object)
	if !ok {
		d.problem(o.at(key), value, "an object is expected")
		return newObject(o.at(key))
	}
	return child
}

// list takes a list; ok is false where it is absent or of another type.
func (d *decoder) list(o *object, key string) ([]any, bool) {
	value, ok := d.value(o, key)
	if !ok {
		return nil, false
	}
	list, ok := value.([]any)
	if !ok {
		d.problem(o.at(key), value, "a list is expected")
	}
	return list, ok
}

// date takes a date; absent is zero.
func (d *decoder) date(o *object, key string) sim.Date {
	text, ok := d.text(o, key)
	if !ok {
		return 0
	}
	date, err := sim.ParseDate(text)
	if err != nil {
		d.problem(o.at(key), text, "a date YYYY-MM-DD from 1971 on is expected")
	}
	return date
}

// symbol takes a ticker, in upper case.
func (d *decoder) symbol(o *object, key, byDefault string) string {
	text, ok := d.text(o, key)
	if !ok {
		return byDefault
	}
	return d.ticker(o.at(key), text)
}

func (d *decoder) ticker(path string, value any) string {
	text, _ := value.(string)
	symbol := strings.ToUpper(text)
	if !sim.ValidSymbol(symbol) {
		d.problem(path, value, "a symbol of 1 to 12 letters, digits, dots and hyphens is expected, beginning with a letter or "+
			"digit (CASH is none)")
	}
	return symbol
}

// oldKeys occur in AI-Trader's files and have no meaning here.
var oldKeys = []string{"agent_type", "market", "log_config"}

// finish reports repeated keys, and those that were not taken.
func (d *decoder) finish(o *object) {
	for _, key := range o.repeated {
		d.mistake(o.at(key), "the key is there more than once; once is expected")
	}
	for _, key := range o.keys {
		switch {
		case o.taken[key]:
		case o.path == "" && slices.Contains(oldKeys, key):
			d.warn(key, "has no meaning here and is ignored")
		default:
			d.warn(o.at(text.Clip(key, maxShown)), "unknown key, ignored")
		}
	}
}

// between says which numbers are allowed.
func between(what string, low, high any) string {
	return fmt.Sprintf("%s from %v to %v is expected", what, low, high)
}
