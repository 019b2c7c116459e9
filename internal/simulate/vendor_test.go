package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// quotes is the base URL of the vendor of prices.
const quotes = "http://127.0.0.1:8"

// transports is the HTTP transport of the programs in the worlds: that of the process
// which the context of a request names.
type transports struct{}

// RoundTrip implements [http.RoundTripper].
func (transports) RoundTrip(r *http.Request) (*http.Response, error) {
	return askedProcess(r.Context()).transport.RoundTrip(r)
}

// newTransport returns the transport of a process, whose only host is the vendor.
func (p *process) newTransport() *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			if "http://"+address != quotes {
				p.w.violated("%s connects to %s", p.name, address)
			}
			// The transport dials on a context of its own, which outlives the process.
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(p.ctx, cancel)()
			if err := p.do(asActor(ctx, "vendor"), "dial", "", func() error { return nil }); err != nil {
				return nil, errors.New("the network is down")
			}
			near, far := net.Pipe()
			go p.answer(far, func(r *http.Request, _ []byte) (answer httpAnswer) {
				err := p.do(asActor(p.ctx, "vendor"), r.URL.RequestURI(), "", func() error { answer = p.w.quote(r.URL); return nil })
				if err != nil {
					return httpAnswer{}
				}
				return answer
			})
			return near, nil
		},
	}
}

// keys are the keys of the sources of prices: the vendor wants none.
type keys struct{}

// PricesKey implements [feed.Keys].
func (keys) PricesKey(context.Context, string, sim.PriceSource) (string, error) { return "", nil }

// quote is the vendor: Polygon or Alpha Vantage, as far as the product asks them. It
// knows the bars of a day some time after its close.
func (w *world) quote(u *url.URL) httpAnswer {
	name := fmt.Sprintf("vendor %d", w.turn)
	if !w.calm.Load() && w.chance(w.scenario.unsold, name) {
		return pick(w.dice, name+" fails", httpAnswer{}, httpAnswer{status: http.StatusInternalServerError},
			httpAnswer{status: http.StatusTooManyRequests}, httpAnswer{status: http.StatusOK, body: "<html>Down for maintenance</html>"})
	}
	var body map[string]any
	query := u.Query()
	if day, ok := strings.CutPrefix(u.Path, "/v2/aggs/grouped/locale/us/market/stocks/"); ok {
		body = w.grouped(sim.MustParseDate(day))
	} else if list, ok := strings.CutPrefix(u.Path, "/v3/reference/"); ok {
		field := map[string]string{"splits": "execution_date", "dividends": "ex_dividend_date"}[list]
		body = map[string]any{"status": "OK", "results": w.listed(list, "", field, "ticker", "split_to", "split_from", "cash_amount",
			sim.MustParseDate(query.Get(field+".gte")), sim.MustParseDate(query.Get(field+".lte")))}
	} else {
		body = w.vantage(query.Get("function"), query.Get("symbol"))
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // plain data
	}
	return httpAnswer{http.StatusOK, string(text)}
}

// knows reports whether the vendor knows the bars of a date.
func (w *world) knows(d sim.Date) bool {
	return d <= w.scenario.until && !w.now().Before(w.published(d))
}

// published is when the vendor knows the bars of a date.
func (w *world) published(d sim.Date) time.Time {
	late := w.scenario.between(0, 3*time.Hour, "published "+d.String())
	if w.scenario.chance(0.6, "punctual "+d.String()) {
		late = 0
	}
	year, month, day := d.Time().Date()
	return time.Date(year, month, day, 16, 45, 0, 0, newYork).Add(late)
}

// grouped is Polygon's answer about a date.
func (w *world) grouped(d sim.Date) map[string]any {
	rows := []map[string]any{}
	if w.knows(d) {
		for _, b := range w.scenario.bars(d) {
			rows = append(rows, map[string]any{
				"T": b.Symbol, "o": b.Bar.Open, "h": b.Bar.High, "l": b.Bar.Low, "c": b.Bar.Close, "v": b.Bar.Volume,
			})
		}
	}
	return map[string]any{"status": "OK", "adjusted": false, "results": rows}
}

// listed is a list of splits or dividends from one date to another, of a symbol or of
// all: with the names of its fields.
func (w *world) listed(list, symbol, day, name, to, from, amount string, first, last sim.Date) []map[string]any {
	rows := []map[string]any{}
	all := w.scenario.rows(sim.DefaultMarket.Bars(first, last)...)
	for _, s := range all.Splits {
		if list == "splits" && (symbol == "" || s.Symbol == symbol) {
			rows = append(rows, map[string]any{name: s.Symbol, day: s.ExDate, to: s.Numerator, from: s.Denominator})
		}
	}
	for _, d := range all.Dividends {
		if list == "dividends" && (symbol == "" || d.Symbol == symbol) {
			rows = append(rows, map[string]any{name: d.Symbol, day: d.ExDate, amount: d.Amount})
		}
	}
	return rows
}

// vantage is Alpha Vantage's answer about a symbol.
func (w *world) vantage(function, symbol string) map[string]any {
	last := sim.DateOf(w.now())
	switch function {
	case "TIME_SERIES_DAILY":
		series := map[string]any{}
		for _, d := range sim.DefaultMarket.Bars(w.scenario.first, last) {
			for _, b := range w.scenario.bars(d) {
				if b.Symbol == symbol && w.knows(d) {
					series[d.String()] = map[string]any{"1. open": b.Bar.Open, "2. high": b.Bar.High, "3. low": b.Bar.Low,
						"4. close": b.Bar.Close, "5. volume": b.Bar.Volume}
				}
			}
		}
		return map[string]any{"Meta Data": map[string]any{"2. Symbol": symbol}, "Time Series (Daily)": series}
	case "SPLITS":
		rows := w.listed("splits", symbol, "effective_date", "symbol", "to", "from", "", w.scenario.first, last)
		for _, row := range rows { // a factor
			row["split_factor"] = fmt.Sprintf("%.4f", float64(row["to"].(int64))/float64(row["from"].(int64)))
		}
		return map[string]any{"symbol": symbol, "data": rows}
	default:
		return map[string]any{"symbol": symbol,
			"data": w.listed("dividends", symbol, "ex_dividend_date", "symbol", "", "", "amount", w.scenario.first, last)}
	}
}

// checkPrices checks what a process stores of the vendor's answers: what the vendor
// said, and no bar without the splits and dividends of its day.
func (w *world) checkPrices(set sim.PriceRows) {
	for _, b := range set.Bars {
		rows := w.scenario.rows(b.Date)
		if !slices.Contains(rows.Bars, b) || !w.knows(b.Date) {
			w.violated("the bar %+v is stored, and the vendor does not know it", b)
		}
		for _, s := range rows.Splits {
			if s.Symbol == b.Symbol && w.image.market.splits[priceKey{s.Symbol, s.ExDate}] != s {
				w.violated("the bar of %s on %s is stored without %+v", b.Symbol, b.Date, s)
			}
		}
		for _, d := range rows.Dividends {
			if d.Symbol == b.Symbol && w.image.market.dividends[priceKey{d.Symbol, d.ExDate}] != d {
				w.violated("the bar of %s on %s is stored without %+v", b.Symbol, b.Date, d)
			}
		}
	}
	for _, s := range set.Splits {
		if !slices.Contains(w.scenario.rows(s.ExDate).Splits, s) {
			w.violated("%+v is stored, and the vendor did not say it", s)
		}
	}
	for _, d := range set.Dividends {
		if !slices.Contains(w.scenario.rows(d.ExDate).Dividends, d) {
			w.violated("%+v is stored, and the vendor did not say it", d)
		}
	}
}
