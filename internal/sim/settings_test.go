package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSettings(t *testing.T) {
	s := Settings{Models: []ModelSpec{{Signature: "a"}, {Signature: "b", Name: "B"}}}
	m, ok := s.Model("b")
	require.True(t, ok)
	require.Equal(t, "B", m.Name)
	m, ok = s.Model("c")
	require.False(t, ok)
	require.Equal(t, ModelSpec{}, m)
	require.Equal(t, 1500*time.Millisecond, Seconds(1.5).Duration())
}
