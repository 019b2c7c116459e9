package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// A warning about idle cash is made before the job, once for each model whose book
// begins, from what its first date may know.
func TestAJobWarnsOfCashThatItsFirstDateCannotInvest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.jobs.IdleCash = func(m sim.ModelSpec, s sim.Settings, view sim.View) string {
		if m.Signature == "c" {
			return ""
		}
		open, _ := view.Open("AAA")
		return m.Signature + " " + view.Date().String() + " " + open.String() + " " + s.InitialCash.String()
	}
	r := span(1, 2)
	r.Replicas = 2
	r.DryRun = true
	dry, err := w.jobs.Trigger(t.Context(), r)
	require.NoError(t, err)
	want := []string{"a 2025-10-02 110 " + cash.String(), "b 2025-10-02 110 " + cash.String()}
	assert.Equal(t, want, dry.Warnings)

	job := w.run(span(1, 2))
	assert.Equal(t, want, job.Warnings)
	assert.Empty(t, w.run(span(3, 3)).Warnings, "the books have begun")

	again := span(1, 2, "a")
	again.Replace = true
	assert.Equal(t, want[:1], w.run(again).Warnings, "the book begins again")
	again = span(2, 2, "a")
	again.Replace = true
	assert.Empty(t, w.run(again).Warnings, "the book keeps its first day")
}
