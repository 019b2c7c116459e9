package openaimodel

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/rounds"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

func TestErrorBodiesOfVendors(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"OpenAI": {`{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,` +
			`"code":"invalid_api_key"}}`, "Incorrect API key provided."},
		"OpenAI, a list": {`{"error":{"message":["one","two"],"type":"x"}}`, "one; two"},
		"OpenRouter": {`{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"detail\":\"bad\"}",` +
			`"provider_name":"X"}},"user_id":"u"}`, `Provider returned error: {"detail":"bad"}`},
		"Anthropic": {`{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`, "invalid x-api-key"},
		"Google": {`[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[]}}]`,
			"API key not valid."},
		"DeepSeek": {`{"error":{"message":"Authentication Fails","type":"authentication_error","param":null,` +
			`"code":"invalid_request_error"}}`, "Authentication Fails"},
		"FastAPI, a text": {`{"detail":"Not authenticated"}`, "Not authenticated"},
		"FastAPI, a list": {`{"detail":[{"loc":["body","model"],"msg":"field required","type":"missing"},{"msg":"second"}]}`,
			"field required; second"},
		"a text":           {`{"error":"no such model"}`, "no such model"},
		"a message":        {`{"object":"error","message":"no such model","code":404}`, "no such model"},
		"only a type":      {`{"error":{"type":"not_found"}}`, "not_found"},
		"a page":           {"\n<!doctype html>\n<TITLE lang=en>401 | Sign\n in</TITLE><p>Hello", "a web page: 401 | Sign in"},
		"a page, no title": {"<html></html>", "a web page"},
		"plain text":       {"nope\n\tnot\x00 today", "nope not today"},
		"unknown JSON":     {`{"status":"bad"}`, `{"status":"bad"}`},
		"no UTF-8":         {"\xff\xfe", "\uFFFD"},
		"long":             {strings.Repeat("é", 1000), strings.Repeat("é", 150) + "..."},
	} {
		p := newProvider(t, answer(401, c.body))
		m, _ := newModel(t, p)
		assert.Equal(t, "model_http_401: "+c.want, fails(t, m, name).Message, name)
	}
	p := newProvider(t, answer(401, ""))
	m, _ := newModel(t, p)
	assert.Equal(t, "model_http_401", fails(t, m, "empty").Message)
}

// spelled lists ways in which a vendor may show a key.
func spelled(key string) []string {
	quoted, _ := json.Marshal(key)
	return []string{
		key, "Bearer " + key, strings.ToUpper(key), strings.ToLower(key), string(quoted), url.QueryEscape(key), url.PathEscape(key),
		hex.EncodeToString([]byte(key)), base64.StdEncoding.EncodeToString([]byte(key)),
		base64.StdEncoding.EncodeToString([]byte("Bearer " + key)), base64.URLEncoding.EncodeToString([]byte("u:" + key)),
		key[:12] + "...", "..." + key[9:], "key=" + key + "&x", strings.Repeat("x", 290) + key, strings.Repeat(" ", 7000) + key,
		strings.Repeat("ab ", 1995) + key,
	}
}

// TestNoKeyGetsOut looks for a canary key in everything that leaves the package.
func TestNoKeyGetsOut(t *testing.T) {
	const password = "pa55-Canary-w0rd"
	var everything []string
	if !rounds.Long() {
		t.Logf("long texts come with one of four statuses, and once; %s=1 makes all answers", rounds.Variable)
	}
	for _, status := range []int{200, 401, 429, 500} {
		for _, secret := range append(spelled(canary), spelled(password)...) {
			less := len(secret) > 1000 && !rounds.Long() // reading them is most of the work
			if less && status != 401 {
				continue
			}
			for _, form := range []string{`{"error":{"message":%s}}`, `{"error":%s,"code":401}`, `{"detail":[{"msg":%s}]}`,
				`<title>%s</title>`, `%s`, `{"choices":[],"x":%s}`} {
				quoted, err := json.Marshal(secret)
				require.NoError(t, err)
				p := newProvider(t, answer(status, fmt.Sprintf(form, quoted), "Location", "http://"+canary))
				m, _ := newModel(t, p, func(c *Config) {
					c.BaseURL = strings.Replace(c.BaseURL, "http://", "http://user:"+password+"@", 1)
					c.MaxRetries = 1
					if less {
						c.MaxRetries = 0
					}
				})
				_, err = m.Complete(context.Background(), ask())
				require.Error(t, err)
				everything = append(everything, err.Error(), fmt.Sprintf("%+v %#v", err, err), fmt.Sprintf("%+v", m))
			}
		}
	}
	p := newProvider(t, hello)
	p.Close()
	for _, base := range []string{p.URL + "/v1", "http://user:" + password + "@" + p.Listener.Addr().String(), "http://127.0.0.1:1/" + "v1"} {
		m, _ := newModel(t, p, func(c *Config) { c.BaseURL, c.MaxRetries = base, 0 })
		e := fails(t, m, base)
		everything = append(everything, e.Error(), fmt.Sprint(e.Fields, e.Err))
	}
	for _, config := range []Config{
		{Model: "m", BaseURL: "http://user:" + password + "@h/?q=" + canary}, {Model: "m", BaseURL: "ftp://" + canary},
		{Model: "m", BaseURL: "http://[" + password}, {Model: "m", Key: canary + "\n"}, {Model: "m", Key: canary, MaxRetries: -1},
	} {
		_, err := New(config)
		require.Error(t, err)
		everything = append(everything, err.Error())
	}
	config := Config{Model: "m", Key: canary}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", struct{ Key secret.Text }{config.Key}, "key", config.Key)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", fmt.Sprint(config), "key", config.Key)
	everything = append(everything, log.String(),
		fmt.Sprintf("%v %+v %#v %s %q %x", config, config, config.Key, config.Key, config.Key, config.Key))

	never := []string{"Authorization", "user:", "127.0.0.1:1/"}
	for _, key := range []string{canary, password} {
		never = append(never, hex.EncodeToString([]byte(key))[:16], base64.StdEncoding.EncodeToString([]byte(key))[:12],
			base64.StdEncoding.EncodeToString([]byte("Bearer " + key))[14:24])
		const minRun = 8 // the shortest part of a key that secret.Scrubber removes
		for i := 0; i+minRun <= len(key); i++ {
			never = append(never, key[i:i+minRun])
		}
	}
	for i, part := range never {
		never[i] = strings.ToLower(part)
	}
	for _, text := range everything {
		lower := strings.ToLower(text)
		for _, part := range never {
			if strings.Contains(lower, part) {
				require.Fail(t, "a part of a key gets out", "%q is in %s", part, text)
			}
		}
	}
}

// TestPresentable: whatever a provider says, what is shown is short, valid and
// without the key.
func TestPresentable(t *testing.T) {
	m, err := New(Config{Model: "m", Key: canary})
	require.NoError(t, err)
	rapid.Check(t, func(r *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom(spelled(canary)))).Draw(r, "parts")
		text := m.presentable(strings.Join(parts, ""))
		if utf8.RuneCountInString(text) > maxDetail+3 || !utf8.ValidString(text) {
			r.Fatalf("not presentable: %q", text)
		}
		if strings.Contains(strings.ToLower(text), strings.ToLower(canary)) {
			r.Fatalf("the key is in %q", text)
		}
	})
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for want, c := range map[string]Config{
		`model " ": the provider's name of a model is expected`:   {Model: " "},
		"the base URL is not valid: http:// or https://":          {Model: "m", BaseURL: "api.openai.com/v1"},
		"the base URL of h has a query or a fragment":             {Model: "m", BaseURL: "http://h/v1?x=1"},
		"the key holds a blank, a line end":                       {Model: "m", Key: "a b"},
		`params: "tools" cannot be set: model, messages, tools, `: {Model: "m", Params: map[string]any{"tools": true}},
		`params: "stream" is 1: true or false is expected`:        {Model: "m", Params: map[string]any{"stream": 1}},
		`params: "n" cannot be set`:                               {Model: "m", Params: map[string]any{"n": 2}},
		`params: "f" has a value that JSON cannot hold`:           {Model: "m", Params: map[string]any{"f": func() {}}},
		"max_retries -1, base_delay 0s, timeout 0s":               {Model: "m", MaxRetries: -1},
		"timeout -1s: none may be negative":                       {Model: "m", CallTimeout: -time.Second},
	} {
		_, err := New(c)
		require.ErrorContains(t, err, want)
		assert.True(t, sim.IsKind(err, sim.KindInvalid))
	}
}

func TestDefaults(t *testing.T) {
	m, err := New(Config{Model: "m"})
	require.NoError(t, err)
	assert.Equal(t, DefaultBaseURL, m.address.base)
	assert.Equal(t, DefaultCallTimeout, m.callTimeout)
	assert.WithinDuration(t, time.Now(), m.now(), time.Minute)
}

func TestCredentialsInTheBaseURL(t *testing.T) {
	p := newProvider(t, hello)
	for _, c := range []struct {
		user string
		key  secret.Text
		want string
	}{
		{"ann:secret@", "", "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:secret"))},
		{"token-only@", "", "Basic " + base64.StdEncoding.EncodeToString([]byte("token-only:"))},
		{"ann:secret@", "k1", "Bearer k1"},
	} {
		m, _ := newModel(t, p, func(config *Config) {
			config.BaseURL, config.Key = strings.Replace(config.BaseURL, "http://", "http://"+c.user, 1), c.key
		})
		_, err := m.Complete(context.Background(), ask())
		require.NoError(t, err)
		assert.Equal(t, c.want, p.auth[len(p.auth)-1])
	}
}
