package local

import (
	"context"

	"aitrader/internal/sqlite"
)

// storeHealth is the store, whose health is also that of this process's work on it.
type storeHealth struct {
	*sqlite.Store
	fault   func() error // why nothing is executed any more
	waiting func() error // why finished work is not stored yet
}

// Ping reports whether the store can be used and what this process does with it gets on.
func (s storeHealth) Ping(ctx context.Context) error {
	for _, ask := range []func() error{s.fault, s.waiting} {
		if err := ask(); err != nil {
			return err
		}
	}
	return s.Store.Ping(ctx)
}
