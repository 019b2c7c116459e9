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

// Questions implements [Vendor], with one question for several dates that are close to
// each other.
func (p polygon) Questions(m Missing, _ sim.Date) []Question {
	var questions []Question
	symbols := m.symbols()
	for _, d := range m.dates() {
		n := len(questions)
		if n > 0 && len(questions[n-1].Dates) < polygonDates && d.DaysSince(questions[n-1].to()) <= lookBack {
			questions[n-1].Dates = append(questions[n-1].Dates, d)
			continue
		}
		questions = append(questions, Question{Symbols: symbols, Dates: []sim.Date{d}})
	}
	return questions
}

// Ask implements [Vendor]. After a failure the answer holds the dates before it.
func (p polygon) Ask(ctx context.Context, q Question) (Answer, error) {
	found := newRows(q)
	if err := p.splits(ctx, found); err != nil {
		return Answer{}, err
	}
	if err := p.dividends(ctx, found); err != nil {
		return Answer{}, err
	}
	answered, err := p.allGrouped(ctx, found)
	answer := found.answer()
	answer.Answered = answered
	return answer, err
}

// allGrouped requests the bars of all dates of the question. It returns the dates that
// were answered.
func (p polygon) allGrouped(ctx context.Context, r *rows) (answered []sim.Date, failed error) {
	for _, d := range r.q.Dates {
		err := p.grouped(ctx, r, d)
		switch {
		case err == nil:
			answered = append(answered, d)
		case sim.IsKind(err, sim.KindForbidden):
			failed = err // this date is beyond the plan of the key; others may not be
		default:
			return answered, err
		}
	}
	return answered, failed
}

// polygonPage holds any answer of Polygon.
type polygonPage struct {
	Adjusted bool              `json:"adjusted"`
	Status   string            `json:"status"`
	Results  []json.RawMessage `json:"results"`
	Next     string            `json:"next_url"`
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
func (p polygon) grouped(ctx context.Context, r *rows, d sim.Date) error {
	r.list = "/v2/aggs/grouped/locale/us/market/stocks/" + d.String()
	page, err := p.page(ctx, r.list, url.Values{"adjusted": {"false"}})
	if err != nil {
		return err
	}
	if page.Adjusted {
		return failed(sim.KindUnavailable, "answers with adjusted prices, though raw ones were asked for")
	}
	p.eachRow(r, 0, page, "T", func(number int, symbol string, row members) {
		r.bar(number, symbol, d, figures{row.text("o"), row.text("h"), row.text("l"), row.text("c"), row.text("v")})
	})
	return nil
}

// eachRow calls add for the rows of a page about symbols of the question.
func (p polygon) eachRow(r *rows, before int, page polygonPage, symbolField string, add func(number int, symbol string, row members)) {
	for i, row := range page.Results {
		fields, ok := fieldsOf(row)
		if !ok || fields.text(symbolField) == "" {
			r.unnamed(before + i + 1)
			continue
		}
		if symbol, ok := p.symbol(fields.text(symbolField), r.q); ok {
			add(before+i+1, symbol, fields)
		}
	}
}

// symbol returns the symbol of a row; ok is false where the question does not have it.
// Polygon writes a class of shares with a dot.
func (p polygon) symbol(ticker string, q Question) (symbol string, ok bool) {
	for _, name := range []string{ticker, strings.ReplaceAll(ticker, ".", "-")} {
		if _, found := slices.BinarySearch(q.Symbols, name); found {
			return name, true
		}
	}
	return "", false
}

// list requests all rows of a list in the window of the question, page by page, in the
// order of their dates.
func (p polygon) list(ctx context.Context, r *rows, path, dateField string, add func(number int, symbol string, row members)) error {
	query := url.Values{dateField + ".gte": {r.q.from().String()}, dateField + ".lte": {r.q.to().String()}, "limit": {"1000"},
		"sort": {dateField}, "order": {"asc"}}
	r.list = path
	before := 0
	for range polygonPages {
		page, err := p.page(ctx, path, query)
		if err != nil {
			return err
		}
		p.eachRow(r, before, page, "ticker", add)
		before += len(page.Results)
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

func (p polygon) splits(ctx context.Context, r *rows) error {
	return p.list(ctx, r, "/v3/reference/splits", "execution_date", func(number int, symbol string, row members) {
		r.split(number, symbol, row.text("execution_date"), row.text("split_to"), row.text("split_from"))
	})
}

func (p polygon) dividends(ctx context.Context, r *rows) error {
	defer r.sumDividends()
	return p.list(ctx, r, "/v3/reference/dividends", "ex_dividend_date", func(number int, symbol string, row members) {
		day := row.text("ex_dividend_date")
		if currency := row.text("currency"); currency != "" && !strings.EqualFold(currency, "USD") {
			if d, ok := r.action(number, "dividend", symbol, day); ok {
				r.warn("%s on %s: a dividend that is not in USD was left out", symbol, d)
			}
			return
		}
		r.dividend(number, symbol, day, row.text("cash_amount"), row.text("dividend_type"), row.text("frequency"))
	})
}
