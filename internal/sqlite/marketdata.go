package sqlite

import (
	"context"

	"aitrader/internal/sim"
)

// PricesVersion implements [sim.PriceStore].
func (s *Store) PricesVersion(ctx context.Context) (string, error) {
	var version string
	err := s.read(ctx, func(q querier) (err error) {
		version, err = pricesVersion(q)
		return err
	})
	return version, err
}

// MarketData implements [sim.PriceStore]. The market data of a version is built once and
// shared; after an import, by this process or another, the next call builds it anew.
func (s *Store) MarketData(ctx context.Context) (*sim.MarketData, error) {
	s.markets.Lock()
	defer s.markets.Unlock()
	err := s.read(ctx, func(q querier) error {
		version, err := pricesVersion(q)
		if err != nil || (s.markets.last != nil && s.markets.last.Version() == version) {
			return err
		}
		market, err := readMarket(q, version)
		if err == nil {
			s.markets.last = market
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.markets.last, nil
}

func readMarket(q querier, version string) (*sim.MarketData, error) {
	bars, err := readBars(q)
	if err != nil {
		return nil, err
	}
	var splits []sim.Split
	err = q.rows("SELECT symbol, ex_date, numerator, denominator FROM splits ORDER BY symbol, ex_date", nil, func(scan scanner) error {
		var x sim.Split
		err := scan(&x.Symbol, &x.ExDate, &x.Numerator, &x.Denominator)
		splits = append(splits, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	var dividends []sim.Dividend
	err = q.rows("SELECT symbol, ex_date, amount FROM dividends ORDER BY symbol, ex_date", nil, func(scan scanner) error {
		var x sim.Dividend
		err := scan(&x.Symbol, &x.ExDate, &x.Amount)
		dividends = append(dividends, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	return sim.NewMarketData(version, bars, splits, dividends), nil
}

// readBars reads all bars into one slice of the right size; the rows of a symbol share
// one string.
func readBars(q querier) ([]sim.SymbolBar, error) {
	var count int
	if _, err := q.row("SELECT count(*) FROM prices", nil, &count); err != nil {
		return nil, err
	}
	bars := make([]sim.SymbolBar, 0, count)
	err := q.rows("SELECT symbol, date, open, high, low, close, volume, open_only FROM prices ORDER BY symbol, date", nil,
		func(scan scanner) error {
			var r sim.SymbolBar
			b := &r.Bar
			if err := scan(&r.Symbol, &r.Date, &b.Open, &b.High, &b.Low, &b.Close, &b.Volume, &b.OpenOnly); err != nil {
				return err
			}
			if n := len(bars); n > 0 && bars[n-1].Symbol == r.Symbol {
				r.Symbol = bars[n-1].Symbol
			}
			bars = append(bars, r)
			return nil
		})
	return bars, err
}
