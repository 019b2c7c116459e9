package httpapi

import (
	"context"
	"net/http"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// TradeList lists fills.
type TradeList struct {
	Count  int         `json:"count" doc:"The number of trades in this answer."`
	Next   string      `json:"next,omitempty" doc:"Where the list goes on, if it does."`
	Trades []DatedFill `json:"trades" doc:"The fills in order of date, model and time."`
}

// DatedFill is a fill with its day.
type DatedFill struct {
	Date  sim.Date `json:"date" doc:"The trading date."`
	Model string   `json:"model" doc:"The signature of the model."`
	JobID string   `json:"job_id" doc:"The job that closed the day."`
	Trade
}

func (s *server) registerTrades() {
	register(s, operation{
		id: "trades", method: http.MethodGet, path: "/trades", group: RoutesResults, scope: apikey.Read,
		summary:     "Fills of a range of dates",
		description: `Without a model, all of the experiment; without dates, all days. A page ends with the last trade of a model-day, so it may hold some more than limit.`,
		answers:     []documented{{status: http.StatusOK, description: "The trades; format=csv gives the same as CSV.", types: typesOf(TradeList{}), csv: true, headers: []string{"Link"}}},
		errors:      []int{http.StatusNotFound, http.StatusRequestEntityTooLarge},
	}, s.trades)
}

type tradesInput struct {
	StartDate  string `query:"start_date" format:"date" doc:"The first date; without it, from the beginning."`
	EndDate    string `query:"end_date" format:"date" doc:"The last date, included; without it, to the end."`
	Model      string `query:"model" maxLength:"100" doc:"Only this model."`
	Symbol     string `query:"symbol" maxLength:"12" doc:"Only this ticker."`
	JobID      string `query:"job_id" maxLength:"100" doc:"Only days that this job closed, superseded ones included. The job's experiment counts then."`
	Experiment string `query:"experiment" default:"main" pattern:"^[a-z0-9-]{1,40}$" doc:"The namespace of the portfolios."`
	Limit      int    `query:"limit" default:"1000" minimum:"1" maximum:"5000" doc:"About how many trades there are in one answer."`
	Next       string `query:"next" maxLength:"120" doc:"Go on where an answer before said."`
	Format     string `query:"format" enum:"json,csv" default:"json" doc:"The form of the answer."`
}

// daysAtOnce is how many model-days are read at a time in search of trades.
const daysAtOnce = 500

func (s *server) trades(ctx context.Context, in *tradesInput) (answer, error) {
	from, to, err := rangeQuery(in.StartDate, in.EndDate)
	if err != nil {
		return answer{}, err
	}
	after, err := parsePlace("next", in.Next)
	if err != nil {
		return answer{}, err
	}
	q, err := s.selectDays(ctx, in.JobID, in.Experiment, in.Model)
	if err != nil {
		return answer{}, err
	}
	list := TradeList{Trades: []DatedFill{}}
	f := q.filter(max(from, after.date), to)
	for f.Limit = daysAtOnce; list.Next == ""; {
		days, err := s.Store.Days(ctx, f)
		if err != nil {
			return answer{}, err
		}
		list.collect(days, &after, in)
		if len(days) < f.Limit {
			break
		}
		if days[len(days)-1].Ref.Date == f.From { // more model-days on a date than are read at a time
			f.Limit *= 2
		}
		f.From = days[len(days)-1].Ref.Date
	}
	list.Count = len(list.Trades)
	if in.Format == "csv" {
		return list.csv(in)
	}
	return jsonAnswer(http.StatusOK, list)
}

// collect takes the trades of days after a cursor, which it moves, until there are
// enough.
func (l *TradeList) collect(days []sim.Day, after *place, in *tradesInput) {
	for _, d := range days {
		at := place{d.Ref.Date, d.Book.Model}
		if !after.before(at) {
			continue
		}
		if len(l.Trades) >= in.Limit {
			l.Next = after.String()
			return
		}
		*after = at
		for _, t := range trades(d) {
			if in.Symbol == "" || t.Symbol == in.Symbol {
				l.Trades = append(l.Trades, DatedFill{d.Ref.Date, d.Book.Model, d.JobID, t})
			}
		}
	}
}

func (l *TradeList) csv(in *tradesInput) (answer, error) {
	rows := make([][]string, 0, len(l.Trades))
	for _, t := range l.Trades {
		rows = append(rows, []string{
			t.ID, t.Date.String(), t.Model, t.JobID, string(t.Action), t.Symbol, t.Amount.String(), t.Price.String(), t.Commission.String(), t.Total.String(), t.CashAfter.String(),
		})
	}
	return csvAnswer([]string{"id", "date", "model", "job_id", "action", "symbol", "amount", "price", "commission", "total", "cash_after"}, rows, in.link(l.Next))
}

// link is the address of the next page.
func (in *tradesInput) link(next string) string {
	return pageLink("/trades", next, in.Limit, map[string]string{
		"format": in.Format, "experiment": in.Experiment, "start_date": in.StartDate, "end_date": in.EndDate, "model": in.Model, "job_id": in.JobID, "symbol": in.Symbol,
	})
}
