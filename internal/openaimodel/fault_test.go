package openaimodel

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

func TestFaultsThatLastAreMarked(t *testing.T) {
	for status, want := range map[int]sim.StopReason{
		301: sim.StopFault, 401: sim.StopFault, 402: sim.StopFault, 403: sim.StopFault, 404: sim.StopFault,
		400: "", 408: "", 429: "", 500: "", 503: "",
	} {
		p := newProvider(t, answer(status, ""))
		m, _ := newModel(t, p)
		assert.Equal(t, want, fails(t, m, "status").Stop, status)
	}
}

func TestTheTextDecidesWhetherAFaultLasts(t *testing.T) {
	for body, want := range map[string]sim.StopReason{
		`{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}`: sim.StopFault,
		`{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}`:             "",
	} {
		m, _ := newModel(t, newProvider(t, answer(429, body)))
		assert.Equal(t, want, fails(t, m, "text").Stop, body)
	}
}

func TestAnAddressThatTakesNoConnectionIsMarked(t *testing.T) {
	p := newProvider(t, hello)
	m, c := newModel(t, p)
	p.Close()
	assert.Equal(t, sim.StopUnreachable, fails(t, m, "closed").Stop)
	assert.Len(t, c.Waited(), 3, "it may be restarting")
	for _, f := range []struct {
		err   error
		want  sim.StopReason
		retry bool
	}{
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}, sim.StopFault, false},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}, sim.StopUnreachable, true},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, sim.StopFault, false},
		{&net.OpError{Op: "read", Err: fmt.Errorf("connection reset by peer")}, "", true},
	} {
		got := m.connectionFailure(t.Context(), &url.Error{Op: "Post", URL: p.URL, Err: f.err})
		assert.Equal(t, f.want, got.stop, f.err)
		assert.Equal(t, f.retry, got.retry, f.err)
	}
}
