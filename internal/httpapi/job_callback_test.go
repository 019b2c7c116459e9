package httpapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// A refused address is not quoted: others may log the answer.
func TestACallbackURLIsNeverQuoted(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"callback_url":["https://canary.example/x"]}`, `{"callback_url":{"url":"canary"}}`, `{"callback_url":""}`,
		`{"callback_url":"https://` + strings.Repeat("canary.", 300) + `example"}`, `{"callback_url":7}`,
		`{"callback_url":"https://canary.example","callback_url":"x"}`, `{"callback_url":"https://canary.example"`,
		`{"callback_url":"https://canary.example","strat":1}`,
	} {
		_, err := decodeTrigger([]byte(body))
		require.Error(t, err, body)
		assert.True(t, sim.IsKind(err, sim.KindInvalid))
		assert.NotContains(t, err.Error(), "canary")
	}
}

// The body of a callback is the status without details, to the byte, and documented
// as such.
func TestTheBodyOfACallbackIsTheStatus(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	job, err := f.store.Job(t.Context(), "job-1")
	require.NoError(t, err)
	require.True(t, job.Status.Terminal())
	body, err := StatusBody(t.Context(), f.store, job)
	require.NoError(t, err)
	assert.Equal(t, string(f.get("/simulate/status/job-1?details=false").body), string(body))

	doc := document(t, f.api)
	told := at(doc, "paths", "/simulate/trigger", "post", "callbacks", "jobEnded", "{$request.body#/callback_url}", "post")
	require.NotNil(t, told)
	assert.Equal(t, at(doc, "paths", "/simulate/status/{job_id}", "get", "responses", "200", "content"), at(told, "requestBody", "content"))
}
