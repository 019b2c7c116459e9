package sim

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKinds(t *testing.T) {
	require.Equal(t, Kind(""), KindOf(nil))
	require.False(t, IsKind(nil, ""))
	require.Equal(t, KindInternal, KindOf(context.Canceled))
	inner := Errorf(KindBusy, "in use")
	require.Equal(t, KindBusy, KindOf(fmt.Errorf("claim: %w", inner)))
	require.Equal(t, KindInternal, KindOf(Errorf(KindInternal, "claim: %w", inner)), "the outermost kind counts")
	require.True(t, IsKind(inner, KindBusy))
	require.False(t, IsKind(inner, KindFenced))
}

func TestErrorf(t *testing.T) {
	disk := &fs.PathError{Op: "open", Path: "/secret/place", Err: fs.ErrNotExist}
	for _, c := range []struct {
		name    string
		err     *Error
		message string // for the caller
		log     string
	}{
		{"no cause", Errorf(KindInvalid, "bad %d", 5), "bad 5", "invalid_request: bad 5"},
		{"a cause in what the caller sent", Errorf(KindInvalid, "line 3: %w", errors.New("no quote")),
			"line 3: no quote", "invalid_request: line 3: no quote"},
		{"a cause inside", Errorf(KindInternal, "cannot read prices: %w", disk),
			"cannot read prices", "internal: cannot read prices: open /secret/place: file does not exist"},
		{"a cause outside", Errorf(KindUnavailable, "vendor: %w; try later", disk),
			"vendor; try later", "unavailable: vendor; try later: open /secret/place: file does not exist"},
		{"nothing but a cause", Errorf(KindInternal, "%w", disk), "", "internal: : open /secret/place: file does not exist"},
		{"an error of the domain", Errorf(KindInternal, "entry 1: %w", Errorf(KindInvalid, "no cash")),
			"entry 1: no cash", "internal: entry 1: no cash"},
		{"a cause of a cause", Errorf(KindInvalid, "claim: %w", Errorf(KindUnavailable, "store: %w", disk)),
			"claim: store", "invalid_request: claim: store: unavailable: store: open /secret/place: file does not exist"},
		{"told by hand", &Error{Kind: KindBusy, Message: "in use", Err: disk},
			"in use", "busy: in use: open /secret/place: file does not exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.message, c.err.Message)
			require.Equal(t, c.log, c.err.Error())
		})
	}
	require.ErrorIs(t, Errorf(KindInternal, "a: %w", Errorf(KindBusy, "b: %w", disk)), fs.ErrNotExist)
	require.NoError(t, errors.Unwrap(Errorf(KindInvalid, "bad")))
}

func TestWithLeavesTheOriginal(t *testing.T) {
	first := Errorf(KindConflict, "active").With("a", 1)
	second := first.With("b", 2)
	require.Equal(t, map[string]any{"a": 1}, first.Fields)
	require.Equal(t, map[string]any{"a": 1, "b": 2}, second.Fields)
	require.Equal(t, first.Message, second.Message)
}
