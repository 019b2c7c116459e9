// Package smoke tries every route of a running service, from a trigger to the
// results, and says what differs from what its callers rely on.
//
// It runs one small job of built-in models in an experiment of its own, so that
// it costs nothing and touches no other books. It knows the service by HTTP
// alone: what it expects is written here, a second time, on purpose.
package smoke

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Experiment is where the job runs.
const Experiment = "smoke"

// Service is where a service answers.
type Service struct {
	Base string // its address, without a slash at the end
	Key  string // its API key; "": none
	HTTP *http.Client
}

// Check is one thing that was tried.
type Check struct {
	What string `json:"what"` // a request, or what it is for
	// Differs says what is not as expected; "": nothing.
	Differs string `json:"differs,omitempty"`
	Millis  int64  `json:"ms"`
}

// run is a walk over all routes.
type run struct {
	Service
	ctx    context.Context
	report func(Check)
	// differences counts them.
	differences int
}

// Run tries all routes and reports each check as it is made. It returns how many
// differ. The context bounds all of it; a service that does not answer is a
// difference, too.
func Run(ctx context.Context, s Service, report func(Check)) (differences int) {
	r := &run{Service: s, ctx: ctx, report: report}
	if !r.reads() {
		return r.differences
	}
	r.refusals()
	p, ok := r.choose()
	if !ok {
		return r.differences
	}
	if job := r.job(p); job != "" {
		r.results(p.model, p.date)
		r.audit(job, p.model)
		r.afterwards(job, p)
	}
	return r.differences
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   []byte
	body   map[string]any // nil where it is not an object
}

// request is what is sent and what is expected of the answer.
type request struct {
	method, path, body string
	header             map[string]string
	status             []int    // any of them
	has                []string // the fields of the answer; "a.b" is b in a
	code               string   // of an error
	kind               string   // of the content; JSON when it is empty
}

// try sends a request, compares its answer, and reports.
func (r *run) try(q request) (answer, bool) {
	what := q.method + " " + q.path
	if q.body != "" {
		what += " " + q.body
	}
	began := time.Now()
	got, err := r.send(q)
	check := Check{What: what, Millis: time.Since(began).Milliseconds()}
	if err != nil {
		check.Differs = err.Error()
	} else {
		check.Differs = strings.Join(q.differences(got), "; ")
	}
	return got, r.note(check)
}

func (r *run) note(c Check) bool {
	if c.Differs != "" {
		r.differences++
	}
	r.report(c)
	return c.Differs == ""
}

// expect reports something that follows from answers.
func (r *run) expect(what string, holds bool, format string, args ...any) bool {
	c := Check{What: what}
	if !holds {
		c.Differs = fmt.Sprintf(format, args...)
	}
	return r.note(c)
}

// maxAnswer is more than any answer of the contract.
const maxAnswer = 16 << 20

func (r *run) send(q request) (answer, error) {
	in, err := http.NewRequestWithContext(r.ctx, q.method, r.Base+q.path, strings.NewReader(q.body))
	if err != nil {
		return answer{}, err
	}
	if q.body != "" || q.method == http.MethodPost {
		in.Header.Set("Content-Type", "application/json")
	}
	if r.Key != "" {
		in.Header.Set("Authorization", "Bearer "+r.Key)
	}
	for name, value := range q.header {
		in.Header.Set(name, value)
	}
	out, err := r.HTTP.Do(in)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = out.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(out.Body, maxAnswer))
	got := answer{status: out.StatusCode, header: out.Header, text: text}
	if err != nil {
		return got, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&got.body) != nil {
		got.body = nil
	}
	return got, nil
}

// differences compares an answer with what is expected.
func (q request) differences(got answer) (out []string) {
	if !slices.Contains(q.status, got.status) {
		return []string{fmt.Sprintf("status %d instead of %s: %s", got.status, join(q.status), short(got.text))}
	}
	if got.status == http.StatusNotModified {
		return nil
	}
	kind := q.kind
	switch {
	case q.code != "":
		kind = "application/problem+json"
	case kind == "":
		kind = "application/json"
	}
	if found := got.header.Get("Content-Type"); !strings.HasPrefix(found, kind) {
		out = append(out, fmt.Sprintf("Content-Type %q instead of %q", found, kind))
	}
	has := q.has
	if q.code != "" {
		has = append([]string{"type", "title", "status", "detail", "error", "message"}, has...)
		if code := got.at("error"); code != q.code {
			out = append(out, fmt.Sprintf("error %q instead of %q", code, q.code))
		}
	}
	for _, field := range has {
		if _, ok := got.find(field); !ok {
			out = append(out, "no field "+field)
		}
	}
	return out
}

func join(statuses []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(statuses), " ", " or "), "[]")
}

func short(text []byte) string {
	const most = 300
	if len(text) > most {
		return string(text[:most]) + "..."
	}
	return string(text)
}

// find returns what stands at a path: names of fields, or 0 for the first of a
// list.
func (a answer) find(path string) (any, bool) {
	var at any = a.body
	for name := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			inner, ok := v[name]
			if !ok {
				return nil, false
			}
			at = inner
		case []any:
			if name != "0" || len(v) == 0 {
				return nil, false
			}
			at = v[0]
		default:
			return nil, false
		}
	}
	return at, true
}

// at returns the text or number at a path, or "".
func (a answer) at(path string) string {
	v, ok := a.find(path)
	if !ok || v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (a answer) list(path string) []any {
	v, _ := a.find(path)
	list, _ := v.([]any)
	return list
}
