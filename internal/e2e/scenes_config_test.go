package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/app/local"
	"aitrader/internal/sim"
)

func TestWrongConfigurationsAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("default.json", `{"models": [{"signature": "a b", "basemodel": "builtin/oracle"}], "agent_config": {"max_steps": 0}}`)
	s.write("key.json", `{"models": [{"signature": "m", "basemodel": "x/m", "openai_api_key": "$KEY"}]}`)
	s.write("good.json", `{"models": [{"signature": "cash", "basemodel": "builtin/cash"}]}`)
	h := s.start()
	for body, texts := range map[string][]string{
		`{}`: {"default.json", `models[0].signature`, `"a b"`, "models[0].basemodel", "builtin/",
			"agent_config.max_steps", "1"},
		`{"config":"key"}`:                           {"key.json", "models[0].openai_api_key", "${NAME}"},
		`{"config":"nowhere"}`:                       {`"nowhere"`, `"default", "good", "key"`},
		`{"config":"../data"}`:                       {"configuration", "../data"},
		`{"config":"good","models":["cash","gold"]}`: {`unknown model "gold"`, `"cash"`},
	} {
		r := h.do(http.MethodPost, "/simulate/trigger", body)
		assert.Equal(t, http.StatusBadRequest, r.status, body)
		assert.Equal(t, "invalid_request", r.body["error"], body)
		for _, text := range texts {
			assert.Contains(t, r.body["message"], text, body)
		}
	}
	assert.NotEqual(t, http.StatusOK, h.get("/models").status, "the default configuration is wrong")
	assert.Equal(t, http.StatusOK, h.get("/health").status, "which does not make the service sick")
	_, err := h.DefaultEnd(t.Context())
	assert.Error(t, err)
	h.run(span(0, 0, `"config":"good"`), "completed")

	// Once it is repaired it counts, without a restart.
	s.write("default.json", `{"date_range": {"end_date": "2025-11-25"},
		"models": [{"signature": "calm", "basemodel": "builtin/cash", "enabled": false}]}`)
	r := h.do(http.MethodPost, "/simulate/trigger", `{}`)
	assert.Contains(t, r.body["message"], "no model is enabled")
	end, err := h.DefaultEnd(t.Context())
	require.NoError(t, err)
	assert.Equal(t, sceneDates[1], end)
	assert.Equal(t, []string{"default calm", "good cash"}, modelsOf(h), "another file's mistakes show when it is used")
}

// modelsOf lists what is configured, as "CONFIG SIGNATURE".
func modelsOf(h *sceneHome) []string {
	h.t.Helper()
	r := h.get("/models")
	require.Equal(h.t, http.StatusOK, r.status, r.text)
	var list []string
	for _, m := range r.body["models"].([]any) {
		model := m.(map[string]any)
		list = append(list, fmt.Sprint(model["config"], " ", model["signature"]))
	}
	return list
}

// The default configuration is a name in the folder, a file elsewhere, or a
// built-in one where there is no file.
func TestWhichConfigurationIsTheDefault(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const cash = `{"models": [{"signature": "%s", "basemodel": "builtin/cash"}]}`
	s.write("mine.json", fmt.Sprintf(cash, "in-folder"))
	elsewhere := filepath.Join(t.TempDir(), "other.json")
	require.NoError(t, os.WriteFile(elsewhere, []byte(fmt.Sprintf(cash, "elsewhere")), 0o600))
	for choice, want := range map[string]string{"mine": "mine in-folder", elsewhere: "other elsewhere", "": "builtin cash"} {
		o := s.options()
		o.Config = choice
		assert.Contains(t, firstModels(t, o), want, "%q", choice)
	}
	o := s.options()
	o.Demo = true
	assert.Contains(t, firstModels(t, o), "demo cash")
	s.env["AITRADER_CONFIG_DIR"] = "" // ./configs, which is not there
	assert.Contains(t, firstModels(t, s.options()), "builtin cash")
	o = s.options()
	o.Config = "no-such-file.json"
	_, err := local.Open(t.Context(), o)
	require.ErrorContains(t, err, `"no-such-file" does not exist`, "a missing file is an error at once")
}

// firstModels opens a home and lists its models.
func firstModels(t *testing.T, o local.Options) []string {
	t.Helper()
	h, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	defer func() { require.NoError(t, h.Close()) }()
	return modelsOf(serveOpen(t, h))
}

// An edited configuration counts from the next job on.
func TestARunningJobKeepsItsConfiguration(t *testing.T) {
	t.Parallel()
	s, chat, g := thinking(t)
	h := s.start()
	id := h.trigger(span(0, 1))
	<-g.arrived
	edited := chat.asks("solo")
	edited["prompt"], edited["params"], edited["basemodel"] = "Be bold.", map[string]any{"user": "bold"}, "test/bold"
	s.configure("default", []sceneModel{edited}, map[string]any{"initial_cash": 5, "max_steps": 1})
	g.open()
	require.Equal(t, "completed", h.await(id).body["status"])
	second := chat.opening(t, "solo", 1)
	assert.Equal(t, "test/solo", second.Model)
	assert.Contains(t, second.rules(), "You are solo.")
	assert.Contains(t, second.rules(), "at most 30 answers")

	h.run(span(2, 2), "completed")
	third := chat.opening(t, "bold", 2)
	assert.Equal(t, "test/bold", third.Model)
	assert.Contains(t, third.rules(), "Be bold.")
	assert.Equal(t, cashAfter(1, 1), third.cash(), "the book continues")
}

// A job continues in another process after its model has been given another base
// URL. The key belongs to that one now, and the job knows only the old one: it
// is sent to neither.
func TestAKeyGoesOnlyWhereItsConfigurationSays(t *testing.T) {
	t.Parallel()
	s, chat, g := thinking(t)
	h := s.start()
	id := h.trigger(span(0, 0))
	<-g.arrived
	h.stop()
	asked := len(chat.asked())
	other := newChat(t, buys("AAA", 1))
	s.configure("default", []sceneModel{other.asks("solo")}, nil)

	next := s.open()
	assert.Equal(t, "failed", next.await(id).body["status"])
	assert.Contains(t, next.get("/simulate/status/"+id).text, "does not name this model at its base URL any more")
	assert.Len(t, chat.asked(), asked)
	assert.Empty(t, other.asked())
	s.write("default.json", "{")
	r := next.do(http.MethodPost, "/simulate/retry/"+id, "")
	require.Equal(t, http.StatusAccepted, r.status, r.text)
	assert.Equal(t, "failed", next.await(r.body["job_id"].(string)).body["status"], "no configuration, no key")
}

func TestAKeyThatIsNotSetIsNamed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	chat := newChat(t, buys("AAA", 1))
	keyless := chat.asks("keyless")
	delete(keyless, "openai_api_key")
	s.configure("default", []sceneModel{chat.asks("solo"), keyless}, nil)
	h := s.start()
	id := h.run(span(0, 0), "partial")
	assert.Contains(t, h.get("/simulate/status/"+id).text, "the environment variable SCENE_KEY is not set")
	for _, r := range chat.asked() {
		assert.Equal(t, "keyless", r.User)
		assert.Empty(t, r.auth, "a model without a key is asked without one")
	}
}

// The models of one provider share its places.
func TestMaxParallelBoundsTheCallsOfAProvider(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	places := make(chan struct{}, 2) // a third call at once finds no place
	chat := newChat(t, func(r chatRequest) chatReply {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			time.Sleep(5 * time.Millisecond) // long enough for a third to come, if one can
		default:
			return chatReply{status: http.StatusBadRequest, body: "three at once"}
		}
		return buys("AAA", 1)(r)
	})
	var models []sceneModel
	for i := range 12 {
		models = append(models, chat.asks(fmt.Sprint("m", i)))
	}
	s.configure("default", models, map[string]any{"max_parallel": 2})
	h := s.start()
	h.run(span(0, 2), "completed")
	assert.Len(t, chat.asked(), 12*3*2)
}

// What the command line uses of a home.
func TestCheckConfig(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.write("a.json", `{"market": "us", "models": [{"signature": "m", "basemodel": "x/m", "openai_api_key": "${NOT_SET}"}]}`)
	env := func(string) string { return "" }
	checked, err := local.CheckConfig(filepath.Join(s.configs, "a.json"), env)
	require.NoError(t, err)
	assert.Equal(t, []string{"m"}, checked.Models)
	var warned []string
	for _, w := range checked.Warnings {
		warned = append(warned, w.Path)
	}
	assert.ElementsMatch(t, []string{"market", "models[0].openai_api_key"}, warned)
	checked, err = local.CheckConfig(filepath.Join(s.configs, "b.json"), env)
	assert.True(t, sim.IsKind(err, sim.KindInvalid))
	assert.Empty(t, checked.Models)
}

// Where a recording lies on this machine is not for everybody to know.
func TestModelsShowNoFolder(t *testing.T) {
	s := newScene(t)
	row := `{"date":"2025-11-24","id":0,"positions":{"CASH":10000}}`
	s.write("inside.jsonl", row)
	outside := filepath.Join(t.TempDir(), "outside.jsonl")
	require.NoError(t, os.WriteFile(outside, []byte(row), 0o600))
	s.configure("default", []sceneModel{
		{"signature": "in", "basemodel": "recorded/inside.jsonl"}, {"signature": "out", "basemodel": "recorded/" + outside},
	}, nil)
	h := s.start()
	text := h.get("/models").text
	assert.Contains(t, text, `"recorded/inside.jsonl"`)
	assert.Contains(t, text, `"recorded/outside.jsonl"`)
	assert.NotContains(t, text, filepath.Dir(outside))
	s.configure("default", []sceneModel{{"signature": "gone", "basemodel": "recorded/gone.jsonl"}}, nil)
	for _, r := range []sceneReply{h.get("/models"), h.do("POST", "/simulate/trigger", "{}")} {
		assert.Contains(t, r.text, `the recording \"gone.jsonl\" does not exist`)
		assert.NotContains(t, r.text, s.configs)
	}
	assert.Equal(t, 503, h.get("/models").status, "the request is not what is wrong")
}

// A folder that was named and is not there is a mistake, and makes no store.
func TestAFolderOfConfigurationsThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["AITRADER_CONFIG_DIR"] = filepath.Join(s.configs, "mistyped")
	o := s.options()
	o.Data = filepath.Join(s.data, "new")
	_, err := local.Open(t.Context(), o)
	assert.ErrorContains(t, err, "AITRADER_CONFIG_DIR")
	assert.ErrorContains(t, err, "mistyped")
	assert.NoDirExists(t, o.Data)
}
