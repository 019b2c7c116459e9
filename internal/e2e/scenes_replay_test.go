package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/receipt"
	"aitrader/internal/sim"
)

// trades buys, sells, asks for what it must not have and looks at the news, each
// day, in two steps.
func trades(r chatRequest) chatReply {
	switch r.step() {
	case 1:
		return chatReply{text: "First a look.",
			calls: []chatCall{order("buy", "AAA", "2"), {"search_news", `{"query":"AAA"}`}, order("buy", "BBB", "1000000")}}
	case 2:
		return chatReply{calls: []chatCall{order("sell", "AAA", "1")}}
	}
	return done
}

// A job is repeated without its provider, without its news and without its key, and
// what comes out is the same to the last byte.
func TestAJobIsRepeatedWithoutAProvider(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "sk-replay-canary"
	chat := newChat(t, trades)
	s.write("news.json", `{"items": [{"published": "2025-09-01T12:00:00Z", "title": "AAA makes things", "text": "AAA makes many things."}]}`)
	s.write("default.json", `{"models": [{"signature": "m", "basemodel": "test/m", "openai_base_url": "`+chat.URL+`/v1",
		"openai_api_key": "${SCENE_KEY}",
		"price": {"input": 1, "output": 2}}, {"signature": "hold", "basemodel": "builtin/equal-weight"}],
		"agent_config": {"max_retries": 0, "base_delay": 0, "stock_symbols": ["AAA", "BBB", "GAP"]}, "news": {"source": "file",
		"file": "news.json"}}`)
	h := s.start()
	original := h.run(span(0, 3), "completed")
	asked := len(chat.asked())
	assert.Contains(t, h.get("/results?detail=full&reasoning=full&model=m&date="+sceneDates[1].String()).text, "AAA makes many things")
	chat.Close()
	delete(s.env, "SCENE_KEY")
	s.write("news.json", `{"items": []}`)

	replay := h.run(`{"replay_of": "`+original+`"}`, "completed")
	assert.Len(t, chat.asked(), asked)
	first, second := h.receipt(original), h.receipt(replay)
	assert.Equal(t, first.Hash, second.Hash, receipt.Compare(first, second))
	assert.Empty(t, receipt.Verify(second))
	assert.Equal(t, h.transcripts(original), h.transcripts(replay))
	assert.NotContains(t, h.get("/jobs/"+original+"/receipt").text+h.transcripts(original), "canary", "no key is kept")

	// A price that was corrected meanwhile shows.
	market := sceneMarket()
	for i := range market.Bars {
		if b := &market.Bars[i]; b.Symbol == "AAA" && b.Date == sceneDates[2] {
			b.Bar.Open -= sim.Dollar / 100
		}
	}
	_, err := h.PutPrices(t.Context(), market)
	require.NoError(t, err)
	differs := h.trigger(`{"replay_of": "` + original + `", "experiment": "corrected"}`)
	status := h.await(differs)
	assert.Equal(t, "partial", status.body["status"])
	assert.Contains(t, status.text, "replay_differs: m on "+sceneDates[2].String()+" in job "+original)
	assert.Equal(t, http.StatusBadRequest, h.do(http.MethodPost, "/simulate/trigger", `{"replay_of": "`+original+`", "models": ["m"]}`).status)
}

func (h *sceneHome) receipt(id string) receipt.Receipt {
	h.t.Helper()
	r, err := receipt.Parse([]byte(h.get("/jobs/" + id + "/receipt").text))
	require.NoError(h.t, err)
	return r
}

// transcripts returns what was said in a job, without times.
func (h *sceneHome) transcripts(id string) string {
	h.t.Helper()
	var all strings.Builder
	for _, d := range sceneDates[:4] {
		day := h.day("model=m&job_id=" + id + "&date=" + d.String())
		for _, m := range day.Transcript {
			all.WriteString(m.Role + " " + m.ToolName + " " + m.ToolCallID + " " + m.Content + "\n")
		}
	}
	return all.String()
}
