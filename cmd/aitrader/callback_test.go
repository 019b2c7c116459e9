package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The process is killed while it delivers a callback: the receiver never answered, so
// whether it was delivered is unknown. The next process delivers it again, with the
// same id.
func TestACallbackSurvivesAKill(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("SSL_CERT_FILE is read on Linux")
	}
	s := newShop(t)
	const canary = "/resume/canary-19c0"
	calls, hang := make(chan string, 10), make(chan struct{})
	var received atomic.Int32
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		calls <- r.URL.Path + " " + r.Header.Get("webhook-id")
		if received.Add(1) == 1 {
			<-hang
		}
	}))
	defer receiver.Close()
	defer close(hang)
	certificate := s.path("receiver.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: receiver.Certificate().Raw})
	require.NoError(t, os.WriteFile(certificate, text, 0o600))
	s.env["SSL_CERT_FILE"] = certificate
	s.env["AITRADER_CALLBACK_HOSTS"], s.env["AITRADER_WEBHOOK_SECRET"] = receiver.Listener.Addr().String(),
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	csv, dates := marketCSV("2025-01-02", 3)
	s.ok("prices", "import", s.write("market.csv", csv))

	p, address := s.serve()
	code, job := ask(t, http.MethodPost, address+"/simulate/trigger",
		`{"start_date":"`+dates[0].String()+`","callback_url":"`+receiver.URL+canary+`"}`)
	require.Equal(t, http.StatusAccepted, code, job)
	want := canary + " " + job["job_id"].(string)
	assert.Equal(t, want, <-calls)
	p.signal(syscall.SIGKILL)
	_, errs := p.end()
	assert.NotContains(t, errs, "canary")

	p, _ = s.serve()
	assert.Equal(t, want, <-calls)
	line := p.until("callback delivered")
	assert.NotContains(t, line, "canary")
	p.signal(os.Interrupt)
	p.end()
	p, _ = s.serve()
	p.signal(os.Interrupt)
	p.end()
	assert.Empty(t, calls, "a delivered callback is not delivered again")
}
