package config

import (
	"path/filepath"
	"strings"

	"aitrader/internal/prices/download"
	"aitrader/internal/sim"
)

// newsKeys are the fields of each source. newsVariables are the environment
// variables of its key when the configuration names none, the first that is set.
var (
	newsSources = []string{sim.NewsAlphaVantage, sim.NewsJina, sim.NewsFile}
	newsKeys    = map[string][]string{
		sim.NewsAlphaVantage: {"source", "base_url", "api_key", "days", "max_results"},
		sim.NewsJina:         {"source", "base_url", "api_key", "max_results"},
		sim.NewsFile:         {"source", "file", "max_results"},
	}
	newsVariables = map[string][]string{
		sim.NewsAlphaVantage: download.AlphaVantageKeys,
		sim.NewsJina:         {"JINA_API_KEY"},
	}
)

const (
	defaultNewsDays = 30
	maxNewsDays     = 365
	defaultResults  = 5
	maxResults      = 20
)

// news takes the news that the models can search; the zero value is no news.
func (d *decoder) news(root *object) (s sim.NewsSettings, key KeyRef) {
	o, source := d.section(root, "news", newsSources)
	if source == "" {
		return s, key
	}
	s.Source = source
	s.MaxResults = d.whole(o, "max_results", defaultResults, 1, maxResults)
	if s.Source == sim.NewsFile {
		s.File = d.newsFile(o)
	} else {
		s.BaseURL, key = d.vendor(o, newsVariables[s.Source], "https://news.example.com/query", "the news cannot be searched without it")
	}
	if s.Source == sim.NewsAlphaVantage {
		s.Days = d.whole(o, "days", defaultNewsDays, 1, maxNewsDays)
	}
	d.onlyKeys(o, s.Source, newsKeys[s.Source])
	return s, key
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
	case text == "" || len(text) > maxBase || strings.ContainsRune(text, 0):
		d.problem(o.at("file"), text, allowed)
		return ""
	case !filepath.IsAbs(text) && d.opts.Dir != "":
		return filepath.Join(d.opts.Dir, filepath.FromSlash(text))
	}
	return text
}

// checkNews runs Options.CheckNews.
func (d *decoder) checkNews(s sim.NewsSettings) {
	if d.opts.CheckNews == nil || s.Source == "" {
		return
	}
	d.readFiles = d.readFiles || s.Source == sim.NewsFile
	if err := d.opts.CheckNews(s); err != nil {
		d.mistake("news", sim.MessageOf(err))
	}
}
