package stepfn_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/stepfn"
)

// Every state that is named exists, and every task has a limit and retries with jitter.
func TestDefinition(t *testing.T) {
	type state struct {
		Type, Next, Default string
		TimeoutSeconds      int
		Retry               []struct{ JitterStrategy string }
		Catch, Choices      []struct{ Next string }
	}
	var machine struct {
		StartAt string
		States  map[string]state
	}
	require.NoError(t, json.Unmarshal([]byte(stepfn.Definition), &machine))
	targets := []string{machine.StartAt}
	for name, s := range machine.States {
		targets = append(targets, s.Next, s.Default)
		for _, to := range append(s.Catch, s.Choices...) {
			targets = append(targets, to.Next)
		}
		if s.Type == "Task" {
			assert.Positive(t, s.TimeoutSeconds, name)
			require.Len(t, s.Retry, 1, name)
			assert.Equal(t, "FULL", s.Retry[0].JitterStrategy, name)
		}
	}
	for _, to := range targets {
		if to != "" {
			assert.Contains(t, machine.States, to)
		}
	}
}
