package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// groupKey is where an operation's group is kept for mountedOnly.
const groupKey = "group"

// operation describes a route: what huma needs to document and guard it.
type operation struct {
	id, method, path     string
	group                Routes
	scope                apikey.Scope // "": open without a key
	summary, description string
	parameters           map[string]string // descriptions that do not fit into a tag
	patterns             map[string]string // of parameters that the handler checks itself
	body                 *bodySchema       // of the JSON object that it reads, if any
	answers              []documented      // the usual one first
	errors               []int             // in addition to those of every route
}

// documented is one kind of answer of a route.
type documented struct {
	status      int
	description string
	types       []reflect.Type // one of these objects; none: no body
	csv         bool           // or the same as CSV
	headers     []string
}

// headerDocs explains the headers of answers.
var headerDocs = map[string]string{
	"ETag":        "A strong tag of this body, for If-None-Match.",
	"Location":    "The status of the job.",
	"Retry-After": "Seconds to wait before asking again.",
	"Link":        "The next page, with rel=next.",
}

// register adds a route. The handler gets decoded and checked parameters.
func register[I any](s *server, op operation, handle func(context.Context, *I) (answer, error)) {
	described := op.describe(s.schemas(), !s.Keys.IsEmpty())
	filled := map[string]bool{}
	described.Middlewares = huma.Middlewares{s.admit(op.scope, filled)}
	huma.Register(s.api, described, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		a, err := handle(ctx, in)
		if err != nil {
			a = failed(ctx, err)
		}
		return &huma.StreamResponse{Body: a.send}, nil
	})
	s.describeParameters(op, filled)
	if op.body != nil {
		s.documentBody(op)
	}
}

// datePattern matches the dates that [sim.ParseDate] reads, and few others.
const datePattern = `^(197[1-9]|19[89][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`

// dayKeyPattern matches the cursors of lists of model-days.
var dayKeyPattern = strings.TrimSuffix(datePattern, "$") + ","

// describeParameters adds what the tags of the input have no room for. It notes the
// parameters whose schema admits no empty value.
func (s *server) describeParameters(op operation, filled map[string]bool) {
	item := s.api.OpenAPI().Paths[op.path]
	documented := item.Get
	if op.method == http.MethodPost {
		documented = item.Post
	}
	for _, p := range documented.Parameters {
		if text, ok := op.parameters[p.Name]; ok {
			p.Description = text
		}
		if p.In == "query" && (p.Schema.Type != huma.TypeString || p.Schema.Format+p.Schema.Pattern != "" || len(p.Schema.Enum) > 0) {
			filled[p.Name] = true
		}
		if pattern, ok := op.patterns[p.Name]; ok {
			p.Schema.Pattern = pattern
			if !p.Required {
				p.Schema.Pattern = "^$|" + pattern // an empty cursor is the beginning
			}
		}
		if p.Schema.Format == "date" {
			p.Schema.Pattern = datePattern
		}
	}
}

// admit checks the caller's scope and the form of the query before huma decodes any
// parameter. Of a parameter given twice huma would take the first, and an empty one it
// takes for a missing one, whatever its type.
func (s *server) admit(scope apikey.Scope, filled map[string]bool) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		err := checkQuery(ctx.URL(), filled)
		if scope != "" {
			if refused := authorize(ctx.Context(), scope); refused != nil {
				err = refused
			}
		}
		if err != nil {
			failed(ctx.Context(), err).send(ctx)
			return
		}
		next(ctx)
	}
}

func checkQuery(u url.URL, filled map[string]bool) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return sim.Errorf(sim.KindInvalid, "the query string is malformed: name=value pairs joined by & are expected, with %%XX escapes")
	}
	var repeated, empty []string
	for name, values := range query {
		if values[0] == "" && filled[name] {
			empty = append(empty, strconv.Quote(name))
		}
		if len(values) > 1 {
			repeated = append(repeated, strconv.Quote(name))
		}
	}
	if len(repeated) > 0 {
		slices.Sort(repeated)
		return sim.Errorf(sim.KindInvalid, "query parameter given more than once: %s", strings.Join(repeated, ", "))
	}
	if len(empty) > 0 {
		slices.Sort(empty)
		return sim.Errorf(sim.KindInvalid, "query parameter without a value: %s; leave it out, or give one", strings.Join(empty, ", "))
	}
	return nil
}

// describe writes the route for huma and the OpenAPI document, which asks for a key only
// where the service does.
func (o operation) describe(schemas huma.Registry, keyed bool) huma.Operation {
	described := huma.Operation{
		OperationID:   o.id,
		Method:        o.method,
		Path:          o.path,
		Summary:       o.summary,
		Description:   o.description,
		Metadata:      map[string]any{groupKey: o.group},
		DefaultStatus: o.answers[0].status,
		Responses:     map[string]*huma.Response{},
		Security:      []map[string][]string{},
	}
	errors := slices.Concat(o.errors, []int{
		http.StatusBadRequest, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable,
	})
	if o.scope != "" {
		if keyed {
			described.Security = []map[string][]string{{"bearer": {}}, {"header": {}}}
		}
		described.Description += fmt.Sprintf("\n\nNeeds a key with scope %s, where keys are configured.", o.scope)
		errors = append(errors, http.StatusUnauthorized, http.StatusTooManyRequests)
	}
	problem := schemas.Schema(reflect.TypeFor[api.Problem](), true, "")
	for _, status := range errors {
		described.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: problemDocs[status],
			Content:     map[string]*huma.MediaType{api.ProblemType: {Schema: problem}},
		}
	}
	for _, a := range o.answers {
		described.Responses[strconv.Itoa(a.status)] = a.describe(schemas)
	}
	return described
}

// problemDocs explains the problems by status.
var problemDocs = map[int]string{
	http.StatusBadRequest:   "invalid_request: the request is wrong; the message names the place, the value and what is allowed.",
	http.StatusUnauthorized: "unauthorized: no valid API key.",
	http.StatusForbidden: "forbidden: the key lacks the scope in required_scope, " +
		"or no key is configured and the caller is not on this machine.",
	http.StatusNotFound: "not_found: the named thing does not exist; no_data: nothing stored answers the request.",
	http.StatusConflict: "conflict: another job, or the state of this one, is in the way; " +
		"current_job_id and current_date_range name the active job.",
	http.StatusRequestEntityTooLarge: "too_large: the request or the answer exceeds its limit; the message names the paging.",
	http.StatusUnprocessableEntity:   "idempotency_mismatch: the Idempotency-Key was used before with another body.",
	http.StatusTooManyRequests:       "rate_limited: too many wrong API keys came from this address; Retry-After says when to try again.",
	http.StatusInternalServerError:   "internal: a fault of the service.",
	http.StatusServiceUnavailable:    "unavailable: a dependency, such as prices, is missing or down; try again later.",
}

func (d documented) describe(schemas huma.Registry) *huma.Response {
	r := &huma.Response{Description: d.description, Headers: map[string]*huma.Param{}}
	for _, name := range d.headers {
		r.Headers[name] = &huma.Param{Description: headerDocs[name], Schema: &huma.Schema{Type: huma.TypeString}}
	}
	var shapes []*huma.Schema
	for _, t := range d.types {
		shapes = append(shapes, schemas.Schema(t, true, ""))
	}
	if len(shapes) == 0 {
		return r
	}
	schema := shapes[0]
	if len(shapes) > 1 {
		schema = &huma.Schema{OneOf: shapes}
	}
	r.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
	if d.csv {
		r.Content["text/csv"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return r
}

// documentBody adds the body to the document. The handlers decode it themselves,
// because their errors name the field, the value and what is allowed.
func (s *server) documentBody(op operation) {
	doc := s.api.OpenAPI()
	doc.Paths[op.path].Post.RequestBody = &huma.RequestBody{
		Description: "Optional, as is every field.",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: op.body.register(s.schemas())},
		},
	}
}

// typesOf lists the types of an answer.
func typesOf(examples ...any) []reflect.Type {
	types := make([]reflect.Type, len(examples))
	for i, e := range examples {
		types[i] = reflect.TypeOf(e)
	}
	return types
}
