package download

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"aitrader/internal/prices"
	"aitrader/internal/sim"
	"aitrader/internal/vendorhttp"
)

const polygonURL = "https://api.polygon.io"

const (
	// polygonDates is how many dates a question has, for which splits and dividends
	// are requested once.
	polygonDates = 20
	// polygonPages bounds the pages of one list: a thousand rows each.
	polygonPages = 50
)

// polygon is Polygon.io: all symbols of a date in one answer, raw, and the splits
// and dividends of all symbols.
type polygon struct{ *client }

func newPolygon(o Options) (Vendor, error) {
	c, err := newClient("Polygon", polygonURL, o)
	return polygon{c}, err
}

// Questions implements [Vendor], with one question for several dates that are close to
// each other.
func (p polygon) Questions(m Missing, _ sim.Date) []Question {
	var questions []Question
	symbols := m.symbols()
	for _, d := range m.dates() {
		n := len(questions)
		if n > 0 && len(questions[n-1].Dates) < polygonDates && d-questions[n-1].to() <= lookBack {
			questions[n-1].Dates = append(questions[n-1].Dates, d)
			continue
		}
		questions = append(questions, Question{Symbols: symbols, Dates: []sim.Date{d}})
	}
	return questions
}

// Ask implements [Vendor]. After a failure the answer holds the dates before it.
func (p polygon) Ask(ctx context.Context, q Question) (answer Answer, err error) {
	if answer.Splits, err = p.splits(ctx, q); err != nil {
		return Answer{}, err
	}
	if answer.Dividends, err = p.dividends(ctx, q, &answer); err != nil {
		return Answer{}, err
	}
	var failed error
	for _, d := range q.Dates {
		err := p.grouped(ctx, q, d, &answer)
		switch {
		case err == nil:
			answer.Answered = append(answer.Answered, d)
		case sim.IsKind(err, sim.KindForbidden):
			failed = err // this date is beyond the plan of the key; others may not be
		default:
			return answer, err
		}
	}
	return answer, failed
}

// polygonPage holds any answer of Polygon.
type polygonPage struct {
	Adjusted bool                         `json:"adjusted"`
	Status   string                       `json:"status"`
	Results  []map[string]json.RawMessage `json:"results"`
	Next     string                       `json:"next_url"`
}

func (p polygon) page(ctx context.Context, path string, query url.Values) (polygonPage, error) {
	r := request{path: path, query: query, keyIn: vendorhttp.Bearer}
	return ask(ctx, p.client, r, func(body []byte) (page polygonPage, err error) {
		if json.Unmarshal(body, &page) != nil || (page.Status != "OK" && page.Status != "DELAYED") {
			return polygonPage{}, unreadable()
		}
		return page, nil
	})
}

// grouped requests the bars of a date.
func (p polygon) grouped(ctx context.Context, q Question, d sim.Date, answer *Answer) error {
	page, err := p.page(ctx, "/v2/aggs/grouped/locale/us/market/stocks/"+d.String(), url.Values{"adjusted": {"false"}})
	if err != nil {
		return err
	}
	if page.Adjusted {
		return failed(sim.KindUnavailable, "answers with adjusted prices, though raw ones were asked for")
	}
	for _, row := range page.Results {
		symbol, ok := p.symbol(row["T"], q)
		if !ok {
			continue
		}
		bar, ok := figures{text(row["o"]), text(row["h"]), text(row["l"]), text(row["c"]), text(row["v"])}.bar()
		if ok {
			answer.Bars = append(answer.Bars, sim.SymbolBar{Symbol: symbol, Date: d, Bar: bar})
		} else {
			answer.warn(symbol, d)
		}
	}
	return nil
}

// symbol returns the symbol of a row; ok is false where the question does not have it.
// Polygon writes a class of shares with a dot.
func (p polygon) symbol(raw json.RawMessage, q Question) (symbol string, ok bool) {
	ticker := text(raw)
	for _, name := range []string{ticker, strings.ReplaceAll(ticker, ".", "-")} {
		if _, found := slices.BinarySearch(q.Symbols, name); found {
			return name, true
		}
	}
	return "", false
}

// list requests all rows of a list in the window of the question, page by page, in the
// order of their dates.
func (p polygon) list(ctx context.Context, q Question, path, dateField string,
	row func(symbol string, d sim.Date, row map[string]json.RawMessage) bool) error {
	query := url.Values{dateField + ".gte": {q.from().String()}, dateField + ".lte": {q.to().String()}, "limit": {"1000"},
		"sort": {dateField}, "order": {"asc"}}
	for range polygonPages {
		page, err := p.page(ctx, path, query)
		if err != nil {
			return err
		}
		for _, fields := range page.Results {
			symbol, ok := p.symbol(fields["ticker"], q)
			if !ok {
				continue
			}
			d, err := sim.ParseDate(text(fields[dateField]))
			if err != nil || (q.wants(symbol, d) && !row(symbol, d, fields)) {
				return failed(sim.KindUnavailable, "sent a split or dividend that is not valid")
			}
		}
		if page.Next == "" {
			return nil
		}
		// Only the cursor is taken from the address: the key goes to no other one.
		next, err := url.Parse(page.Next)
		if err != nil || next.Query().Get("cursor") == "" {
			return unreadable().Err
		}
		query = url.Values{"cursor": {next.Query().Get("cursor")}}
	}
	return failed(sim.KindUnavailable, "answers with more pages than are read")
}

func (p polygon) splits(ctx context.Context, q Question) (splits []sim.Split, err error) {
	err = p.list(ctx, q, "/v3/reference/splits", "execution_date", func(symbol string, d sim.Date, row map[string]json.RawMessage) bool {
		s := sim.Split{Symbol: symbol, ExDate: d}
		var ok bool
		if s.Numerator, s.Denominator, ok = prices.ParseRatio(text(row["split_to"]), text(row["split_from"])); ok &&
			s.Numerator != s.Denominator {
			splits = append(splits, s)
		}
		return ok
	})
	return splits, err
}

func (p polygon) dividends(ctx context.Context, q Question, answer *Answer) ([]sim.Dividend, error) {
	sums := dividends{}
	err := p.list(ctx, q, "/v3/reference/dividends", "ex_dividend_date", func(symbol string, d sim.Date, row map[string]json.RawMessage) bool {
		if currency := row["currency"]; len(currency) > 0 && !bytes.Equal(currency, []byte("null")) && text(currency) != "USD" {
			answer.Warnings = append(answer.Warnings, symbol+" on "+d.String()+": a dividend that is not in USD was left out")
			return true
		}
		return sums.add(symbol, d, text(row["cash_amount"]))
	})
	return sums.list(), err
}
