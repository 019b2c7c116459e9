package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refusing is a provider that refuses every request with a status, and counts them.
func refusing(t *testing.T, status int, body string) (url string, asked *atomic.Int64) {
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1", asked
}

// withModels imports a small market and configures models beside one that needs none.
func (s *shop) withModels(days int, models ...string) {
	s.t.Helper()
	s.open(days)
	models = append(models, `{"signature":"equal","basemodel":"builtin/equal-weight"}`)
	s.write("configs/default.json", `{"date_range":{"init_date":"2025-01-02"},"models":[`+strings.Join(models, ",")+
		`],"agent_config":{"max_retries":1,"base_delay":0}}`)
}

func TestARefusedKeyIsAskedOnceAndSaidOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	url, asked := refusing(t, http.StatusUnauthorized, `{"error":{"message":"Incorrect API key provided"}}`)
	s.withModels(6, fmt.Sprintf(`{"signature":"wrong","basemodel":"m","openai_base_url":%q,"openai_api_key":"sk-x"}`, url),
		`{"signature":"unset","basemodel":"m","openai_base_url":"http://127.0.0.1:1/v1","openai_api_key":"${NOT_SET}"}`)
	r := s.call("run")
	require.Equal(t, exitPartial, r.code, r.err)
	assert.EqualValues(t, 1, asked.Load())
	assert.Contains(t, r.out, "partial: 6 of 18 model-days completed, 12 failed, 0 skipped")
	assert.Contains(t, r.out, "2025-01-02 wrong failed: model_http_401: Incorrect API key provided\n")
	assert.Regexp(t, `2025-01-03 to 2025-01-\d\d wrong failed: not asked on 5 dates`, r.out)
	assert.Contains(t, r.out, "2025-01-02 unset failed: the key of the model's provider is missing: "+
		"the environment variable NOT_SET is not set")
	assert.Equal(t, 5, strings.Count(r.out, "\n"), r.out)
	assert.Contains(t, s.ok("status").out, "wrong failed: not asked on 5 dates")

	s.call("run") // a new job asks again
	assert.EqualValues(t, 2, asked.Load())
}

func TestADeadAddressIsAskedOnTwoDates(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.withModels(5, `{"signature":"dead","basemodel":"m","openai_base_url":"http://127.0.0.1:1/v1"}`)
	r := s.call("run")
	require.Equal(t, exitPartial, r.code, r.err)
	assert.Equal(t, 2, strings.Count(r.out, "model_unreachable"), r.out)
	assert.Contains(t, r.out, "dead failed: not asked on 3 dates")
}

func TestAModelThatIsBusyIsAskedOnEveryDate(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	url, asked := refusing(t, http.StatusServiceUnavailable, "")
	s.withModels(4, fmt.Sprintf(`{"signature":"busy","basemodel":"m","openai_base_url":%q}`, url))
	r := s.call("run")
	require.Equal(t, exitPartial, r.code, r.err)
	assert.EqualValues(t, 4*2, asked.Load(), "one retry on each date")
	assert.NotContains(t, r.out, "not asked")
}

func TestAModelThatClosedNoDayKeepsItsRow(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	url, _ := refusing(t, http.StatusUnauthorized, `{"error":{"message":"Incorrect API key provided"}}`)
	s.withModels(6, fmt.Sprintf(`{"signature":"a-wrong","basemodel":"m","openai_base_url":%q,"openai_api_key":"sk-x"}`, url))
	r := s.call("run", "--json")
	require.Equal(t, exitPartial, r.code, r.err)

	board := s.ok("leaderboard").out
	assert.Regexp(t, `(?m)^1 +equal +`, board)
	assert.Regexp(t, `(?m)^2 +a-wrong +- +- +- +- +0 +6$`, board)
	assert.Regexp(t, `a-wrong has closed no day: .*model_http_401: Incorrect API key provided`, board)

	file := s.path("report.html")
	s.ok("report", s.json("status")["job_id"].(string), "-o", file)
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Regexp(t, `<td>a-wrong <span class="failed" title="no day is closed, 6 failed: .*Incorrect API key provided">failed</span></td>`,
		string(page))
}
