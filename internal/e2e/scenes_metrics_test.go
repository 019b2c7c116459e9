package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMetricsCountWhatEnded(t *testing.T) {
	s := newScene(t)
	s.configure("default", []sceneModel{{"signature": "cash", "basemodel": "builtin/cash"},
		{"signature": "hold", "basemodel": "builtin/buy-and-hold?symbol=AAA"}}, nil)
	h := s.start()
	before := h.get("/metrics")
	require.Equal(t, http.StatusOK, before.status)
	assert.Contains(t, before.text, "aitrader_jobs_total{status=\"failed\"} 0\n", "what has not occurred is 0")
	h.run(span(0, 2), "completed")
	// The end of a job is counted after it can be read.
	require.Eventually(t, func() bool {
		text := h.get("/metrics").text
		return strings.Contains(text, "\naitrader_jobs_total{status=\"completed\"} 1\n") && strings.Contains(text, "\naitrader_jobs_active 0\n")
	}, 10*time.Second, time.Millisecond)
	text := h.get("/metrics").text
	for _, line := range []string{
		`aitrader_model_days_total{status="completed"} 6`, `aitrader_model_days_total{status="failed"} 0`,
		`aitrader_model_day_duration_seconds_count 6`, `aitrader_job_duration_seconds_count 1`, `aitrader_jobs_active 0`,
		`aitrader_store_duration_seconds_count{operation="commit"} 6`, `aitrader_tool_duration_seconds_count{tool="buy"} `, "go_goroutines ",
	} {
		assert.Contains(t, text, "\n"+line)
	}
}
