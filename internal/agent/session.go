package agent

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Session is one conversation of a model with the tools of its desk. All fields
// except Limits and Price are required.
type Session struct {
	Model Model
	// Toolbox serves the desk's tools. The caller closes it.
	Toolbox Toolbox
	Desk    *Desk
	// Brief holds the facts of the prompt; Brief.MaxSteps bounds the completions.
	Brief  *Brief
	Limits Limits
	// Price is the price of the model's tokens; nil: unknown.
	Price *sim.TokenPrice
	// Now is the clock of the transcript.
	Now func() time.Time
}

// Ended is the error of a model that replays a recorded session, after the last
// recorded step.
type Ended struct{ Reason sim.StopReason }

func (e Ended) Error() string { return "the session ended here: " + string(e.Reason) }

// Limits bound a session. A zero field means its default.
type Limits struct {
	// DeadlineMargin is how long before the context's deadline the session
	// stops, so that the day can still be closed; 25 s by default.
	DeadlineMargin time.Duration
	// CallsPerAnswer is how many tool calls of one answer are executed; 128 by
	// default. Calls beyond it are answered with an error, up to [MaxCallsKept].
	CallsPerAnswer int
	// ContentBytes bounds what is stored and shown of one text; 256 KiB by default.
	ContentBytes int
	// ConversationBytes bounds what is stored and shown of a session; 2 MiB by default.
	// A session that has grown to it ends before its next step.
	ConversationBytes int
}

// maxSummary bounds the summary of a session, the model's last words, in characters.
const maxSummary = 2000

const nudge = "You called no tool. Go on with the tools, or end the session by answering " + FinishSignal + "."

func (l Limits) withDefaults() Limits {
	if l.DeadlineMargin == 0 {
		l.DeadlineMargin = 25 * time.Second
	}
	if l.CallsPerAnswer == 0 {
		l.CallsPerAnswer = maxCalls
	}
	if l.ContentBytes == 0 {
		l.ContentBytes = maxMessage
	}
	if l.ConversationBytes == 0 {
		l.ConversationBytes = maxConversation
	}
	return l
}

// Run runs the conversation until the model gives the finish signal, answers twice
// without a tool call, has used up its steps, runs out of time, which is
// [Limits].DeadlineMargin before the context's deadline, might exceed a budget with
// its next step, or fills the model's context. It also ends when two answers in a row
// are broken: after the first the model is asked again, with a note. The orders
// executed so far count.
//
// An error ends the attempt, of which nothing counts. It is the model's own error,
// of kind budget where not even the first step can be paid for, and of kind too_large
// where the prompt alone fills the context. Kind unavailable: the
// context was cancelled or leaves no time for a step. Kind invalid_request: the brief
// allows no step. Kind internal: the model or a tool broke or panicked.
func (s *Session) Run(ctx context.Context) (sim.Outcome, error) {
	c, err := s.start()
	if err != nil {
		return sim.Outcome{}, err
	}
	stop, err := c.talk(ctx)
	if err != nil {
		return sim.Outcome{}, err
	}
	return c.outcome(stop), nil
}

// talk runs the steps of the session.
func (c *conversation) talk(ctx context.Context) (sim.StopReason, error) {
	thinking, cancel := c.thinkingTime(ctx)
	defer cancel()
	if thinking.Err() != nil && ctx.Err() == nil {
		return "", sim.Errorf(sim.KindUnavailable, "no time is left for a session: it must stop %s before the deadline", c.limits.DeadlineMargin)
	}
	for step := 1; step <= c.Brief.MaxSteps; step++ {
		if step > 1 && c.full() {
			return sim.StopContext, nil
		}
		reply, err := c.complete(thinking, step)
		switch {
		case ctx.Err() != nil:
			return "", interrupted(ctx, step)
		case err != nil:
			c.account.Usage = c.account.Usage.Add(reply.Usage)
			return endBy(thinking, step, err)
		}
		calls := c.addReply(step, reply)
		if err := c.runCalls(ctx, thinking, step, reply.Broken, calls); err != nil {
			return "", err
		}
		if stop := c.stopAfter(thinking, step, reply.Broken, calls); stop != "" {
			return stop, nil
		}
	}
	return sim.StopMaxSteps, nil
}

// endBy returns why an error of the model ends the session, or else the error, which
// ends the attempt.
func endBy(thinking context.Context, step int, err error) (sim.StopReason, error) {
	ended := Ended{}
	switch {
	case thinking.Err() != nil:
		return sim.StopDeadline, nil //nolint:nilerr // the day counts, up to here
	case step == 1:
		return "", err
	case sim.IsKind(err, sim.KindBudget):
		return sim.StopBudget, nil
	case sim.IsKind(err, sim.KindTooLarge):
		return sim.StopContext, nil
	case errors.As(err, &ended):
		return ended.Reason, nil
	}
	return "", err
}

// stopAfter returns why the session ends after an answer whose calls have run. "": it goes
// on, perhaps with a note to the model.
func (c *conversation) stopAfter(thinking context.Context, step int, broken sim.StopReason, calls []ToolCall) sim.StopReason {
	last := step == c.Brief.MaxSteps
	askedAgain := c.askedAgain
	c.askedAgain = allCut(broken, calls)
	switch {
	case c.signalled && (len(calls) == 0 || thinking.Err() == nil):
		return sim.StopSignal
	case thinking.Err() != nil:
		return sim.StopDeadline
	case c.askedAgain && (askedAgain || last):
		return broken
	case len(calls) > 0:
	case broken != "":
		c.addMessage(step, RoleUser, brokenNotes[broken])
	case c.nudged:
		return sim.StopNoToolCalls
	case !last:
		c.nudged = true
		c.addMessage(step, RoleUser, nudge)
	}
	return ""
}

// thinkingTime bounds a context to the time in which the model may be asked.
func (c *conversation) thinkingTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-c.limits.DeadlineMargin))
}

func interrupted(ctx context.Context, step int) error {
	return sim.Errorf(sim.KindUnavailable, "the session was interrupted in step %d: %w", step, ctx.Err())
}

// complete asks the model for its next answer.
func (c *conversation) complete(ctx context.Context, step int) (reply Reply, err error) {
	defer recoverAs(&err, "the model")
	return c.Model.Complete(ctx, Request{
		Brief:    c.Brief,
		Step:     step,
		Messages: slices.Clip(c.messages),
		Tools:    c.specs,
	})
}

// recoverAs turns a panic into an error. The text of the panic is only for the log.
func recoverAs(err *error, who string) {
	if r := recover(); r != nil {
		*err = &sim.Error{
			Kind:    sim.KindInternal,
			Message: who + " has failed unexpectedly",
			Err:     fmt.Errorf("panic: %v\n%s", r, debug.Stack()),
		}
	}
}

// summary returns the model's words of an answer, without the signal.
func summary(content string) string {
	return firstRunes(strings.TrimSpace(strings.ReplaceAll(content, FinishSignal, "")), maxSummary)
}

// firstRunes returns at most n characters of a text.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
