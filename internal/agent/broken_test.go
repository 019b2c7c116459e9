package agent

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// broken is an answer that is no decision.
func broken(reason sim.StopReason, content string, calls ...ToolCall) Reply {
	r := says(content, calls...)
	r.Broken = reason
	return r
}

func TestABrokenAnswerIsAskedForAgainOnce(t *testing.T) {
	buy := wants("buy", `{"symbol":"AAA","amount":1}`)
	for _, reason := range sim.BrokenReasons {
		half := broken(reason, "I am done "+FinishSignal)
		for name, c := range map[string]struct {
			model script
			stop  sim.StopReason
			steps int
			fills int
			notes int
		}{
			"once":               {answers(half, says("", buy), says(FinishSignal)), sim.StopSignal, 3, 1, 1},
			"twice":              {answers(half), reason, 2, 0, 1},
			"twice after orders": {answers(says("", buy), half), reason, 3, 1, 1},
			"now and then":       {answers(half, says("", buy), half, says("", buy), half), reason, 5, 2, 2},
			"before a reminder":  {answers(half, says("Hm."), says("Hm.")), sim.StopNoToolCalls, 3, 0, 1},
			"on the last step":   {answers(says("", buy), says("", buy), says("", buy), says("", buy), half), reason, 5, 4, 0},
		} {
			out, err := session(c.model).Run(t.Context())
			require.NoError(t, err)
			about := fmt.Sprint(reason, " ", name)
			assert.Equal(t, c.stop, out.Session.StopReason, about)
			assert.Equal(t, c.stop == sim.StopSignal, out.Session.Signal, about)
			assert.Equal(t, c.steps, out.Session.Steps, about)
			assert.Len(t, out.Fills, c.fills, about)
			notes := 0
			for _, m := range out.Transcript {
				if m.Content == brokenNotes[reason] {
					notes++
				}
				assert.Equal(t, m.Role == "assistant" && m.Content == half.Message.Content, m.Broken == reason, about)
			}
			assert.Equal(t, c.notes, notes, about)
		}
	}
}

func TestTheLastOfTwoBrokenAnswersGivesTheReason(t *testing.T) {
	out, err := session(answers(broken(sim.StopEmpty, ""), broken(sim.StopTruncated, "I b"))).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, sim.StopTruncated, out.Session.StopReason)
}

// An answer that was cut within its second call has decided on the first one.
func TestTheWholeCallsOfACutAnswerAreExecuted(t *testing.T) {
	whole, cut := wants("buy", `{"symbol":"AAA","amount":1}`), wants("buy", `{"symbol":"AAA","amount":1`)
	out, err := session(answers(broken(sim.StopTruncated, "", whole, cut), says(FinishSignal))).Run(t.Context())
	require.NoError(t, err)
	require.Len(t, out.Fills, 1)
	require.Equal(t, sim.StopSignal, out.Session.StopReason)
	require.Contains(t, out.Transcript[4].Content, "cut off within this call")

	out, err = session(answers(broken(sim.StopTruncated, FinishSignal, cut))).Run(t.Context())
	require.NoError(t, err)
	require.Empty(t, out.Fills)
	require.Equal(t, sim.StopTruncated, out.Session.StopReason)
	require.Equal(t, 2, out.Session.Steps)
}

// A context that is full in the middle of a day closes it, as a spent budget does.
// A prompt that fills it leaves nothing to close.
func TestAFullContext(t *testing.T) {
	full := sim.Errorf(sim.KindTooLarge, "model_context_full: too long")
	model := func(after int) script {
		return func(_ context.Context, r Request) (Reply, error) {
			if r.Step > after {
				return Reply{Usage: sim.Usage{Input: 5}}, full
			}
			return Reply{Message: says("", wants("buy", `{"symbol":"AAA","amount":1}`)).Message, Usage: sim.Usage{Input: 10}}, nil
		}
	}
	out, err := session(model(2)).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, sim.StopContext, out.Session.StopReason)
	require.False(t, out.Session.StopReason.Broken())
	require.Len(t, out.Fills, 2)
	require.Equal(t, int64(25), out.Session.Usage.Input, "what the refused request used is on the bill")

	_, err = session(model(0)).Run(t.Context())
	require.Equal(t, full, err)
}
