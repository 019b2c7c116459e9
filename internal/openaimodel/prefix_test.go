package openaimodel

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
)

// A cache of a provider hits where a request begins as the one before it.
func TestARequestRepeatsTheOneBeforeIt(t *testing.T) {
	for _, params := range []map[string]any{
		{"temperature": 0.5, "zeta": []int{1}},
		{"cache_marker": map[string]any{"type": "ephemeral"}},
	} {
		p := newProvider(t, hello)
		m, _ := newModel(t, p, func(c *Config) { c.Params = params })
		_, err := m.Complete(context.Background(), ask())
		require.NoError(t, err)
		first := string(p.last())
		_, err = m.Complete(context.Background(), ask(
			agent.Message{Role: agent.RoleAssistant, Content: "hm", Raw: json.RawMessage(`{"role":"assistant","content":"hm"}`)},
			agent.Message{Role: agent.RoleUser, Content: "Go on."},
		))
		require.NoError(t, err)
		shared := strings.TrimSuffix(first, "]}")
		assert.NotEqual(t, first, shared, "the messages come last")
		assert.True(t, strings.HasPrefix(string(p.last()), shared+","), "%s\n%s", first, p.last())
	}
}

// A vendor that caches only what is marked gets its marker on the prompt, and on
// nothing else.
func TestTheCacheMarkerIsOnThePrompt(t *testing.T) {
	p := newProvider(t, hello)
	m, _ := newModel(t, p, func(c *Config) {
		c.Params = map[string]any{"cache_marker": map[string]any{"type": "ephemeral", "ttl": "1h"}, "cache_control": "kept"}
	})
	_, err := m.Complete(context.Background(), ask(
		agent.Message{Role: agent.RoleAssistant, Content: "hm"}, agent.Message{Role: agent.RoleUser, Content: "Go on."}))
	require.NoError(t, err)
	var sent map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(p.last(), &sent))
	assert.JSONEq(t, `[
		{"role":"system","content":[{"type":"text","text":"You trade.","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
		{"role":"user","content":[{"type":"text","text":"Begin <now> & here.","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
		{"role":"assistant","content":"hm"},
		{"role":"user","content":"Go on."}]`, string(sent["messages"]))
	assert.NotContains(t, sent, "cache_marker")
	assert.JSONEq(t, `"kept"`, string(sent["cache_control"]), "other parameters are sent unchanged")
}

func TestACacheMarkerIsAnObject(t *testing.T) {
	for _, marker := range []any{"ephemeral", true, 5, []string{"ephemeral"}} {
		_, err := New(Config{Model: "a/b", Params: map[string]any{"cache_marker": marker}})
		require.ErrorContains(t, err, `"cache_marker" is`)
	}
	m, err := New(Config{Model: "a/b", Params: map[string]any{"cache_marker": nil}})
	require.NoError(t, err)
	assert.Nil(t, m.cacheMarker)
	assert.Empty(t, m.params, "it is not sent")
}
