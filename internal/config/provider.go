package config

import (
	"net/url"
	"regexp"
	"strings"
)

// The environment variables of a model that sets neither URL nor key.
const (
	defaultURLVariable = "OPENAI_API_BASE"
	defaultKeyVariable = "OPENAI_API_KEY"
)

// provider takes the base URL of a model, and the key for it.
//
// The defaults of the environment apply only to a model that sets neither: a key must
// only go to the provider that issued it.
func (d *decoder) provider(o *object, m *Model) {
	address, _ := d.text(o, "openai_base_url")
	key, _ := d.text(o, "openai_api_key")
	address = d.given(o.at("openai_base_url"), strings.TrimSpace(address))
	key = d.given(o.at("openai_api_key"), strings.TrimSpace(key))
	m.APIVersion, _ = d.text(o, "api_version")
	address, m.APIVersion = splitVersion(address, m.APIVersion)
	if m.APIVersion != "" && !versionPattern.MatchString(m.APIVersion) {
		d.problem(o.at("api_version"), m.APIVersion, "a version of Azure's API such as \"2024-10-21\" is expected")
	}
	if address == "" && key == "" {
		d.defaultProvider(o, m)
		return
	}
	if address != "" {
		m.BaseURL = d.baseURL(o.at("openai_base_url"), address)
	}
	if key != "" {
		m.Key = d.key(o.at("openai_api_key"), key, m.Enabled)
	}
}

// versionPattern matches a version of Azure's API.
var versionPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,40}$`)

// splitVersion takes the version of Azure's API from the query of a base URL, as its
// portal shows it, and cuts off the end that belongs to the request.
func splitVersion(address, version string) (base, apiVersion string) {
	base, query, _ := strings.Cut(address, "?")
	if name, value, _ := strings.Cut(query, "="); name == "api-version" && !strings.ContainsAny(value, "&#") {
		address = base
		if version == "" {
			version = value
		}
	}
	return strings.TrimSuffix(strings.TrimRight(address, "/"), "/chat/completions"), version
}

// placeholder matches what template files have in the place of a value.
var placeholder = regexp.MustCompile(`(?i)^optional\s*:|^<[^>]*>$|^(?:sk-)?your[ _-]|^x{3,}$|` +
	`your[_-](?:\w+[_-])?(?:api[_-]?key|key|token|base[_-]?url|url|endpoint)`)

// given returns a value, or "" with a warning for a placeholder, which AI-Trader's own
// files hold: "Optional: YOUR_OPENAI_API_KEY".
func (d *decoder) given(path, text string) string {
	if !placeholder.MatchString(text) {
		return text
	}
	d.warn(path, "holds a placeholder, and counts as left out")
	return ""
}

// defaultProvider takes both from the environment. A base URL without a key is a
// local server that needs none.
func (d *decoder) defaultProvider(o *object, m *Model) {
	address := d.env(defaultURLVariable)
	if address != "" {
		if m.BaseURL = d.baseURL("environment variable "+defaultURLVariable, address); d.env(defaultKeyVariable) == "" {
			return
		}
	}
	m.Key = d.key(o.at("openai_api_key"), "${"+defaultKeyVariable+"}", m.Enabled)
}

// env returns an environment variable, or "".
func (d *decoder) env(name string) string {
	if d.opts.Env == nil {
		return ""
	}
	value, _ := d.opts.Env(name)
	if d.variables == nil {
		d.variables = map[string]string{}
	}
	d.variables[name] = value
	return value
}

// key takes the key of a model.
func (d *decoder) key(path, text string, enabled bool) KeyRef {
	return d.keyOf(path, text, enabled, "the model cannot run without it")
}

// keyOf takes a key, and warns if it is needed and its variable is not set.
func (d *decoder) keyOf(path, text string, needed bool, consequence string) KeyRef {
	k, mistake := parseKey(text, d.opts.AllowPlainKeys)
	switch {
	case mistake != "":
		d.mistake(path, mistake)
	case k.kind == plainKey:
		d.warn(path, "the key is in plain text; write ${NAME} and set it in the environment")
	case k.kind == envKey && needed && d.opts.Env != nil && d.env(k.name) == "":
		d.warn(path, "the environment variable "+k.name+" is not set; "+consequence)
	}
	return k
}

// baseURL checks the address of a provider.
func (d *decoder) baseURL(path, text string) string {
	return d.address(path, text, "https://api.openai.com/v1", "openai_api_key")
}

// address checks a URL. Errors show an example and the field for keys, but no part of
// the URL that could hold a secret.
func (d *decoder) address(path, text, example, keyField string) string {
	allowed := "a URL such as " + quote(example) + " is expected"
	u, err := url.Parse(text)
	switch {
	case err != nil:
		// The parser's error repeats the text.
		d.mistake(path, "not a URL; "+allowed)
	case u.User != nil:
		d.mistake(path, "the URL of "+quote(u.Host)+" holds a user or password; keys belong into "+keyField+", as ${NAME}")
	case hasSecret(u.RawQuery):
		d.mistake(path, "the query of the URL of "+quote(u.Host)+" holds a key; keys belong into "+keyField+", as ${NAME}")
	case (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.RawQuery != "" || u.ForceQuery ||
		u.Fragment != "" || u.Opaque != "":
		d.problem(path, u.Scheme+"://"+u.Host+u.Path, allowed+", with http or https, a host, and neither a query nor a fragment")
	case len(text) > maxBase:
		d.mistake(path, "the URL is longer than 1000 characters")
	}
	return text
}

// hasSecret reports whether a query has a parameter that looks like a key.
func hasSecret(query string) bool {
	for _, part := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil || secretName(plain) || strings.HasPrefix(value, "sk-") {
			return true
		}
	}
	return false
}
