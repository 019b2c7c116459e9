package httpapi

import (
	"context"
	"net/http"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

func (s *server) registerTrades() {
	register(s, operation{
		id: "trades", method: http.MethodGet, path: "/trades", group: RoutesResults, scope: apikey.Read,
		summary: "Fills of a range of dates",
		description: "Without a model, of all models of the experiment; without dates, of all days. " +
			"A page ends with the last trade of a model-day, so it may hold slightly more than limit.",
		parameters: map[string]string{"job_id": "Only days that this job closed, superseded ones included; overrides experiment."},
		patterns:   map[string]string{"next": dayKeyPattern},
		answers: []documented{{
			status: http.StatusOK, description: "The trades; format=csv returns them as CSV.",
			types: typesOf(api.TradeList{}), csv: true, headers: []string{"Link"},
		}},
		errors: []int{http.StatusNotFound, http.StatusRequestEntityTooLarge},
	}, s.trades)
}

type tradesInput struct {
	DatesQuery
	Model  string `query:"model" maxLength:"100" doc:"Only this model."`
	Symbol string `query:"symbol" maxLength:"12" doc:"Only this ticker."`
	JobID  string `query:"job_id" maxLength:"100"`
	ExperimentQuery
	Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"5000" doc:"The approximate number of trades in one answer."`
	Next   string `query:"next" maxLength:"120" doc:"The next of the previous answer, for its next page."`
	Format string `query:"format" enum:"json,csv" default:"json" doc:"The format of the answer."`
}

// daysPerRead is how many model-days are read at a time in search of trades.
const daysPerRead = 500

func (s *server) trades(ctx context.Context, in *tradesInput) (answer, error) {
	from, to, err := in.parse()
	if err != nil {
		return answer{}, err
	}
	after, err := parseDayKey("next", in.Next)
	if err != nil {
		return answer{}, err
	}
	q, err := s.selectDays(ctx, in.JobID, in.Experiment, in.Model)
	if err != nil {
		return answer{}, err
	}
	page := tradePage{after: after, symbol: in.Symbol, limit: in.Limit, trades: []api.DatedFill{}}
	f := q.filter(max(from, after.date), to)
	for f.Limit = daysPerRead; page.next == ""; {
		days, err := s.Store.Days(ctx, f)
		if err != nil {
			return answer{}, err
		}
		page.add(days)
		if len(days) < f.Limit {
			break
		}
		if days[len(days)-1].Ref.Date == f.From { // a date has more model-days than are read at a time
			f.Limit *= 2
		}
		f.From = days[len(days)-1].Ref.Date
	}
	if in.Format == "csv" {
		return tradesCSV(page.trades, in.link(page.next))
	}
	return jsonAnswer(http.StatusOK, api.TradeList{Count: len(page.trades), Next: page.next, Trades: page.trades})
}

// tradePage collects trades of whole model-days until there are enough.
type tradePage struct {
	after  dayKey // the last model-day on the page
	symbol string // "": all
	limit  int
	trades []api.DatedFill
	next   string // the cursor of the next page
}

// add takes the trades of the days after the cursor. The days are in order, and may
// begin with some that the page already has.
func (p *tradePage) add(days []sim.Day) {
	for _, d := range days {
		key := dayKey{d.Ref.Date, d.Book.Model}
		if !p.after.before(key) {
			continue
		}
		if len(p.trades) >= p.limit {
			p.next = p.after.String()
			return
		}
		p.after = key
		for _, t := range trades(d) {
			if p.symbol == "" || t.Symbol == p.symbol {
				p.trades = append(p.trades, api.DatedFill{Date: d.Ref.Date, Model: d.Book.Model, JobID: d.JobID, Trade: t})
			}
		}
	}
}

func tradesCSV(trades []api.DatedFill, next string) (answer, error) {
	head := []string{"id", "date", "model", "job_id", "action", "symbol", "amount", "price", "commission", "total", "cash_after"}
	rows := make([][]string, 0, len(trades))
	for _, t := range trades {
		rows = append(rows, []string{
			t.ID, t.Date.String(), t.Model, t.JobID, string(t.Action), t.Symbol,
			t.Amount.String(), t.Price.String(), t.Commission.String(), t.Total.String(), t.CashAfter.String(),
		})
	}
	return csvAnswer(head, rows, next)
}

// link is the address of the next page.
func (in *tradesInput) link(next string) string {
	return pageLink("/trades", next, in.Limit, map[string]string{
		"format":     in.Format,
		"experiment": in.Experiment,
		"start_date": in.StartDate,
		"end_date":   in.EndDate,
		"model":      in.Model,
		"job_id":     in.JobID,
		"symbol":     in.Symbol,
	})
}
