package dynamo

import (
	"context"
	"errors"

	"aitrader/internal/sim"
)

// PricesVersion implements [sim.PriceStore].
func (s *Store) PricesVersion(ctx context.Context) (string, error) {
	v, err := getForm[versionForm](ctx, s, versionKey)
	return sim.PricesVersionName(int64(v.form.Version)), translate(err)
}

// MarketData implements [sim.PriceStore]. The market data of a version is built once and shared;
// an import, of this process or another, makes the next call build a new one.
func (s *Store) MarketData(ctx context.Context) (*sim.MarketData, error) {
	s.markets.Lock()
	defer s.markets.Unlock()
	v, err := getForm[versionForm](ctx, s, versionKey)
	if err != nil {
		return nil, translate(err)
	}
	version := sim.PricesVersionName(int64(v.form.Version))
	if s.markets.last == nil || s.markets.last.Version() != version {
		market, err := s.readMarket(ctx, v.form)
		if err != nil {
			return nil, translate(err)
		}
		s.markets.last = market
	}
	return s.markets.last, nil
}

func (s *Store) readMarket(ctx context.Context, v versionForm) (*sim.MarketData, error) {
	byDate, err := s.readBars(ctx, v, func(sim.Date) bool { return true })
	if err != nil {
		return nil, err
	}
	actions, err := s.readActions(ctx, v)
	if err != nil {
		return nil, err
	}
	var rows []sim.SymbolBar
	for d, bars := range byDate {
		for symbol, bar := range bars {
			rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: d, Bar: bar})
		}
	}
	return sim.NewMarketData(sim.PricesVersionName(int64(v.Version)), rows, actions.Splits, actions.Dividends), nil
}

// readBars reads the bars of the dates that are wanted and that a version has.
func (s *Store) readBars(ctx context.Context, v versionForm, wanted func(sim.Date) bool) (map[sim.Date]dateBars, error) {
	var dates []sim.Date
	var keys []key
	for id, list := range v.Dates {
		for _, d := range list {
			if wanted(d) {
				dates, keys = append(dates, d), append(keys, barsKey(d, id))
			}
		}
	}
	items := make([]item, len(keys))
	chunks := (len(keys) + batchKeys - 1) / batchKeys
	err := parallel(ctx, chunks, func(ctx context.Context, i int) error {
		from := i * batchKeys
		read, err := s.get(ctx, keys[from:min(from+batchKeys, len(keys))]...)
		copy(items[from:], read)
		return err
	})
	if err != nil {
		return nil, err
	}
	byDate := make(map[sim.Date]dateBars, len(dates))
	for i, it := range items {
		if byDate[dates[i]], err = barsIn(it); err != nil {
			return nil, err
		}
	}
	return byDate, nil
}

func barsIn(it item) (dateBars, error) {
	f, err := formOf[barsForm](it)
	if err == nil && (f.rev == 0 || !f.form.whole()) {
		err = unreadable(it.key, errors.New("bars are missing"))
	}
	if err != nil {
		return nil, err
	}
	bars := make(dateBars, len(f.form.Symbols))
	for i, symbol := range f.form.Symbols {
		bars[symbol] = f.form.bar(i)
	}
	return bars, nil
}

func (s *Store) readActions(ctx context.Context, v versionForm) (actionsForm, error) {
	if v.Actions == "" {
		return actionsForm{}, nil
	}
	f, err := getForm[actionsForm](ctx, s, actionsKey(v.Actions))
	if err == nil && f.rev == 0 {
		err = unreadable(f.key, errors.New("it is missing"))
	}
	return f.form, err
}
