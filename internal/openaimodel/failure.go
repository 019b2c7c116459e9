package openaimodel

import (
	"context"
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
	code  string // stable: model_http_401
	text  string // the reason, as it came from outside: to be made presentable
	kind  sim.Kind
	retry bool          // another attempt may help
	after time.Duration // how long the provider wants to be left alone; 0: it does not say
	free  bool          // the provider has made nothing for it
}

func (f *failure) Error() string { return f.code }

// statusFailure is an HTTP status that is no success, and the same as a code in a body
// that came with one. A rate limit and an error of the server pass; anything
// else is an answer to the request itself, which stays wrong when repeated.
func statusFailure(status int, body []byte, after time.Duration) *failure {
	f := &failure{code: fmt.Sprintf("model_http_%d", status), text: describe(body), kind: sim.KindInvalid, after: after, free: true}
	switch {
	case status == http.StatusTooManyRequests:
		f.code, f.kind, f.retry = "model_rate_limited", sim.KindRateLimited, true
	case status >= 500:
		f.kind, f.retry = sim.KindUnavailable, true
	case status >= 300 && status < 400:
		f.text = "the base URL redirects elsewhere, and a key is not sent after a redirect"
	}
	return f
}

// badAnswer is an answer that cannot be used. It is often a hiccup of a gateway,
// so another attempt may help.
func badAnswer(format string, args ...any) *failure {
	return &failure{code: "model_bad_answer", text: fmt.Sprintf(format, args...), kind: sim.KindUnavailable, retry: true}
}

// connectionFailure is a request that got no full answer.
func (m *Model) connectionFailure(ctx context.Context, err error) *failure {
	f := &failure{code: "model_unreachable", kind: sim.KindUnavailable, retry: true}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err // without the address
	}
	f.text = err.Error()
	var netErr net.Error
	var operation *net.OpError
	f.free = errors.As(err, &operation) && operation.Op == "dial"
	switch {
	case ctx.Err() != nil:
		f.code, f.text = "model_timeout", fmt.Sprintf("no full answer within %s", m.callTimeout)
	case errors.As(err, &netErr) && netErr.Timeout():
		f.code = "model_timeout"
	}
	return f
}

// maxDetail bounds what is shown of a foreign text, in bytes.
const maxDetail = 300

// presentable makes a foreign text fit to be shown: on one line, without
// secrets, and short. Secrets go first, so that none is cut into something that
// is not recognised.
func (m *Model) presentable(foreign string) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	shown := strings.Join(strings.FieldsFunc(foreign, blank), " ")
	return text.Clip(m.scrub(shown[:min(len(shown), 20*maxDetail)]), maxDetail, text.Ellipsis)
}
