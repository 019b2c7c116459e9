package openaimodel

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

// address is where requests go.
type address struct {
	base  string // without credentials, trailing slash, query and "/chat/completions"
	query string // of each request
}

// completions is the end of the address of a request. Base URLs are often given with it.
const completions = "/chat/completions"

// parseAddress reads a base URL. A version of Azure's API, which the query of the URL may
// name as well, is sent with each request, and without a path the URL becomes that of the
// model's deployment. Errors do not show the URL, which may contain credentials.
func parseAddress(text, apiVersion, model string) (to address, user *url.Userinfo, err error) {
	if text == "" {
		text = DefaultBaseURL
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return address{}, nil, sim.Errorf(sim.KindInvalid,
			"the base URL is not valid: http:// or https://, a host and a path are expected, such as %s", DefaultBaseURL)
	}
	query := u.Query()
	if version := query.Get("api-version"); version != "" && apiVersion == "" {
		apiVersion = version
	}
	query.Del("api-version")
	if len(query) > 0 || u.RawQuery != "" && apiVersion == "" || u.ForceQuery || u.Fragment != "" {
		return address{}, nil, sim.Errorf(sim.KindInvalid, "the base URL of %s has a query or a fragment: only a path is allowed", u.Host)
	}
	user, u.User, u.RawQuery = u.User, nil, ""
	to.base = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(u.String(), "/"), completions), "/")
	if apiVersion != "" {
		to.query = url.Values{"api-version": {apiVersion}}.Encode()
		if path := strings.TrimRight(u.Path, "/"); path == "" || path == "/openai" {
			to.base = strings.TrimSuffix(to.base, "/openai") + "/openai/deployments/" + url.PathEscape(model)
		}
	}
	return to, user, nil
}

// authorizer returns a function that adds the credentials to a request: printing a
// model cannot show what a function holds. Azure, whose API has versions, takes a key in
// a header of its own.
func (a address) authorizer(key secret.Text, user *url.Userinfo) func(http.Header) {
	name, value := "Authorization", ""
	switch {
	case key != "" && a.query != "":
		name, value = "Api-Key", key.Reveal()
	case key != "":
		value = "Bearer " + key.Reveal()
	case user != nil:
		password, _ := user.Password()
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
	}
	return func(h http.Header) {
		if value != "" {
			h.Set(name, value)
		}
	}
}
