package callback

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

const secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // of the examples of Standard Webhooks

const path = "/resume/canary-3d5f7a9b?token=canary-token-11"

// The example is that of the reference libraries.
func TestSignaturesFollowStandardWebhooks(t *testing.T) {
	t.Parallel()
	s, err := ParseSigningSecret(secretText)
	require.NoError(t, err)
	assert.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		s.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		assert.NotContains(t, fmt.Sprintf(verb, s), "49", verb) // a byte of the key
		assert.Contains(t, fmt.Sprintf(verb, s), "[secret]", verb)
	}
	short := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23))
	long := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))
	for _, bad := range []string{"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_canary!", short, long} {
		_, err := ParseSigningSecret(bad)
		require.Error(t, err, bad)
		assert.True(t, sim.IsKind(err, sim.KindInvalid))
		assert.NotContains(t, err.Error(), "canary")
	}
}

// receiver is a server with TLS on loopback that answers as a test says.
type receiver struct {
	*httptest.Server
	got []*http.Request
	msg []string
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		body, err := io.ReadAll(in.Body)
		assert.NoError(t, err)
		r.got, r.msg = append(r.got, in), append(r.msg, string(body))
		answer(w, in)
	}))
	r.Config.ErrorLog = log.New(io.Discard, "", 0) // of callers that do not trust it
	r.StartTLS()
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) host() string { return r.Listener.Addr().String() }

func (r *receiver) port() string {
	_, port, _ := net.SplitHostPort(r.host())
	return port
}

func (r *receiver) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(r.Certificate())
	return pool
}

func sender(t *testing.T, list string, roots *x509.CertPool) *Sender {
	t.Helper()
	return NewSender(SenderOptions{
		Hosts: hosts(t, list), Roots: roots, Now: func() time.Time { return time.Unix(1614265330, 0) },
		Secret: func(context.Context) (SigningSecret, error) { return ParseSigningSecret(secretText) },
	})
}

func TestACallIsOneSignedPost(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	s := sender(t, r.host(), r.roots())
	to := sim.CallbackURL(r.URL + path)
	require.NoError(t, s.Check(t.Context(), to))
	require.NoError(t, s.Send(t.Context(), to, "msg_p5jXN8AQM9LWM0D4loKWxJek", []byte(`{"test": 2432232314}`)))
	require.Len(t, r.got, 1)
	got := r.got[0]
	assert.Equal(t, http.MethodPost, got.Method)
	assert.Equal(t, path, got.URL.RequestURI())
	assert.Equal(t, r.host(), got.Host)
	assert.Equal(t, `{"test": 2432232314}`, r.msg[0])
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, "msg_p5jXN8AQM9LWM0D4loKWxJek", got.Header.Get("webhook-id"))
	assert.Equal(t, "1614265330", got.Header.Get("webhook-timestamp"))
	assert.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got.Header.Get("webhook-signature"))
}

// The error never reveals the address, even when the answer quotes it.
func TestAnswersOtherThan2xxAreErrorsThatHideTheAddress(t *testing.T) {
	t.Parallel()
	elsewhere := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	junk := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, in *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if assert.NoError(t, err) {
				_, _ = io.WriteString(conn, strings.ReplaceAll(text, "URL", in.URL.String())) // the caller may be gone
				_ = conn.Close()
			}
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, in *http.Request) {
			w.Header().Set("Location", elsewhere.URL+path)
			http.Error(w, in.URL.String(), code)
		}
	}
	gone := func(err error) bool { return errors.Is(err, ErrGone) }
	unavailable := func(err error) bool { return sim.IsKind(err, sim.KindUnavailable) && !gone(err) }
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		check  func(error) bool
		says   string
	}{
		"a redirect":           {status(302), unavailable, "answers 302"},
		"a redirect of a POST": {status(307), unavailable, "answers 307"},
		"a broken redirect": {func(w http.ResponseWriter, in *http.Request) {
			w.Header()["Location"] = []string{"%zz" + path}
			w.WriteHeader(308)
		}, unavailable, "answers 308"},
		"not found":             {status(404), unavailable, "answers 404"},
		"gone":                  {status(410), gone, "answers 410"},
		"an error":              {status(500), unavailable, "answers 500"},
		"no HTTP":               {junk("URL\r\n\r\n"), unavailable, "not HTTP"},
		"a broken header":       {junk("HTTP/1.1 200 OK\r\nURL\r\n\r\n"), unavailable, "not HTTP"},
		"nothing":               {junk(""), unavailable, "receiver"},
		"headers without limit": {junk("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxAnswer) + "\r\n\r\n"), unavailable, "receiver"},
	} {
		r := newReceiver(t, c.answer)
		pool := r.roots()
		pool.AddCert(elsewhere.Certificate())
		err := sender(t, r.host()+","+elsewhere.host(), pool).Send(t.Context(), sim.CallbackURL(r.URL+path), "id", nil)
		require.Error(t, err, name)
		assert.True(t, c.check(err), name)
		assert.Contains(t, err.Error(), c.says, name)
		assert.NotContains(t, err.Error(), "canary", name)
		assert.Len(t, r.got, 1, name)
	}
	assert.Empty(t, elsewhere.got, "no redirect is followed")
}

func TestAnEndlessAnswerIsCut(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 4 * maxAnswer / 1024 {
			_, _ = w.Write(make([]byte, 1024)) // the caller goes away, which is the point
		}
	})
	require.NoError(t, sender(t, r.host(), r.roots()).Send(t.Context(), sim.CallbackURL(r.URL), "id", nil))
}

func TestAReceiverThatDoesNotAnswerTimesOut(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := sender(t, r.host(), r.roots()).Send(ctx, sim.CallbackURL(r.URL+path), "id", nil)
	require.ErrorContains(t, err, "does not answer in time")
	assert.True(t, sim.IsKind(err, sim.KindUnavailable))
}

// A name is resolved and checked when the connection is made. localhost is a listed
// name whose address is not listed.
func TestAListedNameMustNotResolveToAPrivateAddress(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	to := sim.CallbackURL("https://localhost:" + r.port() + path)
	s := sender(t, "localhost:"+r.port(), r.roots())
	require.NoError(t, s.Check(t.Context(), to))
	err := s.Send(t.Context(), to, "id", nil)
	require.ErrorContains(t, err, "not a public address")
	assert.True(t, sim.IsKind(err, sim.KindForbidden))
	assert.NotContains(t, err.Error(), "canary")
	assert.Empty(t, r.got, "nothing was sent")

	// With the address on the list it is reached, and only then does its certificate matter.
	err = sender(t, "localhost:"+r.port()+",127.0.0.1,::1", r.roots()).Send(t.Context(), to, "id", nil)
	require.ErrorContains(t, err, "certificate")
	assert.Empty(t, r.got)

	// A listed port does not allow the other ports of its address.
	for _, elsewhere := range []string{
		"https://127.0.0.1:1/", "https://169.254.169.254/latest/meta-data/", "https://[::1]:" + r.port() + "/",
	} {
		assert.True(t, sim.IsKind(sender(t, r.host(), r.roots()).Check(t.Context(), sim.CallbackURL(elsewhere)), sim.KindInvalid), elsewhere)
	}
}

func TestAnUntrustedCertificateIsRefused(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	err := sender(t, r.host(), x509.NewCertPool()).Send(t.Context(), sim.CallbackURL(r.URL+path), "id", nil)
	require.ErrorContains(t, err, "certificate")
	assert.NotContains(t, err.Error(), "canary")
	assert.Empty(t, r.got)
}

func TestPlainHTTPIsForListedLoopbackAddressesOnly(t *testing.T) {
	t.Parallel()
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls++ }))
	defer server.Close()
	s := sender(t, server.Listener.Addr().String()+",flows.example:80", nil)
	require.ErrorContains(t, s.Check(t.Context(), sim.CallbackURL(server.URL)), "https")
	s.PlainOnLoopback = true
	require.NoError(t, s.Check(t.Context(), sim.CallbackURL(server.URL)))
	require.NoError(t, s.Send(t.Context(), sim.CallbackURL(server.URL), "id", nil))
	assert.Equal(t, 1, calls)
	require.ErrorContains(t, s.Check(t.Context(), "http://flows.example:80/"), "https")
}

func TestAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	s := sender(t, "", nil)
	require.ErrorContains(t, s.Check(t.Context(), "https://flows.example/"), "AITRADER_CALLBACK_HOSTS")
	s = sender(t, "flows.example", nil)
	s.Secret = func(context.Context) (SigningSecret, error) {
		return SigningSecret{}, sim.Errorf(sim.KindUnavailable, "no secret")
	}
	require.ErrorContains(t, s.Check(t.Context(), "https://flows.example/"), "no secret")
	require.ErrorContains(t, s.Send(t.Context(), "https://flows.example/", "id", nil), "no secret")
	require.ErrorContains(t, s.Send(t.Context(), "https://evil.example/", "id", nil), "not on the list")
}
