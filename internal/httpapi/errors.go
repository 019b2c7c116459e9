package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

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

// publicKind folds the kinds that only stores and engines talk about into those
// that the API documents.
func publicKind(kind sim.Kind) sim.Kind {
	switch kind {
	case sim.KindBusy, sim.KindStale:
		return sim.KindUnavailable
	case sim.KindFenced:
		return sim.KindConflict
	default:
		return kind
	}
}

// kindOfStatus is the way back, for refusals that ServeMux and huma make.
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

// Problem is the answer to a request that failed (RFC 9457), with two members
// of our own that repeat the kind and the text for callers who look for them.
type Problem struct {
	_       struct{} `additionalProperties:"true"`
	Type    string   `json:"type" doc:"Identifies the kind of problem; always about:blank, the kind is in error."`
	Title   string   `json:"title" doc:"The name of the HTTP status."`
	Status  int      `json:"status" doc:"The HTTP status code."`
	Detail  string   `json:"detail" doc:"What is wrong, for a person: the place, the value and what is allowed."`
	Code    string   `json:"error" doc:"A stable code for programs." enum:"invalid_request,unauthorized,forbidden,not_found,no_data,conflict,too_large,idempotency_mismatch,rate_limited,internal,unavailable"`
	Message string   `json:"message" doc:"The same text as detail."`

	// Fields are further members, such as job_id and current_job_id.
	Fields map[string]any `json:"-"`
}

// newProblem makes the answer to an error. What is internal stays out of it.
func newProblem(err error) *Problem {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = sim.Errorf(sim.KindUnavailable, "the request ended before its answer was ready; try again")
	}
	kind := publicKind(sim.KindOf(err))
	message := "an internal error has occurred; the log of the service says which"
	var fields map[string]any
	if e := (*sim.Error)(nil); errors.As(err, &e) && kind != sim.KindInternal {
		message, fields = e.Message, e.Fields
	}
	return problemWith(statusOf(kind), kind, message, fields)
}

func problemWith(status int, kind sim.Kind, message string, fields map[string]any) *Problem {
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: message, Code: string(kind), Message: message, Fields: fields,
	}
}

// Error returns the message.
func (p *Problem) Error() string { return p.Message }

// GetStatus tells huma the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the media type.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// MarshalJSON writes the named members and then the fields, sorted.
func (p *Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	named, err := json.Marshal((*plain)(p))
	if err != nil || len(p.Fields) == 0 {
		return named, err
	}
	more, err := json.Marshal(p.Fields)
	if err != nil {
		return nil, err
	}
	return slices.Concat(named[:len(named)-1], []byte(","), more[1:]), nil
}

// headers returns what an answer of this status says besides its body.
func (p *Problem) headers() http.Header {
	h := http.Header{"Content-Type": {problemType}}
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="aitrader"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", "5")
	}
	return h
}

// huma reports bad parameters through hooks that are package variables, so they
// are set here, once, before anything runs: its 422 is a 400 in our contract,
// and our problem document replaces its own. Lists in our documents are never
// null, which it assumes otherwise.
func init() {
	huma.NewError = humaError
	huma.DefaultArrayNullable = false
}

// humaError turns a refusal by huma into a problem. For a status of 500 and more
// huma hands over the text of the internal error: it is dropped.
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

// parameterText says which parameter is wrong, how, and what it was.
func parameterText(err error) string {
	d, ok := err.(huma.ErrorDetailer)
	if !ok {
		return err.Error()
	}
	detail := d.ErrorDetail()
	where, name, _ := strings.Cut(detail.Location, ".")
	place := fmt.Sprintf("%s parameter %q", where, name)
	if detail.Value == nil || detail.Value == "" {
		return place + ": " + detail.Message
	}
	return fmt.Sprintf("%s: %s, not %q", place, detail.Message, fmt.Sprint(detail.Value))
}
