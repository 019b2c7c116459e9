package download

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/url"
	"slices"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/vendorhttp"
)

// stooq is Stooq: a table of one symbol. It does not report splits or dividends.
type stooq struct{ *client }

// Questions implements [Vendor], with one question for each symbol.
func (s stooq) Questions(m Missing, _ sim.Date) []Question {
	return bySymbol(m, func(*Question) {})
}

// Ask implements [Vendor].
func (s stooq) Ask(ctx context.Context, q Question) (Answer, error) {
	day := func(d sim.Date) string { return d.Time().Format("20060102") }
	r := request{query: url.Values{
		"s": {strings.ToLower(strings.ReplaceAll(q.Symbols[0], ".", "-")) + ".us"}, "i": {"d"}, "d1": {day(q.from())}, "d2": {day(q.to())},
		// Each digit switches off one kind of adjustment, so that prices are raw.
		"o": {"1111111"},
	}, keyIn: vendorhttp.Parameter("apikey")}
	answer, err := ask(ctx, s.client, r, func(body []byte) (Answer, error) { return readStooq(q, body) })
	if err != nil {
		return Answer{}, err
	}
	answer.Answered = q.Dates
	return answer, nil
}

var stooqColumns = []string{"Date", "Open", "High", "Low", "Close", "Volume"}

// readStooq reads a table, or the message in its place.
func readStooq(q Question, body []byte) (Answer, error) {
	switch said := strings.ToLower(string(body[:min(len(body), 200)])); {
	case strings.Contains(said, "daily hits limit"):
		return Answer{}, failed(sim.KindRateLimited, "answers no more questions today")
	case strings.Contains(said, "no data"):
		return Answer{}, failed(sim.KindNoData, "has no prices of the symbol for these dates")
	case strings.Contains(said, "apikey"):
		return Answer{}, failed(sim.KindUnauthorized, "refuses the key, or wants one")
	}
	table := csv.NewReader(bytes.NewReader(body))
	table.FieldsPerRecord = -1 // a row with too few fields is no bar
	lines, err := table.ReadAll()
	if err != nil || len(lines) == 0 || !slices.Equal(lines[0], stooqColumns) {
		return Answer{}, unreadable()
	}
	found, readable := newRows(q), false
	found.list = "the table"
	for i, line := range lines[1:] {
		d, err := sim.ParseDate(line[0])
		if err != nil || len(line) != len(stooqColumns) {
			found.unnamed(i + 2)
			continue
		}
		readable = true
		if q.wants(q.Symbols[0], d) {
			found.bar(i+2, q.Symbols[0], d, figures{line[1], line[2], line[3], line[4], line[5]})
		}
	}
	if len(lines) > 1 && !readable {
		return Answer{}, unreadable()
	}
	return found.answer(), nil
}
