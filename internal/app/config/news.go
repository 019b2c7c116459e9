package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// The sources of news.
const (
	NewsAlphaVantage = "alphavantage"
	NewsJina         = "jina"
	NewsFile         = "file"
)

// newsKeys are what each source can be told, and newsVariables where its key is
// looked for when nothing else is said. The first name of Alpha Vantage's is
// AI-Trader's.
var (
	newsSources = []string{NewsAlphaVantage, NewsJina, NewsFile}
	newsKeys    = map[string][]string{
		NewsAlphaVantage: {"source", "base_url", "api_key", "days", "max_results"},
		NewsJina:         {"source", "base_url", "api_key", "max_results"},
		NewsFile:         {"source", "file", "max_results"},
	}
	newsVariables = map[string][]string{
		NewsAlphaVantage: {"ALPHAADVANTAGE_API_KEY", "ALPHAVANTAGE_API_KEY"},
		NewsJina:         {"JINA_API_KEY"},
	}
)

const (
	defaultNewsDays = 30
	mostNewsDays    = 365
	defaultResults  = 5
	mostResults     = 20
)

// news takes which news the models can search; none is the zero value. Unlike
// the older parts of a file it may hold no unknown keys: a key that does not
// belong to the source is a mistake about what the models can read.
func (d *decoder) news(root *object) (s sim.NewsSettings, key KeyRef) {
	value, ok := d.take(root, "news")
	if !ok {
		return s, key
	}
	o, ok := value.(*object)
	if !ok {
		d.problem(root.at("news"), value, "an object is expected")
		return s, key
	}
	text, given := d.text(o, "source")
	switch {
	case !given && o.values["source"] == nil:
		d.mistake(o.at("source"), "missing: one of "+quoteAll(newsSources)+" is expected")
		return s, key
	case !given:
		return s, key
	case !slices.Contains(newsSources, text):
		d.problem(o.at("source"), text, "one of "+quoteAll(newsSources)+" is expected")
		return s, key
	}
	s.Source = text
	s.MaxResults = d.whole(o, "max_results", defaultResults, 1, mostResults)
	if s.Source == NewsFile {
		s.File = d.newsFile(o)
	} else {
		s.BaseURL, key = d.newsVendor(o, s.Source)
	}
	if s.Source == NewsAlphaVantage {
		s.Days = d.whole(o, "days", defaultNewsDays, 1, mostNewsDays)
	}
	d.onlyKeys(o, s.Source)
	return s, key
}

// newsVendor takes where a vendor answers, and the key for it. As with models,
// the key of the environment is for the vendor's own address only.
func (d *decoder) newsVendor(o *object, source string) (address string, key KeyRef) {
	address, _ = d.text(o, "base_url")
	text, _ := d.text(o, "api_key")
	address, text = strings.TrimSpace(address), strings.TrimSpace(text)
	if address != "" {
		address = d.address(o.at("base_url"), address, "https://news.example.com/query", "api_key")
	}
	if text == "" && address == "" {
		variables := newsVariables[source]
		i := max(0, slices.IndexFunc(variables, func(v string) bool { return d.env(v) != "" }))
		text = "${" + variables[i] + "}"
	}
	if text != "" {
		key = d.keyOf(o.at("api_key"), text, true, "the news cannot be searched without it")
	}
	return address, key
}

// newsFile takes the path of a file of news, which becomes absolute.
func (d *decoder) newsFile(o *object) string {
	const allowed = "the path of a file of news is expected"
	text, ok := d.text(o, "file")
	switch {
	case !ok && o.values["file"] == nil:
		d.mistake(o.at("file"), "missing: "+allowed)
		return ""
	case !ok:
		return ""
	case text == "" || len(text) > longestBase || strings.ContainsRune(text, 0):
		d.problem(o.at("file"), text, allowed)
		return ""
	case !filepath.IsAbs(text) && d.opts.Dir != "":
		return filepath.Join(d.opts.Dir, filepath.FromSlash(text))
	}
	return text
}

// onlyKeys reports keys that a source of news does not take.
func (d *decoder) onlyKeys(o *object, source string) {
	for _, key := range o.keys {
		if !slices.Contains(newsKeys[source], key) {
			d.take(o, key)
			d.mistake(o.at(clip(key)), fmt.Sprintf("does not belong to the source %s; %s are allowed", quote(source), quoteAll(newsKeys[source])))
		}
	}
	d.finish(o)
}

// checkNews asks the packages that know more about news.
func (d *decoder) checkNews(s sim.NewsSettings) {
	if d.opts.CheckNews == nil || s.Source == "" {
		return
	}
	if err := d.opts.CheckNews(s); err != nil {
		d.mistake("news", sim.MessageOf(err))
	}
}
