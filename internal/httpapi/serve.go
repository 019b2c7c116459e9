package httpapi

import (
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"aitrader/internal/apikey"
	"aitrader/internal/inprocess"
)

// server holds what the handlers share.
type server struct {
	Options
	mux     *http.ServeMux
	api     huma.API
	guesses apikey.Guesses // its only state
}

// New returns the HTTP API. It fails when a required option is missing.
func New(o Options) (http.Handler, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &server{Options: o, mux: http.NewServeMux()}
	s.api = huma.NewAPI(s.config(), mountedOnly{humago.NewAdapter(s.mux, ""), o.Routes})
	registerTypes(s.schemas())
	s.registerTrigger()
	s.registerJobActions()
	s.registerStatus()
	s.registerResults()
	s.registerLeaderboard()
	s.registerTimeseries()
	s.registerTrades()
	s.registerCompare()
	s.registerReceipt()
	s.registerInventory()
	s.registerHealth()
	describeMembers(s.schemas())
	if o.Routes&RoutesResults != 0 {
		if err := s.mountPages(); err != nil {
			return nil, err
		}
	}
	return s.observe(s.guard(s.refuseUnknown(s.readBody(s.mux)))), nil
}

// schemas are the objects of the OpenAPI document.
func (s *server) schemas() huma.Registry { return s.api.OpenAPI().Components.Schemas }

// config sets up huma. Its own pages load scripts from another host, and its hooks
// would add a $schema member to every body: both stay off.
func (s *server) config() huma.Config {
	c := huma.DefaultConfig("aitrader", s.Version)
	c.Info.Description = description
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "Authorization: Bearer KEY"},
		"header": {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "X-API-Key: KEY"},
	}
	return c
}

const description = `Language models trade stocks, one trading day at a time, in a replay of history. ` +
	`Trigger a job, poll its status, read the results.

Dates are YYYY-MM-DD, timestamps RFC 3339 in UTC. Money is in USD, exact, with at most 4 decimals; percentages have at most 4. ` +
	`Unknown body fields and query parameters are refused with a 400 that names them. Errors are application/problem+json.

Keys: Authorization: Bearer KEY, or X-API-Key: KEY, with the scope read or trigger; neither includes the other. ` +
	`Without configured keys, only clients on the same machine are served, and a request that changes something needs ` +
	`the content type application/json.`

// mountedOnly mounts the operations of some groups only. The document lists all of
// them.
type mountedOnly struct {
	huma.Adapter
	routes Routes
}

// Handle mounts an operation if its group is served.
func (m mountedOnly) Handle(op *huma.Operation, handler func(huma.Context)) {
	if group, ok := op.Metadata[groupKey].(Routes); ok && group&m.routes == 0 {
		return
	}
	m.Adapter.Handle(op, handler)
}

// refuseUnknown refuses a request without a route. ServeMux would do it in plain text.
func (s *server) refuseUnknown(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse, pattern := s.mux.Handler(r)
		if pattern != "" {
			next.ServeHTTP(w, r)
			return
		}
		refusal := inprocess.Serve(refuse, r)
		message := fmt.Sprintf("%s does not exist; /docs lists the routes", r.URL.Path)
		if refusal.Status == http.StatusMethodNotAllowed {
			allowed := refusal.Header.Get("Allow")
			message = fmt.Sprintf("%s %s: the method is not allowed; allowed: %s", r.Method, r.URL.Path, allowed)
			w.Header().Set("Allow", allowed)
		}
		problemAnswer(problemWith(refusal.Status, kindOfStatus(refusal.Status), message, nil)).write(w)
	})
}
