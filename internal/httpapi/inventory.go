package httpapi

import (
	"context"
	"net/http"
	"net/url"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// ModelList is what is configured.
type ModelList struct {
	Models []ConfiguredModel `json:"models" doc:"The configured models."`
}

// ConfiguredModel is one configured contestant.
type ConfiguredModel struct {
	Config    string `json:"config" doc:"The configuration that names it."`
	Signature string `json:"signature" doc:"Its name in requests and results."`
	Name      string `json:"name" doc:"Its name for people."`
	BaseModel string `json:"basemodel" doc:"What answers: a model of a provider, builtin/NAME or recorded/PATH."`
	BaseURL   string `json:"openai_base_url,omitempty" doc:"Where it is asked, without credentials and query."`
	Enabled   bool   `json:"enabled" doc:"Whether it runs when a trigger names no model."`
}

// ExperimentList is which books exist.
type ExperimentList struct {
	Experiments []Experiment `json:"experiments" doc:"The experiments, sorted by name."`
}

// Experiment is a namespace of portfolios.
type Experiment struct {
	Experiment string    `json:"experiment" doc:"Its name."`
	LastDate   *sim.Date `json:"last_date" nullable:"true" doc:"The last date that a model of it has closed."`
	Books      []Book    `json:"books" doc:"Its books, sorted by model."`
}

// Book is a model's chain of closed days.
type Book struct {
	Model       string    `json:"model" doc:"The signature of the model."`
	LastDate    *sim.Date `json:"last_date" nullable:"true" doc:"Its last closed day; null when none is."`
	InitialCash sim.Money `json:"initial_cash" doc:"USD that it began with; 0 before its first closed day."`
	JobID       *string   `json:"job_id" doc:"The active job that may write to it; null when none may."`
}

func (s *server) registerInventory() {
	register(s, operation{
		id: "models", method: http.MethodGet, path: "/models", group: RoutesResults, scope: apikey.Read,
		summary: "What is configured", description: "Without secrets.",
		answers: []documented{{status: http.StatusOK, description: "The models.", types: typesOf(ModelList{})}},
	}, s.listModels)
	register(s, operation{
		id: "experiments", method: http.MethodGet, path: "/experiments", group: RoutesResults, scope: apikey.Read,
		summary: "Which books exist", description: "A book is one model's chain of closed days in an experiment.",
		answers: []documented{{status: http.StatusOK, description: "The experiments.", types: typesOf(ExperimentList{})}},
	}, s.listExperiments)
	register(s, operation{
		id: "coverage", method: http.MethodGet, path: "/prices/coverage", group: RoutesResults, scope: apikey.Read,
		summary: "Which bars exist", description: "A gap is a trading day without a bar between a symbol's first and last one. A date has prices when at least half of the universe of the default configuration has a bar.",
		answers: []documented{{status: http.StatusOK, description: "The coverage.", types: typesOf(Coverage{})}},
	}, s.priceCoverage)
}

func (s *server) listModels(ctx context.Context, _ *struct{}) (answer, error) {
	models, err := s.Models(ctx)
	if err != nil {
		return answer{}, err
	}
	list := ModelList{Models: make([]ConfiguredModel, 0, len(models))}
	for _, m := range models {
		shown := ConfiguredModel(m)
		shown.BaseURL = withoutCredentials(m.BaseURL)
		list.Models = append(list.Models, shown)
	}
	return jsonAnswer(http.StatusOK, list)
}

// withoutCredentials returns the part of an address that can hold no secret; ""
// when it is no address.
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
	list := ExperimentList{Experiments: []Experiment{}}
	for _, h := range heads {
		n := len(list.Experiments)
		if n == 0 || list.Experiments[n-1].Experiment != h.Book.Experiment {
			list.Experiments = append(list.Experiments, Experiment{Experiment: h.Book.Experiment})
			n++
		}
		e := &list.Experiments[n-1]
		e.Books = append(e.Books, Book{Model: h.Book.Model, LastDate: known(h.Last.Date), InitialCash: h.InitialCash, JobID: text(h.Job)})
		if last := h.Last.Date; !last.IsZero() && (e.LastDate == nil || *e.LastDate < last) {
			e.LastDate = &last
		}
	}
	return jsonAnswer(http.StatusOK, list)
}
