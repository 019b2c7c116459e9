//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// provider answers each call with a long text that ends the session, when its gate is
// open.
type provider struct {
	*httptest.Server
	calls atomic.Int64
	open  chan struct{}
}

func newProvider(t *testing.T) *provider {
	p := &provider{open: make(chan struct{})}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.calls.Add(1)
		select {
		case <-p.open:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "application/json")
		text := strings.Repeat("I think about it. ", 4000) + "<FINISH_SIGNAL>"
		_ = json.NewEncoder(w).Encode(map[string]any{
			"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": text}, "finish_reason": "stop"}},
			"usage":   map[string]any{"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
		})
	}))
	t.Cleanup(p.Close)
	return p
}

// asks configures models that ask the provider, and imports a market of some days.
func (s *shop) asks(p *provider, models, days int) (first string) {
	s.t.Helper()
	var list []string
	for i := range models {
		list = append(list, fmt.Sprintf(`{"signature":"m%d","basemodel":"m","openai_base_url":%q,"openai_api_key":"k"}`, i, p.URL+"/v1"))
	}
	s.write("configs/default.json", `{"models":[`+strings.Join(list, ",")+`]}`)
	csv, dates := marketCSV("2025-01-02", days)
	s.runs("prices", "import", s.write("market.csv", csv))
	return dates[0].String()
}

// fill writes a file that leaves no space, and returns its path.
func fill(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "filler")
	f, err := os.Create(path)
	require.NoError(t, err)
	for size := 1 << 20; size > 0; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			require.True(t, errors.Is(err, syscall.ENOSPC), err)
			size /= 2
		}
	}
	require.NoError(t, f.Close())
	return path
}

// Six models finish while the disk is full. Nothing is lost, and nothing is paid twice.
func TestFinishedSessionsWaitForAFullDisk(t *testing.T) {
	t.Parallel()
	s, p := newShop(t), newProvider(t)
	s.env["AITRADER_DATA"] = smallDisk(t, 8<<20)
	first := s.asks(p, 6, 2)
	up, address := s.serve()
	job := triggered(t, address, first)
	require.Eventually(t, func() bool { return p.calls.Load() == 6 }, time.Minute, time.Millisecond)
	health(t, address, http.StatusOK)
	filler := fill(t, s.env["AITRADER_DATA"])
	close(p.open)
	sick := health(t, address, http.StatusServiceUnavailable)
	assert.Equal(t, "unhealthy", sick["status"])
	assert.Contains(t, sick["store"].(map[string]any)["reason"], "disk")
	code, refused := ask(t, http.MethodPost, address+"/simulate/trigger", `{"experiment":"other"}`)
	assert.Equal(t, http.StatusServiceUnavailable, code, refused)
	time.Sleep(1500 * time.Millisecond) // longer than a few quick attempts take
	require.NoError(t, os.Remove(filler))

	done := finished(t, address, job)
	assert.Equal(t, "completed", done["status"])
	assert.InDelta(t, 12, p.calls.Load(), 0, "each model-day is paid for once")
	health(t, address, http.StatusOK)
	up.signal(syscall.SIGTERM)
	code, errs := up.end()
	assert.Zero(t, code, errs)
	assert.Contains(t, errs, " waits for it")
}
