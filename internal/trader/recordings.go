package trader

import (
	"bytes"
	"context"

	"aitrader/internal/recorded"
)

// Recordings opens a recording by its name.
type Recordings func(ctx context.Context, name string) (*recorded.Recording, error)

// Files opens recordings by their paths.
func Files(_ context.Context, path string) (*recorded.Recording, error) { return recorded.Load(path) }

// Stored opens recordings that are stored as documents; document returns one by name.
func Stored(document func(ctx context.Context, name string) ([]byte, error)) Recordings {
	return func(ctx context.Context, name string) (*recorded.Recording, error) {
		text, err := document(ctx, name)
		if err != nil {
			return nil, err
		}
		return recorded.Read(name, bytes.NewReader(text))
	}
}
