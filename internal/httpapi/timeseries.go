package httpapi

import (
	"context"
	"net/http"

	"aitrader/internal/apikey"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

// TimeSeries is a model's equity curve.
type TimeSeries struct {
	Model      string  `json:"model" doc:"The signature of the model."`
	Experiment string  `json:"experiment" doc:"The namespace of the portfolios."`
	Points     []Point `json:"timeseries" doc:"The curve, in order."`
}

// Point is what a model's portfolio is worth at the close of a day.
type Point struct {
	Date          sim.Date     `json:"date" doc:"The trading date."`
	Value         sim.Money    `json:"portfolio_value" doc:"USD at the close of the day."`
	DailyPct      *sim.Percent `json:"daily_return_pct" nullable:"true" doc:"Percent against the point before it on the curve; null for the initial cash."`
	CumulativePct *sim.Percent `json:"cumulative_return_pct" nullable:"true" doc:"Percent against the initial cash."`
	Cash          sim.Money    `json:"cash" doc:"USD that are not invested."`
	ValuedAt      sim.Basis    `json:"valued_at" enum:"close,open,last_close" doc:"The weakest price in portfolio_value: the day's close; its open, while the close is not known; the last close before, for a symbol without a bar that day."`
}

func (s *server) registerTimeseries() {
	register(s, operation{
		id: "timeseries", method: http.MethodGet, path: "/portfolio/timeseries", group: RoutesResults, scope: apikey.Read,
		summary:     "A model's equity curve",
		description: "The curve begins with the initial cash, dated the trading day before the model's first day, and goes on with the close of each of its closed days. A range cuts a part out of it; its returns stay those of the whole curve.",
		answers:     []documented{{status: http.StatusOK, description: "The curve.", types: typesOf(TimeSeries{})}},
		errors:      []int{http.StatusNotFound, http.StatusRequestEntityTooLarge},
	}, s.timeseries)
}

type timeseriesInput struct {
	Model      string `query:"model" required:"true" maxLength:"100" doc:"The signature of the model."`
	StartDate  string `query:"start_date" format:"date" doc:"The first date; without it, from the beginning."`
	EndDate    string `query:"end_date" format:"date" doc:"The last date, included; without it, to the end."`
	Experiment string `query:"experiment" default:"main" pattern:"^[a-z0-9-]{1,40}$" doc:"The namespace of the portfolios."`
}

func (s *server) timeseries(ctx context.Context, in *timeseriesInput) (answer, error) {
	from, to, err := rangeQuery(in.StartDate, in.EndDate)
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
	series := TimeSeries{Model: in.Model, Experiment: in.Experiment, Points: curvePoints(curve, heads[0].InitialCash)}
	if base := curve.Before; curve.Days[0].Prev.IsZero() && base.Date >= from {
		point := Point{Date: base.Date, Value: base.Value, CumulativePct: new(sim.Percent), Cash: base.Cash, ValuedAt: base.Basis}
		series.Points = append([]Point{point}, series.Points...)
	}
	return jsonAnswer(http.StatusOK, series)
}

// curvePoints returns the closes of a curve with their returns.
func curvePoints(c portfolio.Curve, initial sim.Money) []Point {
	out := make([]Point, 0, len(c.Points)+1)
	before := c.Before
	for _, p := range c.Points {
		out = append(out, Point{
			Date:          p.Date,
			Value:         p.Value,
			DailyPct:      portfolio.Return(before.Value, p.Value),
			CumulativePct: portfolio.Return(initial, p.Value),
			Cash:          p.Cash,
			ValuedAt:      p.Basis,
		})
		before = p
	}
	return out
}
