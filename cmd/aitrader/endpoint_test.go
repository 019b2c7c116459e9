package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// With an endpoint the same commands ask a service elsewhere, and open no store here.
func TestCommandsAskTheServiceAtAnEndpoint(t *testing.T) {
	t.Parallel()
	there := newShop(t)
	dates := there.open(4)
	key := there.json("keys", "new", "--id", "both", "--scopes", "read,trigger")
	there.env["AITRADER_API_KEYS"] = key["entry"].(string)
	_, address := there.serve()

	here := newShop(t)
	here.env["AITRADER_ENDPOINT"] = address + "/"
	here.refused([]string{"a valid API key is required"}, "models")
	here.env["AITRADER_API_KEY"] = key["key"].(string)
	assert.Equal(t, there.ok("models").out, here.ok("models").out)
	r := here.ok("run", "--start", dates[0].String())
	assert.Equal(t, "completed: 8 of 8 model-days completed, 0 failed, 0 skipped\n", r.out)
	assert.Contains(t, here.ok("leaderboard").out, "Leaderboard at the close of "+dates[3].String())
	assert.Contains(t, here.ok("smoke").out, " checks, 0 differ\n")
	assert.NoDirExists(t, here.path("data"))
	here.env["AITRADER_ENDPOINT"] = ""
	here.refused([]string{"--endpoint http://api.example", "https only"}, "models", "--endpoint", "http://api.example")
	here.refused([]string{"--endpoint is expected"}, "smoke")
	here.refused([]string{"--endpoint", "only on the store in DIR"}, "prices", "import", here.write("x.csv", ""), "--endpoint", address)
	for _, bad := range []string{"api.example", "ftp://api.example", "https://user@api.example", "https://"} {
		here.refused([]string{"--endpoint", "https://HOST"}, "models", "--endpoint", bad)
	}
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Answers of other servers are recognised, and a key does not follow a redirect to
// another host.
func TestAnEndpointThatIsNotTheService(t *testing.T) {
	t.Parallel()
	var asked int
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(elsewhere.Close)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/models") {
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/experiments") {
			_, _ = io.Copy(w, zeros{}) // until the program has gone
			return
		}
		http.Error(w, "<html>", http.StatusBadGateway)
	}))
	t.Cleanup(other.Close)
	s := newShop(t)
	s.env["AITRADER_API_KEY"] = "ait_canary"
	s.refused([]string{"status 302", "no answer of aitrader"}, "models", "--endpoint", other.URL)
	s.refused([]string{"longer than 8388608 bytes", "no answer of aitrader"}, "experiments", "--endpoint", other.URL)
	s.refused([]string{"status 502", "no answer of aitrader"}, "leaderboard", "--endpoint", other.URL)
	assert.Zero(t, asked)
}
