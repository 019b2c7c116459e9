package httpapi

import (
	"bytes"
	"context"
	"net/http"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// DayResults is the answer for one date.
type DayResults struct {
	Date    sim.Date    `json:"date" doc:"The trading date."`
	Count   int         `json:"count" doc:"The number of results in this answer."`
	Next    string      `json:"next,omitempty" doc:"There are more results: pass this as next."`
	Results []DayResult `json:"results" doc:"One result per model, in order of its signature."`
}

// RangeResults is the answer for a range of dates.
type RangeResults struct {
	Count   int           `json:"count" doc:"The number of results in this answer."`
	Next    string        `json:"next,omitempty" doc:"There are more results: pass this as next."`
	Results []RangeResult `json:"results" doc:"One result per model, in order of its signature."`
	// Benchmark is asked for.
	Benchmark *BenchmarkSeries `json:"benchmark,omitempty" doc:"With benchmark=true: what holding the benchmark would have given."`
}

func (s *server) registerResults() {
	register(s, operation{
		id: "results", method: http.MethodGet, path: "/results", group: RoutesResults, scope: apikey.Read,
		summary: "What models did, and what their portfolios are worth",
		description: `With date: the closed day of each model. With start_date or end_date, and also without any date (then the 30 days up to the last close): one value per day of each model, and figures of the period.

Values are computed when they are read, at the close of the day; at its open, and marked so, while a close is not known; a symbol without a bar that day counts at its last close before.

Formulas of period_metrics: period_return_pct = 100 * (ending / starting - 1); starting_portfolio_value is the close of the model's last day before the first one in the range, or its initial cash; annualized_return_pct = 100 * ((ending / starting)^(365 / calendar_days) - 1); calendar_days counts from start_date to end_date, both included.`,
		answers: []documented{{status: http.StatusOK, description: "The results; format=csv gives a range as CSV with the columns model, job_id, date, portfolio_value, valued_at.", types: typesOf(DayResults{}, RangeResults{}), csv: true, headers: []string{"Link"}}},
		errors:  []int{http.StatusNotFound, http.StatusRequestEntityTooLarge},
	}, s.results)
}

type resultsInput struct {
	Date       string `query:"date" format:"date" doc:"One trading date."`
	StartDate  string `query:"start_date" format:"date" doc:"The first date of a range. Without it, 29 days before the end."`
	EndDate    string `query:"end_date" format:"date" doc:"The last date of a range, included. Without it, the last close of the experiment, or of the job if one is given."`
	Model      string `query:"model" maxLength:"100" doc:"Only this model."`
	JobID      string `query:"job_id" maxLength:"100" doc:"Only days that this job closed, superseded ones included. The job's experiment counts then."`
	Experiment string `query:"experiment" default:"main" pattern:"^[a-z0-9-]{1,40}$" doc:"The namespace of the portfolios."`
	Detail     string `query:"detail" enum:"minimal,full" default:"minimal" doc:"For one date, full adds trades and ai_reasoning; for a range, the metrics that need trades, and intervals."`
	Reasoning  string `query:"reasoning" enum:"none,summary,full" doc:"For one date: summary adds ai_reasoning, full the transcript too. Without it, detail decides."`
	Limit      int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"The most results (models) in one answer."`
	Next       string `query:"next" maxLength:"100" doc:"Go on where an answer before said."`
	Benchmark  bool   `query:"benchmark" doc:"For a range: whether the closes of the benchmark come with it."`
	Format     string `query:"format" enum:"json,csv" default:"json" doc:"The form of the answer; csv for ranges only."`
}

func (s *server) results(ctx context.Context, in *resultsInput) (answer, error) {
	q, err := s.selectDays(ctx, in.JobID, in.Experiment, in.Model)
	if err != nil {
		return answer{}, err
	}
	if in.Date == "" {
		return s.rangeResults(ctx, q, in)
	}
	if in.StartDate != "" || in.EndDate != "" {
		return answer{}, sim.Errorf(sim.KindInvalid, "query parameter \"date\" is for one date, start_date and end_date are for a range: give one or the other")
	}
	if in.Format == "csv" {
		return answer{}, sim.Errorf(sim.KindInvalid, "query parameter \"format\": csv is for ranges; give start_date and end_date instead of date")
	}
	date, err := dateQuery("date", in.Date)
	if err != nil {
		return answer{}, err
	}
	return s.dayResults(ctx, q, date, in)
}

// resultList encodes results one by one, so that an answer that would be too
// large is noticed before it exists.
type resultList struct {
	items [][]byte
	size  int
}

func (l *resultList) add(item any) error {
	b, err := encode(item)
	if err != nil {
		return err
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	l.items = append(l.items, b)
	if l.size += len(b) + 1; l.size > maxAnswer {
		return errTooLarge()
	}
	return nil
}

// answer puts the results behind the other members of their envelope, an object
// that is not empty.
func (l *resultList) answer(envelope any) (answer, error) {
	head, err := encode(envelope)
	if err != nil {
		return answer{}, err
	}
	head = bytes.TrimSuffix(head, []byte("}\n"))
	body := make([]byte, 0, len(head)+l.size+20)
	body = append(append(body, head...), `,"results":[`...)
	body = append(append(body, bytes.Join(l.items, []byte(","))...), "]}\n"...)
	return rawAnswer(http.StatusOK, "application/json", body)
}

// envelope is what DayResults and RangeResults have before their results.
type envelope struct {
	Date  *sim.Date `json:"date,omitempty"`
	Count int       `json:"count"`
	Next  string    `json:"next,omitempty"`
	// Benchmark is asked for with ranges.
	Benchmark *BenchmarkSeries `json:"benchmark,omitempty"`
}
