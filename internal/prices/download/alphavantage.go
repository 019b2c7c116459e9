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

const vantageURL = "https://www.alphavantage.co/query"

// compactDays is how many trading days the compact answer holds, the most recent ones.
const compactDays = 100

// alphaVantage is Alpha Vantage: TIME_SERIES_DAILY, which is raw, SPLITS and
// DIVIDENDS, each for one symbol.
type alphaVantage struct{ *client }

func newAlphaVantage(o Options) (Vendor, error) {
	c, err := newClient("Alpha Vantage", vantageURL, o)
	return alphaVantage{c}, err
}

// Questions implements [Vendor], with one question for each symbol.
func (a alphaVantage) Questions(m Missing, settled sim.Date) []Question {
	return bySymbol(m, func(q *Question) {
		q.Whole = len(sim.TradingDays(q.Dates[0], settled)) >= compactDays
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
	answer, err := a.daily(ctx, q, q.Whole)
	if q.Whole && sim.IsKind(err, sim.KindForbidden) {
		// The plan of the key does not include whole histories. The last days may do.
		answer, err = a.daily(ctx, q, false)
	}
	if err != nil {
		return Answer{}, err
	}
	if answer.Splits, err = a.splits(ctx, q); err != nil {
		return Answer{}, err
	}
	if answer.Dividends, err = a.dividends(ctx, q); err != nil {
		return Answer{}, err
	}
	return answer, nil
}

// vantageAnswer holds any answer of Alpha Vantage. Every answer has status 200, also
// one about a reached limit or a wrong question.
type vantageAnswer struct {
	Meta struct {
		Symbol string `json:"2. Symbol"`
	} `json:"Meta Data"`
	Symbol string                                `json:"symbol"`
	Series map[string]map[string]json.RawMessage `json:"Time Series (Daily)"`
	Data   []map[string]json.RawMessage          `json:"data"`

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

// daily requests the bars of the whole history, or of the last days.
func (a alphaVantage) daily(ctx context.Context, q Question, whole bool) (Answer, error) {
	size := "compact"
	if whole {
		size = "full"
	}
	found, err := a.call(ctx, q, "TIME_SERIES_DAILY", "outputsize", size)
	if err != nil {
		return Answer{}, err
	}
	var answer Answer
	first, last := sim.Date(0), sim.Date(0)
	for day, fields := range found.Series {
		d, err := sim.ParseDate(day)
		if err != nil {
			return Answer{}, unreadable().Err
		}
		if first.IsZero() || d < first {
			first = d
		}
		last = max(last, d)
		if !q.wants(q.Symbols[0], d) {
			continue
		}
		bar, ok := figures{text(fields["1. open"]), text(fields["2. high"]), text(fields["3. low"]), text(fields["4. close"]),
			text(fields["5. volume"])}.bar()
		if ok {
			answer.Bars = append(answer.Bars, sim.SymbolBar{Symbol: q.Symbols[0], Date: d, Bar: bar})
		} else {
			answer.warn(q.Symbols[0], d)
		}
	}
	for _, d := range q.Dates {
		if (whole || d >= first) && d <= last {
			answer.Answered = append(answer.Answered, d)
		}
	}
	slices.Sort(answer.Warnings)
	return answer, nil
}

// warn records a row that is not a valid bar.
func (a *Answer) warn(symbol string, d sim.Date) {
	a.Warnings = append(a.Warnings, symbol+" on "+d.String()+": the figures are not those of a bar")
}

// text reads a text or a number as it is written.
func text(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

func (a alphaVantage) splits(ctx context.Context, q Question) (splits []sim.Split, err error) {
	found, err := a.call(ctx, q, "SPLITS")
	for _, row := range found.Data {
		d, dateErr := sim.ParseDate(text(row["effective_date"]))
		if dateErr == nil && !q.wants(q.Symbols[0], d) {
			continue
		}
		s := sim.Split{Symbol: q.Symbols[0], ExDate: d}
		var ok bool
		if s.Numerator, s.Denominator, ok = factor(text(row["split_factor"])); dateErr != nil || !ok {
			return nil, failed(sim.KindUnavailable, "sent a split that is not valid")
		}
		if s.Numerator != s.Denominator {
			splits = append(splits, s)
		}
	}
	return splits, err
}

func (a alphaVantage) dividends(ctx context.Context, q Question) ([]sim.Dividend, error) {
	found, err := a.call(ctx, q, "DIVIDENDS")
	sums := dividends{}
	for _, row := range found.Data {
		d, dateErr := sim.ParseDate(text(row["ex_dividend_date"]))
		if dateErr == nil && !q.wants(q.Symbols[0], d) {
			continue
		}
		if dateErr != nil || !sums.add(q.Symbols[0], d, text(row["amount"])) {
			return nil, failed(sim.KindUnavailable, "sent a dividend that is not valid")
		}
	}
	return sums.list(), err
}
