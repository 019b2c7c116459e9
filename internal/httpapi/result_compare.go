package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

func (s *server) registerCompare() {
	register(s, operation{
		id: "compare", method: http.MethodGet, path: "/compare", group: RoutesResults, scope: apikey.Read,
		summary: "Models side by side",
		description: "Figures of each model over its days in the range, and for every pair of models the difference of their daily returns " +
			"on the days that all have in common.",
		patterns: map[string]string{"models": "^[^,]+(,[^,]+){1,9}$"},
		answers:  []documented{{status: http.StatusOK, description: "The comparison.", types: typesOf(api.ModelComparison{})}},
		errors:   []int{http.StatusNotFound},
	}, s.compareModels)
}

type compareInput struct {
	Models string `query:"models" required:"true" maxLength:"2000" doc:"Two to ten signatures, separated by commas."`
	DatesQuery
	ExperimentQuery
}

// maxCompared bounds the models of a comparison.
const maxCompared = 10

func (in *compareInput) signatures() ([]string, error) {
	models := strings.Split(in.Models, ",")
	distinct := slices.Compact(slices.Sorted(slices.Values(models)))
	if len(models) < 2 || len(models) > maxCompared || len(distinct) < len(models) || distinct[0] == "" {
		return nil, sim.Errorf(sim.KindInvalid, "query parameter \"models\": %q; 2 to %d different signatures separated by commas are expected",
			in.Models, maxCompared)
	}
	return models, nil
}

func (s *server) compareModels(ctx context.Context, in *compareInput) (answer, error) {
	models, err := in.signatures()
	if err != nil {
		return answer{}, err
	}
	from, to, err := in.parse()
	if err != nil {
		return answer{}, err
	}
	q := selection{experiment: in.Experiment}
	comparison := api.ModelComparison{Experiment: in.Experiment, Models: []api.Compared{}, Pairs: []api.Pair{}}
	if comparison.Benchmark, err = s.benchmarkOf(ctx, q); err != nil {
		return answer{}, err
	}
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return answer{}, err
	}
	benchmark := portfolio.Benchmark{Market: market, Symbol: comparison.Benchmark}
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
		comparison.Models = append(comparison.Models, api.Compared{
			Model:     model,
			StartDate: curve.Points[0].Date,
			EndDate:   curve.Last().Date,
			Metrics:   performanceOf(curve, benchmark, true),
		})
		curves[i] = curve.Series().ByDate()
	}
	addPairs(&comparison, curves)
	return jsonAnswer(http.StatusOK, comparison)
}

// addPairs compares every pair of curves on the days that all have in common.
func addPairs(c *api.ModelComparison, curves []portfolio.Closes) {
	dates, pairs := portfolio.ComparePairs(curves)
	c.Comparison = comparisonOn(dates)
	for _, p := range pairs {
		pair := api.Pair{Model: c.Models[p.First].Model, Other: c.Models[p.Second].Model, Versus: versus(p.Difference)}
		if p.Correlation.OK() {
			pair.Correlation = new(decimals(p.Correlation.Value, ratioDecimals))
		}
		c.Pairs = append(c.Pairs, pair)
	}
}
