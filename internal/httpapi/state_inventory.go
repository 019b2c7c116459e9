package httpapi

import (
	"context"
	"net/http"
	"net/url"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
)

func (s *server) registerInventory() {
	register(s, operation{
		id: "models", method: http.MethodGet, path: "/models", group: RoutesResults, scope: apikey.Read,
		summary: "The configured models", description: "Without secrets.",
		answers: []documented{{status: http.StatusOK, description: "The models.", types: typesOf(api.ModelList{})}},
	}, s.listModels)
	register(s, operation{
		id: "experiments", method: http.MethodGet, path: "/experiments", group: RoutesResults, scope: apikey.Read,
		summary: "The books by experiment", description: "A book is one model's chain of closed days in an experiment.",
		answers: []documented{{status: http.StatusOK, description: "The experiments.", types: typesOf(api.ExperimentList{})}},
	}, s.listExperiments)
	register(s, operation{
		id: "coverage", method: http.MethodGet, path: "/prices/coverage", group: RoutesResults, scope: apikey.Read,
		summary: "The stored bars",
		description: "A gap is a trading day without a bar between a symbol's first and last one. A date has prices when at least half " +
			"of the universe of the default configuration has a bar.",
		answers: []documented{{status: http.StatusOK, description: "The coverage.", types: typesOf(api.Coverage{})}},
	}, s.priceCoverage)
}

func (s *server) listModels(ctx context.Context, _ *struct{}) (answer, error) {
	models, err := s.Models(ctx)
	if err != nil {
		return answer{}, err
	}
	list := api.ModelList{Models: make([]api.ConfiguredModel, 0, len(models))}
	for _, m := range models {
		shown := api.ConfiguredModel(m)
		shown.BaseURL = withoutCredentials(m.BaseURL)
		list.Models = append(list.Models, shown)
	}
	return jsonAnswer(http.StatusOK, list)
}

// withoutCredentials returns the part of an address that can hold no secret; "" for
// what is no address.
func withoutCredentials(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func (s *server) listExperiments(ctx context.Context, _ *struct{}) (answer, error) {
	heads, err := s.Store.Books(ctx, "")
	if err != nil {
		return answer{}, err
	}
	list := api.ExperimentList{Experiments: []api.Experiment{}}
	for _, h := range heads {
		n := len(list.Experiments)
		if n == 0 || list.Experiments[n-1].Experiment != h.Book.Experiment {
			list.Experiments = append(list.Experiments, api.Experiment{Experiment: h.Book.Experiment})
			n++
		}
		e := &list.Experiments[n-1]
		e.Books = append(e.Books, api.Book{
			Model: h.Book.Model, LastDate: dateOrNil(h.Last.Date), InitialCash: h.InitialCash, JobID: textOrNil(h.Job),
		})
		if last := h.Last.Date; !last.IsZero() && (e.LastDate == nil || *e.LastDate < last) {
			e.LastDate = &last
		}
	}
	return jsonAnswer(http.StatusOK, list)
}
