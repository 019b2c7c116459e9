package agent

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestThoughtsAreNotSpoken(t *testing.T) {
	for content, want := range map[string]string{
		"I hold.":                                                   "I hold.",
		"<think>hm</think>I hold.":                                  "I hold.",
		"a<think>hm</think>b<think>x</think>":                       "ab",
		"hm</think>I hold.":                                         "I hold.", // the template wrote the beginning
		"<think>hm":                                                 "",        // cut
		"I hold.<think>hm":                                          "I hold.",
		"hm</think>more</think>I hold.":                             "I hold.",
		"<think>a <think> b</think> c</think>I hold.":               "I hold.",
		"<THINK >hm</Think>I hold.":                                 "I hold.",
		"<thinking>hm</thinking>I hold.":                            "I hold.",
		"hm</thinking>I hold.":                                      "I hold.",
		"<reasoning>hm</reasoning>I hold.":                          "I hold.",
		"<reasoning effort=\"high\">hm</reasoning>I hold.":          "I hold.",
		"<thought>hm</thought>I hold.":                              "I hold.",
		"<thoughts>hm</thoughts>I hold.":                            "I hold.",
		"<scratchpad>hm</scratchpad>I hold.":                        "I hold.",
		"<reflection>hm</reflection>I hold.":                        "I hold.",
		"<seed:think>hm</seed:think>I hold.":                        "I hold.",
		"<|thinking|>hm<|/thinking|>I hold.":                        "I hold.",
		"[THINK]hm[/THINK]I hold.":                                  "I hold.",
		"◁think▷hm◁/think▷I hold.":                                  "I hold.",
		"<|channel|>analysis<|message|>hm<|end|>I hold.":            "I hold.",
		"<|channel|>analysis<|message|>hm":                          "",
		"I think <b>AAPL</b> is cheap; a < b, and thinking > doing": "I think <b>AAPL</b> is cheap; a < b, and thinking > doing",
	} {
		assert.Equal(t, want, spoken(content), content)
	}
}

func TestASignalInThoughtsIsNoSignal(t *testing.T) {
	buy := wants("buy", `{"symbol":"AAA","amount":1}`)
	for _, thought := range []string{
		"<think>When all is done I answer " + FinishSignal + ".</think>\n\nFirst I buy.",
		"When all is done I answer " + FinishSignal + ".</think>\n\nFirst I buy.",
		"<thinking>" + FinishSignal + "</thinking>",
		"<reasoning>" + FinishSignal + "</reasoning>First I buy.",
		"First I buy.<think>Then I answer " + FinishSignal,
	} {
		out, err := session(answers(says(thought, buy), says("", buy), says("<think>Enough.</think>"+FinishSignal))).Run(t.Context())
		require.NoError(t, err)
		assert.Equal(t, sim.StopSignal, out.Session.StopReason, thought)
		assert.Len(t, out.Fills, 2, thought)
	}
}
