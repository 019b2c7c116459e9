package sim

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTerminal(t *testing.T) {
	for status, want := range map[JobStatus]bool{
		JobPending: false, JobRunning: false, JobCompleted: true, JobPartial: true, JobFailed: true, JobCancelled: true,
	} {
		require.Equal(t, want, status.Terminal(), status)
	}
	for status, want := range map[ModelDayStatus]bool{
		ModelDayPending: false, ModelDayRunning: false, ModelDayCompleted: true, ModelDayFailed: true, ModelDaySkipped: true,
	} {
		require.Equal(t, want, status.Terminal(), status)
	}
}

func TestAddWarnings(t *testing.T) {
	have := []string{"a", "b"}
	require.Equal(t, []string{"a", "b", "c"}, AddWarnings(have[:1:2], "b", "a", "b", "c"))
	require.Equal(t, []string{"a", "b"}, have, "they are not written over")
	require.Nil(t, AddWarnings(nil))
	var many []string
	for i := range 200 {
		many = AddWarnings(many, fmt.Sprint(i))
	}
	require.Len(t, many, 100)
}
