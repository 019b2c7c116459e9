package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// The orders of a job are given again: without costs the books come out the same,
// and with costs they differ by exactly those. No model is asked.
func TestAJobIsScoredAgain(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, trades)
	m := chat.asks("m")
	s.configure("default", []sceneModel{m, {"signature": "even", "basemodel": "builtin/equal-weight"}}, nil)
	h := s.start()
	original := h.run(span(0, 3), "completed")
	chat.Close()

	free := h.run(fmt.Sprintf(`{"rescore_of": %q, "costs": {}, "experiment": "free"}`, original), "completed")
	for i, b := range h.receipt(original).Books {
		again := h.receipt(free).Books[i]
		for k, d := range b.Days {
			assert.Equal(t, d.Entries, again.Days[k].Entries, "%s %s", b.Model, d.Date)
			assert.Equal(t, d.Closing, again.Days[k].Closing)
		}
	}
	dear := h.run(fmt.Sprintf(`{"rescore_of": %q,
		"costs": {"commission_per_share": 0.01, "commission_min": 1.5, "slippage_bps": 0}}`, original), "completed")
	receipt := h.receipt(dear)
	last := receipt.Books[1].Days[3]
	require.Equal(t, "m", receipt.Books[1].Model)
	before := h.receipt(original).Books[1].Days[3]
	assert.Equal(t, before.Closing.Holdings, last.Closing.Holdings)
	assert.Equal(t, before.Closing.Cash-8*(sim.Dollar+sim.Dollar/2), last.Closing.Cash, "eight orders at the minimum")
	assert.Equal(t, "0.01", receipt.Terms.Costs.CommissionPerShare.String())

	for body, want := range map[string]string{
		`{"rescore_of": "` + original + `"}`:                                               "belong together",
		`{"costs": {}}`:                                                                    "costs are for rescore_of",
		`{"rescore_of": "` + original + `", "costs": {"tax": 1}}`:                          `"costs"`,
		`{"rescore_of": "` + original + `", "costs": {"slippage_bps": -1}}`:                `"costs"`,
		`{"rescore_of": "` + free + `", "costs": {}}`:                                      "a repetition itself",
		`{"rescore_of": "` + original + `", "replay_of": "` + original + `", "costs": {}}`: "together",
	} {
		r := h.do(http.MethodPost, "/simulate/trigger", body)
		assert.Equal(t, http.StatusBadRequest, r.status, body)
		assert.Contains(t, r.body["message"], want, body)
	}
}
