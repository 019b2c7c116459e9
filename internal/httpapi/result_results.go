package httpapi

import (
	"bytes"
	"context"
	"net/http"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

func (s *server) registerResults() {
	register(s, operation{
		id: "results", method: http.MethodGet, path: "/results", group: RoutesResults, scope: apikey.Read,
		summary: "What models did, and what their portfolios are worth",
		description: `With date: the closed day of each model. With start_date or end_date, or without any date (the 30 days up to ` +
			`the last close): one value per day of each model, and figures of the period.

Values are computed when they are read, at the close of the day. While a close is not known, the open is used, and marked; ` +
			`a symbol without a bar on the day is valued at its last close before.

Formulas of period_metrics: period_return_pct = 100 * (ending / starting - 1); starting_portfolio_value is the close of the ` +
			`model's last day before the first one in the range, or its initial cash; ` +
			`annualized_return_pct = 100 * ((ending / starting)^(365 / calendar_days) - 1); ` +
			`calendar_days counts from start_date to end_date, both included.`,
		parameters: map[string]string{
			"end_date": "The last date of a range, included. Without it, the last close of the experiment, or of the job where one is given.",
			"job_id":   "Only days that this job closed, superseded ones included; overrides experiment.",
			"detail": "For one date, full adds trades, allocation and ai_reasoning; for a range, the metrics that need trades, " +
				"and confidence intervals.",
			"reasoning": "For one date: summary adds ai_reasoning, full the transcript as well. Without it, detail decides.",
		},
		answers: []documented{{
			status: http.StatusOK,
			description: "The results; format=csv returns a range as CSV with the columns " +
				"model, job_id, date, portfolio_value, valued_at.",
			types: typesOf(api.DayResults{}, api.RangeResults{}), csv: true, headers: []string{"Link"},
		}},
		errors: []int{http.StatusNotFound, http.StatusRequestEntityTooLarge},
	}, s.results)
}

type resultsInput struct {
	Date      string `query:"date" format:"date" doc:"One trading date."`
	StartDate string `query:"start_date" format:"date" doc:"The first date of a range. Without it, 29 days before the end."`
	EndDate   string `query:"end_date" format:"date"`
	Model     string `query:"model" maxLength:"100" doc:"Only this model."`
	JobID     string `query:"job_id" maxLength:"100"`
	ExperimentQuery
	Detail    string `query:"detail" enum:"minimal,full" default:"minimal"`
	Reasoning string `query:"reasoning" enum:"none,summary,full"`
	Limit     int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"The largest number of results (models) in one answer."`
	Next      string `query:"next" maxLength:"100" doc:"The next of the previous answer, for its next page."`
	Benchmark bool   `query:"benchmark" doc:"For a range: whether to include the closes of the benchmark."`
	Format    string `query:"format" enum:"json,csv" default:"json" doc:"The format of the answer; csv for ranges only."`
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
		return answer{}, sim.Errorf(sim.KindInvalid,
			"query parameter \"date\" is for one date, start_date and end_date are for a range: give one or the other")
	}
	if in.Format == "csv" {
		return answer{}, sim.Errorf(sim.KindInvalid,
			"query parameter \"format\": csv is for ranges; give start_date and end_date instead of date")
	}
	date, err := dateQuery("date", in.Date)
	if err != nil {
		return answer{}, err
	}
	return s.dayResults(ctx, q, date, in)
}

// resultList encodes results one by one, so that an answer that would be too large is
// noticed before it exists.
type resultList struct {
	items [][]byte
	size  int // bytes
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

// answer puts the results after the other members of their envelope.
func (l *resultList) answer(e envelope) (answer, error) {
	head, err := encode(e)
	if err != nil {
		return answer{}, err
	}
	head = bytes.TrimSuffix(head, []byte("}\n"))
	body := make([]byte, 0, len(head)+l.size+20)
	body = append(append(body, head...), `,"results":[`...)
	body = append(append(body, bytes.Join(l.items, []byte(","))...), "]}\n"...)
	return rawAnswer(http.StatusOK, "application/json", body)
}

// envelope is what api.DayResults and api.RangeResults have before their results.
type envelope struct {
	Date      *sim.Date            `json:"date,omitempty"`
	Count     int                  `json:"count"`
	Next      string               `json:"next,omitempty"`
	Benchmark *api.BenchmarkSeries `json:"benchmark,omitempty"`
}
