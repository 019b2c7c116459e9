package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"aitrader/internal/sim"
)

// Timeout bounds one call, from the name server to the end of the answer.
const Timeout = 10 * time.Second

// maxAnswer is how much is read of an answer, which nobody looks at.
const maxAnswer = 64 << 10

// Options say how addresses are called. Secret and Now are needed.
type Options struct {
	Hosts Hosts
	// Secret returns the key of the signatures. Kind invalid_request: there is none.
	Secret func(ctx context.Context) (Secret, error)
	Now    func() time.Time
	// Roots are who is trusted to know receivers; nil: whom the system trusts.
	Roots *x509.CertPool
	// PlainOnLoopback allows http to the addresses of this machine that are on the
	// list, for tests.
	PlainOnLoopback bool
}

// Sender calls addresses. It is safe for concurrent use.
type Sender struct {
	Options
	transport *http.Transport
}

// NewSender returns a Sender.
func NewSender(o Options) *Sender {
	dialer := &net.Dialer{Timeout: Timeout, ControlContext: o.Hosts.control}
	return &Sender{Options: o, transport: &http.Transport{
		Proxy: nil, DialContext: dialer.DialContext, DisableKeepAlives: true, // the check of an address is for one call
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		MaxResponseHeaderBytes: maxAnswer,
	}}
}

// Check refuses an address that would not be called. Kind invalid_request: it may
// not be, or nothing can be signed. Kind unavailable: the secret cannot be read.
func (s *Sender) Check(ctx context.Context, to sim.CallbackURL) error {
	if s.Hosts.Empty() {
		return sim.Errorf(sim.KindInvalid, "no host may be called from here: AITRADER_CALLBACK_HOSTS lists those that may")
	}
	if _, err := s.Hosts.parse(to, s.PlainOnLoopback); err != nil {
		return err
	}
	_, err := s.Secret(ctx)
	return err
}

// Send posts a JSON body, whose id is the same whenever it is sent again. Kind
// no_data: the receiver does not want it, now or later. With any other error it
// may have arrived or not, and can be sent again.
//
// It uses the transport without a client on top, which would follow redirects and
// put the address into its errors.
func (s *Sender) Send(ctx context.Context, to sim.CallbackURL, id string, body []byte) error {
	u, err := s.Hosts.parse(to, s.PlainOnLoopback)
	if err != nil {
		return err
	}
	secret, err := s.Secret(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	at := s.Now()
	request := (&http.Request{
		Method: http.MethodPost, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		Header: http.Header{
			"Content-Type": {"application/json"}, "User-Agent": {"aitrader"},
			"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {secret.sign(id, at, body)},
		},
	}).WithContext(ctx)
	response, err := s.transport.RoundTrip(request)
	if err != nil {
		return unreachable(err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)) // the status says it all
	_ = response.Body.Close()
	return verdict(response.StatusCode)
}

// unreachable says why there was no answer. Errors about what the receiver has
// sent may quote it, and it may have sent the address back.
func unreachable(err error) error {
	var refused *sim.Error
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return sim.Errorf(sim.KindUnavailable, "the receiver does not answer in time")
	case errors.As(err, &network), errors.As(err, &certificate):
		return sim.Errorf(sim.KindUnavailable, "the receiver cannot be reached: %w", err)
	default:
		return sim.Errorf(sim.KindUnavailable, "the receiver's answer is not HTTP")
	}
}

// verdict says what a status means: whatever is not a success is tried again, but
// for 410 Gone. A redirect is no success.
func verdict(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		return sim.Errorf(sim.KindNoData, "the receiver answers 410: it does not exist any more")
	default:
		return sim.Errorf(sim.KindUnavailable, "the receiver answers %d", status)
	}
}
