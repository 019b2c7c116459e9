package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// Each answer costs the most that its request can, and twenty models ask at the
// same time: what they cost together comes up to the budget, and not a token
// further. The days that were paid for stay.
func TestTwentyModelsKeepABudget(t *testing.T) {
	t.Parallel()
	const longest = 100
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, func(r chatRequest) chatReply {
		reply := buys("AAA", 1)(r)
		reply.tokens = [2]int{len(r.raw), longest}
		return reply
	})
	var models []sceneModel
	for i := range 20 {
		m := chat.asks(fmt.Sprintf("m%02d", i))
		m["params"] = map[string]any{"user": m["signature"], "max_tokens": longest}
		m["price"] = map[string]any{"input": 10, "output": 100}
		models = append(models, m)
	}
	s.configure("default", models, map[string]any{"max_retries": 3, "max_parallel_models": 20})
	h := s.start()
	id := h.run(span(0, 4, `"budget_usd": 7.5`), "partial")

	price := sim.TokenPrice{Input: 10 * sim.Dollar, Output: 100 * sim.Dollar}
	var spent, dearest sim.TokenCost
	for _, r := range chat.asked() {
		c := price.Of(sim.Usage{Input: int64(len(r.raw)), Output: longest})
		spent, dearest = spent+c, max(dearest, c)
	}
	limit := sim.TokenCostOf(7*sim.Dollar + sim.Dollar/2)
	assert.LessOrEqual(t, spent, limit)
	assert.Greater(t, spent, limit-dearest, "and it was not given up early")

	var status struct {
		StopReason string `json:"stop_reason"`
		Progress   struct{ Completed int }
		Usage      struct {
			Calls     int
			CostUSD   sim.TokenCost `json:"cost_usd"`
			Reserved  sim.TokenCost `json:"reserved_usd"`
			BudgetUSD sim.Money     `json:"budget_usd"`
			Models    []struct {
				Model   string
				CostUSD sim.TokenCost `json:"cost_usd"`
			}
		}
	}
	reply := h.get("/simulate/status/" + id)
	require.NoError(t, json.Unmarshal([]byte(reply.text), &status), reply.text)
	assert.Equal(t, "budget", status.StopReason)
	assert.Equal(t, spent, status.Usage.CostUSD)
	assert.Equal(t, len(chat.asked()), status.Usage.Calls)
	assert.Zero(t, status.Usage.Reserved)
	assert.Len(t, status.Usage.Models, 20)
	assert.GreaterOrEqual(t, status.Progress.Completed, 20, "the first date was paid for")
	r := h.get("/results?format=csv&limit=1000&start_date=" + sceneDates[0].String() + "&end_date=" + sceneDates[4].String() + "&job_id=" + id)
	assert.Equal(t, status.Progress.Completed, strings.Count(r.text, "\n")-1, "of the lines one is the header")

	h.run(span(0, 4), "completed")
	assert.Equal(t, http.StatusBadRequest, h.do(http.MethodPost, "/simulate/trigger", span(0, 0, `"budget_usd": -1`)).status)
}
