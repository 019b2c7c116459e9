package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// statusOf is the one table from kinds of errors to HTTP.
func statusOf(kind sim.Kind) int {
	switch kind {
	case sim.KindInvalid:
		return http.StatusBadRequest
	case sim.KindUnauthorized:
		return http.StatusUnauthorized
	case sim.KindForbidden:
		return http.StatusForbidden
	case sim.KindNotFound, sim.KindNoData:
		return http.StatusNotFound
	case sim.KindConflict:
		return http.StatusConflict
	case sim.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case sim.KindIdempotencyMismatch:
		return http.StatusUnprocessableEntity
	case sim.KindRateLimited:
		return http.StatusTooManyRequests
	case sim.KindUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// publicKinds are the kinds that callers see, in the order of their status.
var publicKinds = []sim.Kind{
	sim.KindInvalid, sim.KindUnauthorized, sim.KindForbidden, sim.KindNotFound, sim.KindNoData, sim.KindConflict, sim.KindTooLarge,
	sim.KindIdempotencyMismatch, sim.KindRateLimited, sim.KindInternal, sim.KindUnavailable,
}

// publicKind maps the kinds that only stores and engines use to public ones.
func publicKind(kind sim.Kind) sim.Kind {
	switch kind {
	case sim.KindBusy, sim.KindStale, sim.KindDamaged:
		return sim.KindUnavailable
	case sim.KindFenced:
		return sim.KindConflict
	default:
		return kind
	}
}

// kindOfStatus is the way back, for refusals by ServeMux and huma.
func kindOfStatus(status int) sim.Kind {
	switch {
	case status == http.StatusNotFound:
		return sim.KindNotFound
	case status == http.StatusRequestEntityTooLarge:
		return sim.KindTooLarge
	case status >= 500:
		return sim.KindInternal
	default:
		return sim.KindInvalid
	}
}

// newProblem makes the answer to an error. What is internal stays out of it.
func newProblem(err error) *api.Problem {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = sim.Errorf(sim.KindUnavailable, "the request ended before its answer was ready; try again")
	}
	kind := publicKind(sim.KindOf(err))
	message := "an internal error occurred; the log of the service has the cause"
	var fields map[string]any
	if e := (*sim.Error)(nil); errors.As(err, &e) && kind != sim.KindInternal {
		message, fields = e.Message, e.Fields
	}
	return problemWith(statusOf(kind), kind, message, fields)
}

func problemWith(status int, kind sim.Kind, message string, fields map[string]any) *api.Problem {
	return &api.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: message, Code: string(kind), Message: message, Fields: fields,
	}
}

// problemHeaders returns the headers of a problem with a status.
func problemHeaders(status int) http.Header {
	h := http.Header{"Content-Type": {api.ProblemType}}
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="aitrader"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", "5")
	}
	return h
}

// huma reports bad parameters through hooks that are package variables, so they are
// set here, once, before anything runs: its 422 is a 400 in our contract, and our
// problem document replaces its own. Lists in our documents are never null, which
// it assumes otherwise.
func init() {
	huma.NewError = humaError
	huma.DefaultArrayNullable = false
}

// humaError turns a refusal by huma into a problem. For a status of 500 and above
// huma passes on the text of the internal error, which is dropped.
func humaError(status int, message string, errs ...error) huma.StatusError {
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	if status >= http.StatusInternalServerError {
		return newProblem(internalError(errs))
	}
	var texts []string
	for _, err := range errs {
		texts = append(texts, parameterText(err))
	}
	slices.Sort(texts) // huma ranges over a map
	if len(texts) > 0 {
		message = strings.Join(texts, "; ")
	}
	return problemWith(status, kindOfStatus(status), message, nil)
}

// internalError joins errors into one of kind internal, for the table.
func internalError(errs []error) error {
	return &sim.Error{Kind: sim.KindInternal, Message: "unexpected", Err: errors.Join(errs...)}
}

// parameterText names a wrong parameter, what is wrong with it, and its value.
func parameterText(err error) string {
	d, ok := err.(huma.ErrorDetailer)
	if !ok {
		return err.Error()
	}
	detail := d.ErrorDetail()
	where, name, _ := strings.Cut(detail.Location, ".")
	parameter := fmt.Sprintf("%s parameter %q", where, name)
	if detail.Value == nil || detail.Value == "" {
		return parameter + ": " + detail.Message
	}
	return fmt.Sprintf("%s: %s, not %q", parameter, detail.Message, fmt.Sprint(detail.Value))
}
