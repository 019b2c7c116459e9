package download

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/vendorhttp"
)

// compactDays is how many trading days the compact answer holds, the most recent ones.
const compactDays = 100

// alphaVantage is Alpha Vantage: TIME_SERIES_DAILY, which is raw, SPLITS and
// DIVIDENDS, each for one symbol.
type alphaVantage struct{ *client }

// Questions implements [Vendor], with one question for each symbol.
func (a alphaVantage) Questions(m Missing, settled sim.Date) []Question {
	return bySymbol(m, func(q *Question) {
		q.Whole = len(sim.DefaultMarket.Bars(q.Dates[0], settled)) >= compactDays
	})
}

// bySymbol makes a question for each symbol.
func bySymbol(m Missing, complete func(q *Question)) []Question {
	var questions []Question
	for _, symbol := range m.symbols() {
		q := Question{Symbols: []string{symbol}, Dates: m[symbol]}
		complete(&q)
		questions = append(questions, q)
	}
	return questions
}

// Ask implements [Vendor].
func (a alphaVantage) Ask(ctx context.Context, q Question) (Answer, error) {
	found := newRows(q)
	answered, err := a.daily(ctx, found, q.Whole)
	if q.Whole && sim.IsKind(err, sim.KindForbidden) {
		// The plan of the key does not include whole histories. The last days may do.
		answered, err = a.daily(ctx, found, false)
	}
	for _, read := range []func(context.Context, *rows) error{a.splits, a.dividends} {
		if err == nil {
			err = read(ctx, found)
		}
	}
	if err != nil {
		return Answer{}, err
	}
	answer := found.answer()
	answer.Answered = answered
	return answer, nil
}

// vantageAnswer holds any answer of Alpha Vantage. Every answer has status 200, also
// one about a reached limit or a wrong question.
type vantageAnswer struct {
	Meta struct {
		Symbol string `json:"2. Symbol"`
	} `json:"Meta Data"`
	Symbol string            `json:"symbol"`
	Series members           `json:"Time Series (Daily)"`
	Data   []json.RawMessage `json:"data"`

	Note        string `json:"Note"`
	Information string `json:"Information"`
	Mistake     string `json:"Error Message"`
}

// call calls a function of the API for the symbol of a question.
func (a alphaVantage) call(ctx context.Context, q Question, function string, more ...string) (vantageAnswer, error) {
	symbol := strings.ReplaceAll(q.Symbols[0], ".", "-")
	query := url.Values{"function": {function}, "symbol": {symbol}}
	for i := 0; i < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	r := request{query: query, keyIn: vendorhttp.Parameter("apikey")}
	return ask(ctx, a.client, r, func(body []byte) (answer vantageAnswer, err error) {
		if json.Unmarshal(body, &answer) != nil {
			return vantageAnswer{}, unreadable()
		}
		if answer.Series != nil || answer.Data != nil {
			if told := answer.Meta.Symbol + answer.Symbol; !strings.EqualFold(told, symbol) {
				return vantageAnswer{}, unreadable() // about another symbol
			}
			return answer, nil
		}
		if function != "TIME_SERIES_DAILY" && strings.TrimSpace(string(body)) == "{}" {
			return answer, nil // nothing is known to have happened
		}
		return vantageAnswer{}, answer.message()
	})
}

// message returns the error of an answer without data. A note may name several limits;
// the shortest one counts.
func (answer vantageAnswer) message() error {
	text := strings.ToLower(answer.Note + " " + answer.Information + " " + answer.Mistake)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	switch {
	case has("per minute", "per second", "call frequency"):
		return &vendorhttp.Failure{Err: failed(sim.KindRateLimited, "was asked too often"), Retry: true, After: rateLimitPause}
	case has("per day", "rate limit"):
		return failed(sim.KindRateLimited, "has answered all that the plan of the key allows today")
	case has("apikey", "api key"):
		return failed(sim.KindUnauthorized, "refuses the key, or wants one")
	case has("premium"):
		return failed(sim.KindForbidden, "does not answer that within the plan of the key")
	case answer.Mistake != "":
		return failed(sim.KindNoData, "does not know the symbol")
	}
	return unreadable()
}

// daily requests the bars of the whole history, or of the last days, and returns the
// dates that the answer covers.
func (a alphaVantage) daily(ctx context.Context, r *rows, whole bool) (answered []sim.Date, err error) {
	size := "compact"
	if whole {
		size = "full"
	}
	r.list = "TIME_SERIES_DAILY"
	found, err := a.call(ctx, r.q, r.list, "outputsize", size)
	if err != nil {
		return nil, err
	}
	first, last := sim.Date(0), sim.Date(0)
	for i, day := range found.Series {
		d, err := sim.ParseDate(day.Name)
		if err != nil {
			r.unnamed(i + 1)
			continue
		}
		if first.IsZero() || d < first {
			first = d
		}
		last = max(last, d)
		if r.q.wants(r.q.Symbols[0], d) {
			fields, _ := fieldsOf(day.Value) // without fields it is no bar
			r.bar(i+1, r.q.Symbols[0], d, figures{fields.text("1. open"), fields.text("2. high"), fields.text("3. low"),
				fields.text("4. close"), fields.text("5. volume")})
		}
	}
	if len(found.Series) > 0 && last.IsZero() {
		return nil, unreadable().Err
	}
	for _, d := range r.q.Dates {
		if (whole || d >= first) && d <= last {
			answered = append(answered, d)
		}
	}
	return answered, nil
}

func (a alphaVantage) splits(ctx context.Context, r *rows) error {
	return a.list(ctx, r, "SPLITS", func(number int, symbol string, row members) {
		r.split(number, symbol, row.text("effective_date"), row.text("split_factor"), "1")
	})
}

func (a alphaVantage) dividends(ctx context.Context, r *rows) error {
	defer r.sumDividends()
	return a.list(ctx, r, "DIVIDENDS", func(number int, symbol string, row members) {
		r.dividend(number, symbol, row.text("ex_dividend_date"), row.text("amount"), "", "")
	})
}

// list requests the rows of a list. All are about the symbol of the question, also those
// without fields.
func (a alphaVantage) list(ctx context.Context, r *rows, function string, add func(number int, symbol string, row members)) error {
	r.list = function
	found, err := a.call(ctx, r.q, function)
	for i, row := range found.Data {
		fields, _ := fieldsOf(row)
		add(i+1, r.q.Symbols[0], fields)
	}
	return err
}
