package httpapi

import (
	"context"
	"net/http"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

func (s *server) registerTimeseries() {
	register(s, operation{
		id: "timeseries", method: http.MethodGet, path: "/portfolio/timeseries", group: RoutesResults, scope: apikey.Read,
		summary: "A model's equity curve",
		description: "The curve begins with the initial cash, dated the trading day before the model's first day, " +
			"and continues with the close of each of its closed days. A range selects a part of it; its returns stay those of the whole curve.",
		answers: []documented{{status: http.StatusOK, description: "The curve.", types: typesOf(api.TimeSeries{})}},
		errors:  []int{http.StatusNotFound, http.StatusRequestEntityTooLarge},
	}, s.timeseries)
}

type timeseriesInput struct {
	Model string `query:"model" required:"true" minLength:"1" maxLength:"100" doc:"The signature of the model."`
	DatesQuery
	ExperimentQuery
}

func (s *server) timeseries(ctx context.Context, in *timeseriesInput) (answer, error) {
	from, to, err := in.parse()
	if err != nil {
		return answer{}, err
	}
	q := selection{experiment: in.Experiment, model: in.Model}
	heads, err := s.Store.Heads(ctx, []sim.BookKey{{Experiment: in.Experiment, Model: in.Model}})
	if err != nil {
		return answer{}, err
	}
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return answer{}, err
	}
	curve, ok, err := s.readCurve(ctx, market, q.filter(from, to), true)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, q.noData("model %q has no closed day in experiment %q in the range", in.Model, in.Experiment)
	}
	series := api.TimeSeries{Model: in.Model, Experiment: in.Experiment}
	if base := curve.Before; curve.Days[0].Prev.IsZero() && base.Date >= from {
		series.Points = append(series.Points, api.Point{
			Date: base.Date, Value: base.Value, CumulativePct: new(sim.Percent), Cash: base.Cash, ValuedAt: base.Basis,
		})
	}
	series.Points = append(series.Points, curvePoints(curve, heads[0].InitialCash)...)
	return jsonAnswer(http.StatusOK, series)
}

// curvePoints returns the closes of a curve with their returns.
func curvePoints(c portfolio.Curve, initial sim.Money) []api.Point {
	points := make([]api.Point, 0, len(c.Points))
	before := c.Before
	for _, p := range c.Points {
		points = append(points, api.Point{
			Date:          p.Date,
			Value:         p.Value,
			DailyPct:      portfolio.Return(before.Value, p.Value),
			CumulativePct: portfolio.Return(initial, p.Value),
			Cash:          p.Cash,
			ValuedAt:      p.Basis,
		})
		before = p
	}
	return points
}
