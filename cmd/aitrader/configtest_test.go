package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConfigInitWritesAFirstConfiguration(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	said := s.ok("config", "init", "--preset", "deepseek").out
	for _, part := range []string{s.path("configs/default.json"), "export DEEPSEEK_API_KEY=...", "aitrader config test", "per million"} {
		assert.Contains(t, said, part)
	}
	assert.Contains(t, s.ok("config", "check", s.path("configs/default.json")).out, "valid; models deepseek-flash, buy-and-hold")
	before, err := os.ReadFile(s.path("configs/default.json"))
	require.NoError(t, err)

	s.refused([]string{"default.json exists", "--force"}, "config", "init", "--preset", "ollama")
	kept, err := os.ReadFile(s.path("configs/default.json"))
	require.NoError(t, err)
	assert.Equal(t, before, kept)
	assert.NotContains(t, s.ok("config", "init", "--preset", "ollama", "--force").out, "export")
	assert.Equal(t, "ollama", s.json("config", "init", "--preset", "ollama", "--force")["preset"])
	s.refused([]string{`"unheard"`, "openai, anthropic"}, "config", "init", "--preset", "unheard")

	s.ok("config", "init", "--force")
	assert.Contains(t, s.ok("config", "test").out, "needs no provider")
	assert.Contains(t, s.ok("config", "init", "--help").out, "openrouter, ollama")
}

// endpoint answers each model by its name, as providers do.
func endpoint(t *testing.T) string {
	const chat = `{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":%q%s}}],` +
		`"usage":{"prompt_tokens":80,"completion_tokens":10}}`
	const call = `,"tool_calls":[{"id":"c1","type":"function","function":{"name":"report_ready","arguments":"{\"ready\":true}"}}]`
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		text := string(body)
		refuse := func(status int, message string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"message":%q}}`, message)
		}
		asked := func(model string) bool { return strings.Contains(text, `"model":"`+model+`"`) }
		switch {
		case asked("good"):
			fmt.Fprintf(w, chat, "", call)
		case asked("confused"):
			fmt.Fprintf(w, chat, "", strings.Replace(call, "report_ready", "get_weather", 1))
		case asked("wrong-key"):
			refuse(http.StatusUnauthorized, "Incorrect API key provided: "+r.Header.Get("Authorization"))
		case asked("unknown"):
			refuse(http.StatusNotFound, "The model `unknown` does not exist")
		case asked("toolless") && strings.Contains(text, `"tools":`):
			refuse(http.StatusBadRequest, "toolless does not support tools")
		case asked("crashing") && strings.Contains(text, `"tools":`):
			refuse(http.StatusInternalServerError, "the template has no tools")
		case asked("toolless"), asked("crashing"):
			fmt.Fprintf(w, chat, "ready", "")
		case asked("talker"):
			fmt.Fprintf(w, chat, "I am ready.", "")
		case asked("busy"):
			refuse(http.StatusTooManyRequests, "slow down")
		case asked("silent"):
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	return server.URL + "/v1"
}

// asking configures models at an endpoint, each named after what it does.
func (s *shop) asking(url string, models ...string) {
	s.t.Helper()
	var list []string
	for _, m := range models {
		at, key := url, "${TEST_KEY}"
		switch m {
		case "dead":
			at = "http://127.0.0.1:1/v1"
		case "no-key":
			key = "${NOT_SET}"
		}
		list = append(list, fmt.Sprintf(`{"signature":%q,"basemodel":%q,"openai_base_url":%q,"openai_api_key":%q,`+
			`"price":{"input":1,"output":2},"params":{"max_tokens":9000}}`, m, m, at, key))
	}
	list = append(list, `{"signature":"cash","basemodel":"builtin/cash"}`,
		`{"signature":"off","basemodel":"off","openai_base_url":"http://127.0.0.1:1/v1","enabled":false}`)
	s.write("configs/default.json", `{"models":[`+strings.Join(list, ",")+`]}`)
	s.env["TEST_KEY"] = "sk-canary-4711-abcdef"
}

func TestConfigTestAsksEachModelOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.asking(endpoint(t), "good")
	out := s.ok("config", "test").out
	assert.Regexp(t, `(?m)^good +ok +\d+\.\d s, 80 tokens in, 10 out, 0\.0001 USD$`, out)
	assert.Regexp(t, `(?m)^cash +ok +needs no provider$`, out)
	assert.NotContains(t, out, "off")
	assert.NoDirExists(t, s.path("data"))

	models := s.json("config", "test", s.path("configs/default.json"))["models"].([]any)
	require.Len(t, models, 2)
	assert.Equal(t, true, models[0].(map[string]any)["ok"])
	s.refused([]string{`"none" does not exist`}, "config", "test", s.path("configs/none.json"))
}

func TestConfigTestNamesEachFault(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.asking(endpoint(t), "good", "no-key", "wrong-key", "unknown", "dead", "toolless", "crashing", "talker", "confused", "busy")
	r := s.call("config", "test")
	assert.Equal(t, exitFailed, r.code)
	for model, fault := range map[string]string{
		"no-key":    "the key of the model's provider is missing: the environment variable NOT_SET is not set$",
		"wrong-key": `wrong key, or none: the provider refuses it \(model_http_401: Incorrect API key provided: .*\)$`,
		"unknown":   `unknown model or address \(model_http_404: .*\)$`,
		"dead":      `no connection to the endpoint \(model_unreachable: .*\)$`,
		"toolless":  `no tool support: the provider answers only without tools \(model_http_400: toolless does not support tools\)$`,
		"crashing":  `no tool support: the provider answers only without tools \(model_http_500: the template has no tools\)$`,
		"talker":    "no tool support: it answers without calling the tool$",
		"confused":  `it calls the tool "get_weather", which it was not offered, and not the one that it was$`,
		"busy":      `the provider is busy, or limits the rate \(model_rate_limited: slow down\); this may pass: try again later$`,
	} {
		assert.Regexp(t, `(?m)^`+model+` +fault +`+fault, r.out)
	}
	assert.Regexp(t, `(?m)^good +ok `, r.out)
	assert.NotContains(t, r.out+r.err, "canary")
}

func TestConfigTestDoesNotWaitForASilentEndpoint(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.asking(endpoint(t), "good", "silent")
	r := s.call("config", "test", "--timeout", "100ms")
	assert.Equal(t, exitFailed, r.code)
	assert.Regexp(t, `(?m)^silent +fault +no answer in time; this may pass: try again later$`, r.out)
}
