package callback

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"aitrader/internal/sim"
)

// SendTimeout bounds one call, from the name lookup to the end of the answer.
const SendTimeout = 10 * time.Second

// maxAnswer bounds how many bytes of an answer are read; its content is ignored.
const maxAnswer = 64 << 10

// ErrGone means that the receiver answered 410 Gone: it does not want this
// callback, now or later.
var ErrGone = errors.New("the receiver answers 410 Gone: it no longer wants this callback")

// SenderOptions configure a [Sender]. Secret and Now must be set.
type SenderOptions struct {
	Hosts Hosts
	// Secret returns the signing secret. Kind invalid_request: none is configured.
	Secret func(ctx context.Context) (SigningSecret, error)
	Now    func() time.Time
	// Roots are the certificate authorities to trust; nil: those of the system.
	Roots *x509.CertPool
	// PlainOnLoopback allows http to listed loopback addresses, for tests.
	PlainOnLoopback bool
	// Dial replaces the network, for tests; nil: the real one, with a check of each
	// address.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Sender posts callbacks. It is safe for concurrent use.
type Sender struct {
	SenderOptions
	transport *http.Transport
}

// NewSender returns a Sender.
func NewSender(o SenderOptions) *Sender {
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: SendTimeout, ControlContext: o.Hosts.control}).DialContext
	}
	return &Sender{SenderOptions: o, transport: &http.Transport{
		Proxy:                  nil,
		DialContext:            dial,
		DisableKeepAlives:      true, // the check of an IP address holds for one call
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		MaxResponseHeaderBytes: maxAnswer,
	}}
}

// Check refuses an address that Send would refuse. Kind invalid_request: it is not
// allowed, or no secret is configured. Kind unavailable: the secret cannot be read.
func (s *Sender) Check(ctx context.Context, to sim.CallbackURL) error {
	if s.Hosts.Empty() {
		return sim.Errorf(sim.KindInvalid, "no callback host is allowed here: AITRADER_CALLBACK_HOSTS lists the allowed ones")
	}
	if _, err := s.Hosts.parse(to, s.PlainOnLoopback); err != nil {
		return err
	}
	_, err := s.Secret(ctx)
	return err
}

// Send posts a JSON body. A body that is sent again has the same id. The error is
// [ErrGone] when the receiver does not want it; after any other error the body may
// have arrived, and can be sent again.
//
// It uses the transport without an http.Client, which would follow redirects and
// put the address into its errors.
func (s *Sender) Send(ctx context.Context, to sim.CallbackURL, id string, body []byte) error {
	u, err := s.Hosts.parse(to, s.PlainOnLoopback)
	if err != nil {
		return err
	}
	key, err := s.Secret(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, SendTimeout)
	defer cancel()
	response, err := s.transport.RoundTrip(newRequest(u, key, id, s.Now(), body).WithContext(ctx))
	if err != nil {
		return unreachable(err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)) // only the status counts
	_ = response.Body.Close()
	return statusError(response.StatusCode)
}

// newRequest returns the signed request.
func newRequest(to *url.URL, key SigningSecret, id string, at time.Time, body []byte) *http.Request {
	return &http.Request{
		Method:        http.MethodPost,
		URL:           to,
		Host:          to.Host,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Header: http.Header{
			"Content-Type":      {"application/json"},
			"User-Agent":        {"aitrader"},
			"Webhook-Id":        {id},
			"Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)},
			"Webhook-Signature": {key.sign(id, at, body)},
		},
	}
}

// unreachable translates an error of the transport. The text of an error about
// what the receiver sent is dropped: it may quote the answer, which may quote the
// address.
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

// statusError returns the error that a status means. Only 2xx is a success; a
// redirect is a failure.
func statusError(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		return ErrGone
	default:
		return sim.Errorf(sim.KindUnavailable, "the receiver answers %d", status)
	}
}
