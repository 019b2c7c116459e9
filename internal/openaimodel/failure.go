package openaimodel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// failure is why an attempt gave no answer.
type failure struct {
	code string // stable: model_http_401
	// status is the HTTP status; 0: none, or that of a success.
	status int
	text   string // the reason from outside, not fit to be shown yet
	kind   sim.Kind
	retry  bool          // another attempt may help
	after  time.Duration // the wait that the provider asks for; 0: none
	free   bool          // the provider cannot have used any tokens
	busy   bool          // the provider is busy: only time bounds the attempts

	// broken is set where the failure is a broken answer rather than an error.
	broken sim.StopReason

	// stop is what the failure means for later dates: [sim.StopFault], for one that lasts
	// until the configuration or the account changes, [sim.StopUnreachable], or nothing.
	stop sim.StopReason
}

func (f *failure) Error() string { return f.code }

// statusFailure is the failure of an HTTP status, or of the same number as a code in a
// successful response; after is the wait that the header asks for.
func statusFailure(status int, body []byte, after time.Duration, now time.Time) *failure {
	says := signsOf(body, now)
	meaning, known := says.meaning(status)
	f := &failure{
		code: fmt.Sprintf("model_http_%d", status), status: status, text: says.text, kind: sim.KindInvalid,
		after: max(after, says.wait), free: true,
	}
	switch {
	case known && meaning.permanent:
		if meaning.status == noQuota.status && status != noQuota.status {
			f.code = "model_no_quota"
		}
	case status == http.StatusTooManyRequests || known && meaning.status == rateLimit.status:
		f.code, f.kind, f.retry, f.busy = "model_rate_limited", sim.KindRateLimited, true, true
	case passes(status) || known:
		f.kind, f.retry = sim.KindUnavailable, true
		f.busy = f.after > 0 || meaning.status == overloaded.status || status == statusNoCapacity || status == statusOverloaded
	case status >= 300 && status < 400:
		f.text = "the base URL redirects elsewhere, and a key is not sent after a redirect"
	}
	f.classify(status, body)
	fault := lasts(status) || known && meaning.permanent && lasts(meaning.status)
	if fault && !f.retry && f.broken == "" && f.code != codeContextFull {
		f.stop = sim.StopFault
	}
	return f
}

// Statuses of vendors that no standard names.
const (
	statusNoCapacity = 498 // Groq
	statusClosed     = 499 // nginx: the client has gone, as it seems to a proxy
	statusOverloaded = 529 // Anthropic
)

// passes reports whether the reason for a status is likely to pass. Other statuses answer
// the request itself, which stays wrong when repeated.
func passes(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusLocked, http.StatusFailedDependency, http.StatusTooEarly,
		http.StatusTooManyRequests, statusNoCapacity, statusClosed:
		return true
	}
	return status >= 500
}

// lasts reports whether a status is about the key, the account, what the key may use, the
// model or the address, and not about the conversation.
func lasts(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound:
		return true
	}
	return status >= 300 && status < 400
}

// badAnswer is the failure of an unusable answer. Gateways often cause one in passing,
// so another attempt may help.
func badAnswer(format string, args ...any) *failure {
	return &failure{code: "model_bad_answer", text: fmt.Sprintf(format, args...), kind: sim.KindUnavailable, retry: true}
}

// connectionFailure is the failure of a request without a complete answer.
func (m *Model) connectionFailure(ctx context.Context, err error) *failure {
	f := &failure{code: "model_unreachable", kind: sim.KindUnavailable, retry: true}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err // without the address
	}
	f.text = err.Error()
	var netErr net.Error
	var operation *net.OpError
	f.free = errors.As(err, &operation) && operation.Op == "dial"
	f.stop = connectionFault(err, f.free)
	f.retry = f.stop != sim.StopFault
	switch {
	case ctx.Err() != nil:
		f.code, f.text = "model_timeout", fmt.Sprintf("no full answer within %s", m.callTimeout)
	case errors.As(err, &netErr) && netErr.Timeout():
		f.code = "model_timeout"
	}
	return f
}

// connectionFault says what a broken connection means for later dates. Dialled is true when
// none was made.
func connectionFault(err error, dialled bool) sim.StopReason {
	var host *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &host) && host.IsNotFound, errors.As(err, &certificate):
		return sim.StopFault
	case dialled:
		return sim.StopUnreachable
	}
	return ""
}

// maxDetail bounds what is shown of a foreign text, in bytes.
const maxDetail = 300

// presentable returns a foreign text on one line, without secrets, and short. Secrets
// are removed before the text is cut: a part of one might not be recognised.
func (m *Model) presentable(foreign string) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	shown := strings.Join(strings.FieldsFunc(foreign, blank), " ")
	return text.Clip(m.scrub(shown[:min(len(shown), 20*maxDetail)]), maxDetail)
}
