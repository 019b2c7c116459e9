package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"aitrader/internal/apikey"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

// ModelComparison puts models beside each other on the same days.
type ModelComparison struct {
	Experiment string     `json:"experiment" doc:"The namespace of the portfolios."`
	Benchmark  string     `json:"benchmark" doc:"The ticker of the benchmark; empty when none is configured."`
	Comparison Comparison `json:"comparison" doc:"What the pairs rest on."`
	Models     []Compared `json:"models" doc:"The models in the order of the question."`
	Pairs      []Pair     `json:"pairs" doc:"Each two of them; empty with fewer than 20 common days."`
}

// Compared is one of the models.
type Compared struct {
	Model     string      `json:"model" doc:"The signature of the model."`
	StartDate sim.Date    `json:"start_date" doc:"Its first closed day in the range."`
	EndDate   sim.Date    `json:"end_date" doc:"Its last one."`
	Metrics   Performance `json:"metrics" doc:"What its own curve says, over all its days in the range."`
}

// Pair compares two models.
type Pair struct {
	Model       string   `json:"model" doc:"One of the two."`
	Other       string   `json:"other" doc:"The other one."`
	Correlation *float64 `json:"correlation" nullable:"true" doc:"Of their daily returns (Pearson); null when one of them does not move."`
	Versus
}

func (s *server) registerCompare() {
	register(s, operation{
		id: "compare", method: http.MethodGet, path: "/compare", group: RoutesResults, scope: apikey.Read,
		summary:     "Models beside each other",
		description: "Figures of each model over its days in the range, and for each two of them how their daily returns differ on the days that all have in common.",
		answers:     []documented{{status: http.StatusOK, description: "The comparison.", types: typesOf(ModelComparison{})}},
		errors:      []int{http.StatusNotFound},
	}, s.compareModels)
}

type compareInput struct {
	Models     string `query:"models" required:"true" maxLength:"2000" doc:"Two to ten signatures, with commas between."`
	StartDate  string `query:"start_date" format:"date" doc:"The first date; without it, from the beginning."`
	EndDate    string `query:"end_date" format:"date" doc:"The last date, included; without it, to the end."`
	Experiment string `query:"experiment" default:"main" pattern:"^[a-z0-9-]{1,40}$" doc:"The namespace of the portfolios."`
}

const mostCompared = 10

func (in *compareInput) models() ([]string, error) {
	models := strings.Split(in.Models, ",")
	sorted := slices.Compact(slices.Sorted(slices.Values(models)))
	if len(models) < 2 || len(models) > mostCompared || len(sorted) < len(models) || sorted[0] == "" {
		return nil, sim.Errorf(sim.KindInvalid, "query parameter \"models\": %q; 2 to %d different signatures with commas between are expected", in.Models, mostCompared)
	}
	return models, nil
}

func (s *server) compareModels(ctx context.Context, in *compareInput) (answer, error) {
	models, err := in.models()
	if err != nil {
		return answer{}, err
	}
	from, to, err := rangeQuery(in.StartDate, in.EndDate)
	if err != nil {
		return answer{}, err
	}
	q := selection{experiment: in.Experiment}
	out := ModelComparison{Experiment: in.Experiment, Models: []Compared{}, Pairs: []Pair{}}
	if out.Benchmark, err = s.benchmarkOf(ctx, q); err != nil {
		return answer{}, err
	}
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return answer{}, err
	}
	curves := make([]portfolio.Closes, len(models))
	for i, model := range models {
		q.model = model
		curve, ok, err := s.readCurve(ctx, market, q.filter(from, to), false)
		if err != nil {
			return answer{}, err
		}
		if !ok {
			return answer{}, q.noData("model %q has no closed day in experiment %q in the range", model, in.Experiment)
		}
		out.Models = append(out.Models, Compared{
			Model:     model,
			StartDate: curve.Points[0].Date,
			EndDate:   curve.Last().Date,
			Metrics:   performanceOf(market, curve, out.Benchmark, true),
		})
		curves[i] = curve.Series().ByDate()
	}
	out.addPairs(curves)
	return jsonAnswer(http.StatusOK, out)
}

// addPairs compares each two curves on the days that all have in common.
func (c *ModelComparison) addPairs(curves []portfolio.Closes) {
	dates, pairs := portfolio.ComparePairs(curves)
	c.Comparison = comparisonOver(dates)
	for _, p := range pairs {
		c.Pairs = append(c.Pairs, Pair{
			Model:       c.Models[p.First].Model,
			Other:       c.Models[p.Second].Model,
			Correlation: Reasons{}.ratio("correlation", p.Correlation),
			Versus:      versus(p.Difference),
		})
	}
}
