package openaimodel

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"aitrader/internal/agent"
	"aitrader/internal/backoff"
	"aitrader/internal/sim"
)

// neutralName is the model name that the library sees: it applies its own rules to
// real ones. The exchange replaces it.
const neutralName = "aitrader"

// Model is a contestant behind a chat completions endpoint. It is safe for
// concurrent use. Make one with [New].
type Model struct {
	name        string
	address     address
	stream      bool
	params      map[string]json.RawMessage // read-only
	cacheMarker json.RawMessage            // nil: none
	authorize   func(http.Header)
	scrub       func(string) string
	client      *http.Client
	limiter     Limiter
	meter       Meter
	maxOutput   int64
	maxRetries  int
	retry       backoff.Policy // its Wait is set
	callTimeout time.Duration
	now         func() time.Time
	dialect     atomic.Uint32 // as the provider was found to want it
}

// Complete requests the next answer. It retries after a rate limit, a server error, a
// time-out, a broken connection or an unusable answer, unless the wait would pass the
// context's deadline. The usage of the reply includes that of failed attempts; it is
// also set beside an error.
//
// An answer that the provider cut or filtered, that is empty, or that holds a call in
// its text is a broken reply, without an error.
//
// An error is a [sim.Error] that begins with a stable code: model_rate_limited,
// model_http_STATUS, model_timeout, model_unreachable, model_bad_answer,
// model_context_full, of kind too_large, when the conversation exceeds the model's
// context, or model_interrupted when the context ended, whose error it then wraps. An
// error of the meter is returned unchanged.
func (m *Model) Complete(ctx context.Context, r agent.Request) (agent.Reply, error) {
	var usage sim.Usage
	var patience patience
	known := dialect(m.dialect.Load())
	talk := negotiation{now: known, known: known}
	for {
		reply, err := m.attempt(ctx, r, talk.now)
		usage = usage.Add(reply.Usage)
		if err == nil {
			m.dialect.Store(uint32(talk.now))
			reply.Usage = usage
			return reply, nil
		}
		if ctx.Err() == nil && talk.next(err, func(d dialect) string { return m.shape(r, d) }) {
			continue
		}
		if _, ok := refusesForm(err); ok && talk.refused != nil {
			err = talk.refused
		}
		if ctx.Err() == nil {
			err = m.awaitRetry(ctx, &patience, err)
		}
		if ctx.Err() != nil {
			err = sim.Errorf(sim.KindUnavailable, "model_interrupted: %w", ctx.Err())
		}
		if err != nil {
			return agent.Reply{Usage: usage}, err
		}
	}
}

// report turns a failure into the error that users see.
func (m *Model) report(f *failure, attempts int, ending string) *sim.Error {
	text := f.code
	if detail := m.presentable(f.text); detail != "" {
		text += ": " + detail
	}
	if attempts > 1 || ending != "" {
		text += fmt.Sprintf(" (attempt %d%s)", attempts, ending)
	}
	return &sim.Error{Kind: f.kind, Message: text, Stop: f.stop}
}

// attempt makes one request. The usage of the reply is also set beside an error.
func (m *Model) attempt(ctx context.Context, r agent.Request, d dialect) (agent.Reply, error) {
	if m.limiter != nil {
		if err := m.limiter.Acquire(ctx); err != nil {
			return agent.Reply{}, err
		}
		defer m.limiter.Release()
	}
	ctx, cancel := context.WithTimeout(ctx, m.callTimeout)
	defer cancel()
	x := &exchange{model: m, messages: r.Messages, step: r.Step, tools: r.Tools, dialect: d}
	config := openai.DefaultConfig("") // the exchange knows the key
	config.BaseURL, config.HTTPClient = m.address.base, x
	response, err := openai.NewClientWithConfig(config).CreateChatCompletion(ctx, request(r))
	err = x.settle(err)
	if f := (*failure)(nil); errors.As(err, &f) && f.broken != "" {
		return agent.Reply{Usage: x.usage, Broken: f.broken}, nil
	}
	if err != nil {
		return agent.Reply{Usage: x.usage}, err
	}
	answer := reply(response.Choices[0].Message, x)
	answer.Broken = cmp.Or(x.broken, agent.Broken(answer.Message, r))
	return answer, nil
}

// reply translates the library's message. The exchange has checked that it exists.
func reply(message openai.ChatCompletionMessage, x *exchange) agent.Reply {
	out := agent.Message{Role: agent.RoleAssistant, Content: x.marked(message.Content), Raw: x.echo}
	for _, c := range message.ToolCalls {
		out.Calls = append(out.Calls, agent.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments})
	}
	return agent.Reply{Message: out, Reasoning: message.ReasoningContent, Usage: x.usage}
}
