package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

func TestSessionTradesInOrderAndKeepsTheTranscript(t *testing.T) {
	s := session(answers(
		Reply{
			Message: Message{Content: "First I buy.", Raw: json.RawMessage(`{"vendor":1}`), Calls: []ToolCall{
				{ID: "x1", Name: "buy", Arguments: `{"symbol":"AAA","amount":15}`},
				{ID: "x2", Name: "buy", Arguments: `{"symbol":"AAA","amount":6}`},
				{Name: "sell", Arguments: `"{\"symbol\":\"AAA\",\"amount\":\"5\"}"`},
			}},
			Reasoning: "cheap", Usage: sim.Usage{Input: 100, Output: 10, Cached: 5, Reasoning: 2},
		},
		Reply{Message: Message{Content: "Done. " + FinishSignal}, Usage: sim.Usage{Input: 120, Output: 3}},
	))
	var seen []Request
	inner := s.Model
	s.Model = script(func(ctx context.Context, r Request) (Reply, error) {
		seen = append(seen, r)
		return inner.Complete(ctx, r)
	})
	out, err := s.Run(t.Context())
	require.NoError(t, err)

	require.Equal(t, sim.Session{
		Steps: 2, StopReason: sim.StopSignal, Signal: true, Summary: "Done.",
		ToolUsage: map[string]sim.ToolCount{"buy": {Calls: 2, Errors: 1}, "sell": {Calls: 1}},
		Usage:     sim.Usage{Input: 220, Output: 13, Cached: 5, Reasoning: 2},
	}, out.Session)
	require.Len(t, out.Fills, 2)
	closing, err := sim.Fold(s.Brief.Opening, out.Fills)
	require.NoError(t, err)
	require.Equal(t, simtest.Dollars("500"), closing.Cash)
	require.Equal(t, 10*sim.Share, closing.Holdings["AAA"])

	var lines []string
	for i, m := range out.Transcript {
		lines = append(lines, fmt.Sprint(m.Step, m.Role, m.ToolName, m.ToolCallID))
		require.Equal(t, time.UTC, m.Timestamp.Location())
		require.True(t, i == 0 || m.Timestamp.After(out.Transcript[i-1].Timestamp))
		require.Equal(t, m.Role == "assistant", m.Usage != nil)
		require.Equal(t, m.Role == "tool", m.AsOf == today)
	}
	require.Equal(t, []string{"0system", "0user", "1assistant", "1toolbuyx1", "1toolbuyx2", "1toolsellcall-1-3", "2assistant"}, lines)
	require.Equal(t, "cheap", out.Transcript[2].Reasoning)
	require.Equal(t, int64(100), out.Transcript[2].Usage.Input)
	require.Contains(t, out.Transcript[4].Content, `"required_cash":300`)
	require.Equal(t, `"{\"symbol\":\"AAA\",\"amount\":\"5\"}"`, out.Transcript[5].Arguments, "as the model sent them")

	require.Len(t, seen, 2)
	require.Equal(t, s.Brief, seen[0].Brief)
	require.Equal(t, []int{1, 2}, []int{seen[0].Step, seen[1].Step})
	require.Len(t, seen[0].Messages, 2)
	require.Len(t, seen[0].Tools, 7)
	require.Len(t, seen[1].Messages, 6)
	require.Equal(t, RoleAssistant, seen[1].Messages[2].Role)
	require.JSONEq(t, `{"vendor":1}`, string(seen[1].Messages[2].Raw))
	require.Equal(t, "call-1-3", seen[1].Messages[2].Calls[2].ID)
	require.Equal(t, Message{Role: RoleTool, Content: out.Transcript[5].Content, CallID: "call-1-3", ToolName: "sell"}, seen[1].Messages[5])
}

func TestHowSessionsEnd(t *testing.T) {
	buy := wants("buy", `{"symbol":"AAA","amount":1}`)
	for name, c := range map[string]struct {
		model  script
		stop   sim.StopReason
		steps  int
		fills  int
		nudges int
	}{
		"signal":              {answers(says(FinishSignal)), sim.StopSignal, 1, 0, 0},
		"signal beside calls": {answers(says("bye "+FinishSignal, buy, buy)), sim.StopSignal, 1, 2, 0},
		"signal on the last step": {answers(says("", buy), says("", buy), says("", buy), says("", buy), says(FinishSignal)),
			sim.StopSignal, 5, 4, 0},
		"no calls":            {answers(says("Hm."), says("Hm?")), sim.StopNoToolCalls, 2, 0, 1},
		"nudge helps":         {answers(says("Hm."), says("", buy), says(FinishSignal)), sim.StopSignal, 3, 1, 1},
		"one nudge a session": {answers(says("Hm."), says("", buy), says("Hm.")), sim.StopNoToolCalls, 3, 1, 1},
		"steps used up":       {answers(says("", buy)), sim.StopMaxSteps, 5, 5, 0},
		"no call at the end":  {answers(says("", buy), says("", buy), says("", buy), says("", buy), says("Hm.")), sim.StopMaxSteps, 5, 4, 0},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := session(c.model).Run(t.Context())
			require.NoError(t, err)
			require.Equal(t, c.stop, out.Session.StopReason)
			require.Equal(t, c.stop == sim.StopSignal, out.Session.Signal)
			require.Equal(t, c.steps, out.Session.Steps)
			require.Len(t, out.Fills, c.fills)
			nudges := 0
			for _, m := range out.Transcript {
				if m.Content == nudge {
					require.Equal(t, "user", m.Role)
					nudges++
				}
			}
			require.Equal(t, c.nudges, nudges)
		})
	}
}

func TestCallsOfUnknownToolsAreAnswered(t *testing.T) {
	out, err := session(answers(
		says("", wants("short", `{}`), wants("buy", `{"symbol":`), wants(strings.Repeat("n", 100), ""), wants("get_portfolio", "")),
		says(FinishSignal),
	)).Run(t.Context())
	require.NoError(t, err)
	rows := out.Transcript[3:7]
	require.JSONEq(t, `{"as_of":"2025-03-06","error":"unknown tool \"short\"; the tools are: buy, sell, get_price, get_prices, `+
		`get_history, get_portfolio, calculate"}`, rows[0].Content)
	require.Contains(t, rows[1].Content, "not valid JSON")
	require.Equal(t, strings.Repeat("n", 64)+"...", rows[2].ToolName)
	require.Contains(t, rows[3].Content, `"cash":1000`)
	require.Equal(t, map[string]sim.ToolCount{
		"unknown": {Calls: 2, Errors: 2}, "buy": {Calls: 1, Errors: 1}, "get_portfolio": {Calls: 1},
	}, out.Session.ToolUsage)
}

func TestManyCallsInOneAnswer(t *testing.T) {
	for sent, executed := range map[int]int{101: 101, 128: 128, 200: 128} {
		calls := make([]ToolCall, sent)
		for i := range calls {
			calls[i] = wants("buy", `{"symbol":"NEW","amount":1}`)
		}
		out, err := session(answers(says("", calls...), says(FinishSignal))).Run(t.Context())
		require.NoError(t, err)
		require.Len(t, out.Fills, executed)
		require.Len(t, out.Transcript, 3+sent+1, "each call has an answer")
		require.Equal(t, sim.ToolCount{Calls: sent, Errors: sent - executed}, out.Session.ToolUsage["buy"])
		if sent > executed {
			require.Contains(t, out.Transcript[3+executed].Content, "one answer may hold 128 tool calls")
		}
	}
}

func TestContentIsCut(t *testing.T) {
	s := session(nil)
	s.Limits.ContentBytes = 1000
	long := strings.Repeat("é", 5000)
	s.Toolbox = direct{{
		Spec:   ToolSpec{Name: "talk"},
		Handle: func(context.Context, map[string]json.RawMessage) ToolResult { return ToolResult{Content: "x" + long} },
	}}
	s.Model = answers(
		Reply{Message: Message{Content: "x" + long, Calls: []ToolCall{wants("talk", `{"a":"`+long+`"}`)}}, Reasoning: "x" + long},
		says(long+FinishSignal),
	)
	out, err := s.Run(t.Context())
	require.NoError(t, err)
	want := "x" + strings.Repeat("é", 499) + "\n[cut: 10001 bytes in all]"
	require.Equal(t, want, out.Transcript[2].Content)
	require.Equal(t, want, out.Transcript[2].Reasoning)
	require.Equal(t, want, out.Transcript[3].Content)
	require.Contains(t, out.Transcript[3].Arguments, "[cut: 10008 bytes in all]")
	require.Equal(t, sim.StopSignal, out.Session.StopReason, "the signal counts, even where it is cut")
}

func TestSummary(t *testing.T) {
	long := strings.Repeat("ü", 3000)
	out, err := session(answers(
		says("  first "+long, wants("get_portfolio", "{}")), says("", wants("get_portfolio", "{}")), says(" "+FinishSignal+" "),
	)).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, "first "+strings.Repeat("ü", 1994), out.Session.Summary, "the last words that say something")
}

func TestInvalidUTF8IsReplaced(t *testing.T) {
	out, err := session(answers(says("a\xffb " + FinishSignal))).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, "a\uFFFDb", out.Session.Summary)
}

func TestErrorsOfTheModelAreReturned(t *testing.T) {
	broken := sim.Errorf(sim.KindUnavailable, "the provider answers 503")
	out, err := session(script(func(_ context.Context, r Request) (Reply, error) {
		if r.Step == 2 {
			return Reply{}, broken
		}
		return says("", wants("buy", `{"symbol":"AAA","amount":1}`)), nil
	})).Run(t.Context())
	require.Equal(t, broken, err)
	require.Equal(t, sim.Outcome{}, out)
}

// A budget that ends in the middle of a day closes it: what was bought stays
// bought. One that ends before it leaves nothing to close.
func TestTheEndOfABudget(t *testing.T) {
	empty := sim.Errorf(sim.KindBudget, "budget: nothing is left")
	s := session(script(func(_ context.Context, r Request) (Reply, error) {
		if r.Step == 3 {
			return Reply{Usage: sim.Usage{Input: 9}}, empty // an attempt was made before
		}
		reply := says("", wants("buy", `{"symbol":"AAA","amount":1}`))
		reply.Usage = sim.Usage{Input: 1000, Output: 10}
		return reply, nil
	}))
	s.Price = &sim.TokenPrice{Input: sim.Dollar, Output: 20 * sim.Dollar}
	out, err := s.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, sim.StopBudget, out.Session.StopReason)
	require.Len(t, out.Fills, 2)
	require.Equal(t, 2, out.Session.Steps)
	var steps []string
	for _, m := range out.Transcript {
		if m.Role == string(RoleAssistant) {
			steps = append(steps, m.Cost.String())
		}
	}
	require.Equal(t, []string{"0.0012", "0.0012"}, steps)
	require.Equal(t, s.Price.Of(out.Session.Usage), *out.Session.Cost)

	_, err = session(script(func(context.Context, Request) (Reply, error) { return Reply{}, empty })).Run(t.Context())
	require.ErrorIs(t, err, empty)
}

func TestTheCostOfASession(t *testing.T) {
	used := says(FinishSignal)
	used.Usage = sim.Usage{Input: 5}
	out, err := session(answers(used)).Run(t.Context())
	require.NoError(t, err)
	require.Nil(t, out.Session.Cost, "without a price the cost is unknown")
	out, err = session(answers(says(FinishSignal))).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, new(sim.TokenCost(0)), out.Session.Cost, "a model that uses no tokens costs nothing")
}

func TestPanicsAndBrokenToolsAreErrors(t *testing.T) {
	secret := errors.New("secret")
	inModel := session(script(func(context.Context, Request) (Reply, error) { panic(secret) }))
	inTool := session(answers(says("", wants("boom", "{}"))))
	inTool.Toolbox = direct{{Spec: ToolSpec{Name: "boom"},
		Handle: func(context.Context, map[string]json.RawMessage) ToolResult { panic(secret) }}}
	broken := session(answers(says("", wants("gone", "{}"))))
	broken.Toolbox = brokenBox{direct{{Spec: ToolSpec{Name: "gone"}}}, secret}
	for name, s := range map[string]*Session{"the model": inModel, "the tool boom": inTool, "the tool gone": broken} {
		_, err := s.Run(t.Context())
		var e *sim.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, sim.KindInternal, e.Kind)
		require.Equal(t, name+" has failed unexpectedly", e.Message, "callers see no internals")
		require.Contains(t, e.Err.Error(), "secret", "the log does")
	}
}

// brokenBox answers no call.
type brokenBox struct {
	direct
	err error
}

func (b brokenBox) Call(context.Context, string, json.RawMessage) (ToolResult, error) {
	return ToolResult{}, b.err
}

func TestASessionNeedsSteps(t *testing.T) {
	s := session(answers(says(FinishSignal)))
	s.Brief.MaxSteps = 0
	_, err := s.Run(t.Context())
	require.True(t, sim.IsKind(err, sim.KindInvalid))
}

// untilDone is a model that buys once and then thinks until its time is over.
func untilDone(ctx context.Context, r Request) (Reply, error) {
	if r.Step == 1 {
		return says("", wants("buy", `{"symbol":"AAA","amount":1}`)), nil
	}
	<-ctx.Done()
	return Reply{}, ctx.Err()
}

func TestDeadlineClosesTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		out, err := session(script(untilDone)).Run(ctx)
		require.NoError(t, err)
		require.Equal(t, 35*time.Second, time.Since(began), "25 s are left to close the day")
		require.Equal(t, sim.StopDeadline, out.Session.StopReason)
		require.Len(t, out.Fills, 1, "the fills so far count")
		require.Equal(t, 1, out.Session.Steps)
	})
}

func TestTheMarginIsAField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s := session(script(untilDone))
		s.Limits.DeadlineMargin = time.Second
		began := time.Now()
		_, err := s.Run(ctx)
		require.NoError(t, err)
		require.Equal(t, 59*time.Second, time.Since(began))
	})
}

// An answer that comes after the session's time is kept, and not acted upon.
func TestALateAnswerIsNotExecuted(t *testing.T) {
	for _, content := range []string{"", FinishSignal} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			out, err := session(script(func(ctx context.Context, _ Request) (Reply, error) {
				<-ctx.Done()
				return says(content, wants("buy", `{"symbol":"AAA","amount":1}`)), nil
			})).Run(ctx)
			require.NoError(t, err)
			require.Equal(t, sim.StopDeadline, out.Session.StopReason)
			require.Empty(t, out.Fills)
			require.Contains(t, out.Transcript[3].Content, "the time of the session is over")
		})
	}
}

func TestNoTimeForOneStepIsAnError(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // the margin is 25 s
	defer cancel()
	_, err := session(answers(says(FinishSignal))).Run(ctx)
	require.True(t, sim.IsKind(err, sim.KindUnavailable))
	require.ErrorContains(t, err, "25s before the deadline")
}

func TestACancelledSessionLeavesNothing(t *testing.T) {
	for name, model := range map[string]func(cancel func()) script{
		"while the model thinks": func(cancel func()) script {
			return func(ctx context.Context, r Request) (Reply, error) {
				if r.Step == 2 {
					cancel()
				}
				return untilDone(ctx, r)
			}
		},
		"and the model does not care": func(cancel func()) script {
			return func(context.Context, Request) (Reply, error) {
				cancel()
				return says(FinishSignal, wants("buy", `{"symbol":"AAA","amount":1}`)), nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out, err := session(model(cancel)).Run(ctx)
			require.ErrorIs(t, err, context.Canceled)
			require.True(t, sim.IsKind(err, sim.KindUnavailable))
			require.Equal(t, sim.Outcome{}, out)
		})
	}
}

func TestCancelledInATool(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := session(answers(says(FinishSignal, wants("stop", "{}"))))
	s.Toolbox = direct{{Spec: ToolSpec{Name: "stop"}, Handle: func(context.Context, map[string]json.RawMessage) ToolResult {
		cancel()
		return ToolResult{Content: "{}"}
	}}}
	_, err := s.Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

// A model that appends to the messages must not write into the conversation,
// where the next answer of the session goes.
func TestModelsCannotWriteIntoTheConversation(t *testing.T) {
	_, err := session(script(func(_ context.Context, r Request) (Reply, error) {
		require.Equal(t, len(r.Messages), cap(r.Messages))
		if r.Step == 5 {
			return says(FinishSignal), nil
		}
		return says("", wants("get_portfolio", "")), nil
	})).Run(t.Context())
	require.NoError(t, err)
}
